//! [`TokenValue`] for the types of the standard library; `SystemTime` is in `date`.

use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use super::invalid::InvalidToken;
use super::text::Token;
use super::types::{TokenOption, TokenType};
use super::value::TokenValue;

impl TokenValue for str {
    const TYPE: TokenType = TokenType::String;

    #[inline]
    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        Ok(Token::text(self))
    }
}

impl TokenValue for String {
    const TYPE: TokenType = TokenType::String;

    #[inline]
    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        Ok(Token::text(self.as_str()))
    }

    #[inline]
    fn into_token<'v>(self) -> Result<Token<'v>, InvalidToken>
    where
        Self: 'v,
    {
        Ok(Token::text(self))
    }
}

impl TokenValue for char {
    const TYPE: TokenType = TokenType::String;

    #[inline]
    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        Ok(Token::character(*self))
    }
}

impl TokenValue for bool {
    const TYPE: TokenType = TokenType::Enumeration;
    const NEVER: &'static [TokenType] = &[TokenType::Number, TokenType::Date];
    const VALUES: Option<&'static [&'static str]> = Some(&["true", "false"]);

    fn options() -> Vec<TokenOption> {
        vec![
            TokenOption::new("true", "True"),
            TokenOption::new("false", "False"),
        ]
    }

    #[inline]
    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        Ok(Token::text(if *self { "true" } else { "false" }))
    }
}

/// `$make` turns a copy of the value into `Result<Token, InvalidToken>`.
macro_rules! numbers {
    ($($ty:ty),* => $make:expr) => {$(
        impl TokenValue for $ty {
            const TYPE: TokenType = TokenType::Number;

            #[inline]
            fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
                let make: fn(Self) -> Result<Token<'static>, InvalidToken> = $make;
                make(*self)
            }
        }
    )*};
}

numbers!(i8, i16, i32, i64, i128, u8, u16, u32, u64 => |n| Ok(Token::number(n)));
numbers!(u128 => |n| Ok(Token::unsigned(n)));
// There is no `From<usize> for i128`; both conversions are lossless on every platform of Rust.
numbers!(usize => |n| Ok(Token::unsigned(n as u128)));
numbers!(isize => |n| Ok(Token::number(n as i128)));
numbers!(f32 => Token::single);
numbers!(f64 => Token::double);

macro_rules! non_zeros {
    ($($ty:ty),*) => {$(
        impl TokenValue for NonZero<$ty> {
            const TYPE: TokenType = TokenType::Number;

            #[inline]
            fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
                self.get().into_token()
            }
        }
    )*};
}

non_zeros!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);

impl<T: TokenValue> TokenValue for Option<T> {
    const TYPE: TokenType = T::TYPE;
    const NEVER: &'static [TokenType] = T::NEVER;
    const VALUES: Option<&'static [&'static str]> = T::VALUES;

    fn options() -> Vec<TokenOption> {
        T::options()
    }

    #[inline]
    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        self.as_ref().map_or(Ok(Token::absent()), T::to_token)
    }

    #[inline]
    fn into_token<'v>(self) -> Result<Token<'v>, InvalidToken>
    where
        Self: 'v,
    {
        self.map_or(Ok(Token::absent()), T::into_token)
    }
}

/// A shared reference that is passed by value lends its target for its whole lifetime.
impl<T: TokenValue + ?Sized> TokenValue for &T {
    const TYPE: TokenType = T::TYPE;
    const NEVER: &'static [TokenType] = T::NEVER;
    const VALUES: Option<&'static [&'static str]> = T::VALUES;

    fn options() -> Vec<TokenOption> {
        T::options()
    }

    #[inline]
    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        T::to_token(self)
    }

    #[inline]
    fn into_token<'v>(self) -> Result<Token<'v>, InvalidToken>
    where
        Self: 'v,
    {
        T::to_token(self)
    }
}

macro_rules! pointers {
    ($($ty:ty),*) => {$(
        impl<T: TokenValue + ?Sized> TokenValue for $ty {
            const TYPE: TokenType = T::TYPE;
            const NEVER: &'static [TokenType] = T::NEVER;
            const VALUES: Option<&'static [&'static str]> = T::VALUES;

            fn options() -> Vec<TokenOption> {
                T::options()
            }

            #[inline]
            fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
                T::to_token(self)
            }
        }
    )*};
}

pointers!(&mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: TokenValue + ToOwned + ?Sized> TokenValue for Cow<'_, T> {
    const TYPE: TokenType = T::TYPE;
    const NEVER: &'static [TokenType] = T::NEVER;
    const VALUES: Option<&'static [&'static str]> = T::VALUES;

    fn options() -> Vec<TokenOption> {
        T::options()
    }

    #[inline]
    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        T::to_token(self)
    }

    fn into_token<'v>(self) -> Result<Token<'v>, InvalidToken>
    where
        Self: 'v,
    {
        match self {
            Cow::Borrowed(value) => value.into_token(),
            Cow::Owned(value) => Ok(T::to_token(std::borrow::Borrow::borrow(&value))?.into_owned()),
        }
    }
}
