//! [`TokenValue`] for `uuid`.

use uuid::Uuid;

use super::invalid::InvalidToken;
use super::text::Token;
use super::types::TokenType;
use super::value::TokenValue;

impl TokenValue for Uuid {
    const TYPE: TokenType = TokenType::String;
    const NEVER: &'static [TokenType] = &[TokenType::Number, TokenType::Date];

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        Ok(Token::display(self))
    }
}
