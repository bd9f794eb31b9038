//! [`TokenValue`] for the dates of `chrono`.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone};

use super::date::DateValue;
use super::invalid::InvalidToken;
use super::text::Token;
use super::types::TokenType;
use super::value::TokenValue;

impl<Tz: TimeZone> TokenValue for DateTime<Tz> {
    const TYPE: TokenType = TokenType::Date;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        Ok(Token::date(self.timestamp_millis()))
    }
}

/// Midnight in UTC, which is how HubSpot keeps a date without a time.
impl TokenValue for NaiveDate {
    const TYPE: TokenType = TokenType::Date;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        let midnight = self.and_time(NaiveTime::MIN).and_utc();
        Ok(Token::date(midnight.timestamp_millis()))
    }
}

impl<Tz: TimeZone> DateValue for DateTime<Tz> {}
impl DateValue for NaiveDate {}
