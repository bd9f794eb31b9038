//! [`TokenValue`] for the dates of `time`.

use time::{Date, OffsetDateTime, Time, UtcDateTime};

use super::date::DateValue;
use super::date::from_nanoseconds;
use super::invalid::InvalidToken;
use super::text::Token;
use super::types::TokenType;
use super::value::TokenValue;

impl TokenValue for OffsetDateTime {
    const TYPE: TokenType = TokenType::Date;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        from_nanoseconds(self.unix_timestamp_nanos())
    }
}

impl TokenValue for UtcDateTime {
    const TYPE: TokenType = TokenType::Date;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        from_nanoseconds(self.unix_timestamp_nanos())
    }
}

/// Midnight in UTC, which is how HubSpot keeps a date without a time.
impl TokenValue for Date {
    const TYPE: TokenType = TokenType::Date;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        from_nanoseconds(UtcDateTime::new(*self, Time::MIDNIGHT).unix_timestamp_nanos())
    }
}

impl DateValue for OffsetDateTime {}
impl DateValue for UtcDateTime {}
impl DateValue for Date {}
