//! A token's value before it is written as JSON.

use std::borrow::Cow;
use std::fmt;

use super::invalid::InvalidToken;

/// A token's value before it is written: borrowed text, or a number that becomes text while it is written.
///
/// Making a token allocates nothing; a `String` moves in. Its `Display` is the text that HubSpot receives; its `Debug`
/// shows no value.
#[derive(Clone)]
pub struct Token<'a>(Repr<'a>);

#[derive(Clone)]
pub(crate) enum Repr<'a> {
    Absent,
    Text(Cow<'a, str>),
    Display(&'a (dyn fmt::Display + Sync)),
    Char(char),
    Signed(i64),
    /// An `i128` as bytes: the number itself would align all tokens to 16 bytes.
    Wide([u8; 16]),
    /// A `u128` as bytes, for the same reason.
    WideUnsigned([u8; 16]),
    Single(f32),
    Double(f64),
}

impl<'a> Token<'a> {
    /// A token that is left out of the event, like that of `Option::None`.
    #[inline]
    #[must_use]
    pub fn absent() -> Self {
        Token(Repr::Absent)
    }

    /// A text, or an option's value of an enumeration.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Token(Repr::Text(text.into()))
    }

    /// A text that the value's `Display` writes directly, without a `String`.
    #[must_use]
    pub fn display(value: &'a (dyn fmt::Display + Sync)) -> Self {
        Token(Repr::Display(value))
    }

    /// A whole number.
    pub fn number(number: impl Into<i128>) -> Self {
        let number = number.into();
        match i64::try_from(number) {
            Ok(number) => Token(Repr::Signed(number)),
            Err(_) => Token(Repr::Wide(number.to_ne_bytes())),
        }
    }

    /// A point in time, in milliseconds since 1970-01-01T00:00:00Z; negative before.
    #[inline]
    #[must_use]
    pub fn date(milliseconds: i64) -> Self {
        Token(Repr::Signed(milliseconds))
    }

    /// The text, if it is borrowed.
    #[inline]
    pub(crate) fn borrowed(&self) -> Option<&'a str> {
        match &self.0 {
            Repr::Text(Cow::Borrowed(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether the token is left out of the event.
    #[inline]
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self.0, Repr::Absent)
    }

    /// Whether there is no text, or an empty one.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.0 {
            Repr::Absent => true,
            Repr::Text(text) => text.is_empty(),
            Repr::Display(value) => value.to_string().is_empty(),
            Repr::Char(_)
            | Repr::Signed(_)
            | Repr::Wide(_)
            | Repr::WideUnsigned(_)
            | Repr::Single(_)
            | Repr::Double(_) => false,
        }
    }

    /// The text that HubSpot receives; `None` for an absent token.
    #[must_use]
    pub fn to_text(&self) -> Option<Cow<'_, str>> {
        match &self.0 {
            Repr::Absent => None,
            Repr::Text(text) => Some(Cow::Borrowed(text)),
            _ => Some(Cow::Owned(self.to_string())),
        }
    }

    /// The same token without a borrow; `None` if its `Display` fails.
    #[cfg(feature = "client")]
    pub(crate) fn to_owned_token(&self) -> Option<Token<'static>> {
        match &self.0 {
            Repr::Display(value) => {
                let mut text = String::new();
                fmt::Write::write_fmt(&mut text, format_args!("{value}")).ok()?;
                Some(Token::text(text))
            }
            _ => Some(self.clone().into_owned()),
        }
    }

    /// As [`to_text`](Self::to_text), for a token that is passed by value: a borrowed text stays borrowed.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        match self.0 {
            Repr::Absent => None,
            Repr::Text(text) => Some(text),
            other => Some(Cow::Owned(Token(other).to_string())),
        }
    }

    /// The same token without a borrow.
    #[must_use]
    pub fn into_owned(self) -> Token<'static> {
        Token(match self.0 {
            Repr::Absent => Repr::Absent,
            Repr::Text(text) => Repr::Text(Cow::Owned(text.into_owned())),
            Repr::Display(value) => Repr::Text(Cow::Owned(value.to_string())),
            Repr::Char(c) => Repr::Char(c),
            Repr::Signed(n) => Repr::Signed(n),
            Repr::Wide(n) => Repr::Wide(n),
            Repr::WideUnsigned(n) => Repr::WideUnsigned(n),
            Repr::Single(n) => Repr::Single(n),
            Repr::Double(n) => Repr::Double(n),
        })
    }

    /// The same token, borrowed from this one.
    pub(crate) fn reborrow(&self) -> Token<'_> {
        match &self.0 {
            Repr::Text(text) => Token(Repr::Text(Cow::Borrowed(text))),
            _ => self.clone(),
        }
    }

    pub(crate) fn repr(&self) -> &Repr<'a> {
        &self.0
    }

    #[inline]
    pub(super) fn character(c: char) -> Self {
        Token(Repr::Char(c))
    }

    #[inline]
    pub(super) fn unsigned(number: u128) -> Self {
        match i64::try_from(number) {
            Ok(number) => Token(Repr::Signed(number)),
            Err(_) => Token(Repr::WideUnsigned(number.to_ne_bytes())),
        }
    }

    pub(super) fn single(number: f32) -> Result<Self, InvalidToken> {
        finite(number.is_finite(), Repr::Single(number))
    }

    pub(super) fn double(number: f64) -> Result<Self, InvalidToken> {
        finite(number.is_finite(), Repr::Double(number))
    }
}

fn finite(is_finite: bool, repr: Repr<'_>) -> Result<Token<'_>, InvalidToken> {
    if is_finite {
        Ok(Token(repr))
    } else {
        Err(InvalidToken::new("is NaN or infinite, not a number"))
    }
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Absent => Ok(()),
            Repr::Text(text) => f.write_str(text),
            Repr::Display(value) => write!(f, "{value}"),
            Repr::Char(c) => write!(f, "{c}"),
            Repr::Signed(n) => write!(f, "{n}"),
            Repr::Wide(n) => write!(f, "{}", i128::from_ne_bytes(*n)),
            Repr::WideUnsigned(n) => write!(f, "{}", u128::from_ne_bytes(*n)),
            Repr::Single(n) => write!(f, "{n}"),
            Repr::Double(n) => write!(f, "{n}"),
        }
    }
}

/// Two tokens are equal if their texts are.
impl PartialEq for Token<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.to_text() == other.to_text()
    }
}

impl Eq for Token<'_> {}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}
