//! [`TokenValue`] for `uuid`.

use uuid::Uuid;

use super::{InvalidToken, Token, TokenType, TokenValue};

impl TokenValue for Uuid {
    const TYPE: TokenType = TokenType::String;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        Ok(Token::display(self))
    }
}
