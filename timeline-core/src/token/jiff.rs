//! [`TokenValue`] for the dates of `jiff`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::date::DateValue;
use super::date::{from_nanoseconds, out_of_range};
use super::invalid::InvalidToken;
use super::text::Token;
use super::types::TokenType;
use super::value::TokenValue;

impl TokenValue for Timestamp {
    const TYPE: TokenType = TokenType::Date;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        from_nanoseconds(self.as_nanosecond())
    }
}

impl TokenValue for ZonedDateTime {
    const TYPE: TokenType = TokenType::Date;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        from_nanoseconds(self.timestamp().as_nanosecond())
    }
}

/// Midnight in UTC, which is how HubSpot keeps a date without a time.
impl TokenValue for Date {
    const TYPE: TokenType = TokenType::Date;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        let midnight = self
            .to_zoned_datetime(TimeZone::UTC)
            .map_err(|_| out_of_range())?;
        from_nanoseconds(midnight.timestamp().as_nanosecond())
    }
}

impl DateValue for Timestamp {}
impl DateValue for ZonedDateTime {}
impl DateValue for Date {}
