//! [`TokenValue`] for `uuid`.

use uuid::Uuid;

use super::{InvalidToken, Token, TokenType, TokenValue};

impl TokenValue for Uuid {
    const TYPE: TokenType = TokenType::String;
    const NEVER: &'static [TokenType] = &[TokenType::Number, TokenType::Date];

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        Ok(Token::display(self))
    }
}
