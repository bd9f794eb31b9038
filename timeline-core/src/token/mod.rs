//! What a Rust value becomes as a token.
//!
//! A token's value travels as a JSON string, whatever its type. [`TokenValue`] says which type a Rust type has in
//! an event template and what its text is; [`Token`] holds that text, or what it is written from, until the event is
//! encoded.

#[cfg(feature = "chrono")]
mod chrono;
mod date;
#[cfg(feature = "jiff")]
mod jiff;
mod name;
mod text;
#[cfg(feature = "time")]
mod time;
mod typed;
#[cfg(feature = "uuid")]
mod uuid;
mod value;

use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};

use crate::error::Seen;

pub use self::date::DateValue;
#[cfg(feature = "client")]
pub(crate) use self::date::read_iso8601;
pub(crate) use self::date::{Iso8601, writable};
pub use self::name::InvalidTokenName;
pub(crate) use self::name::check_name;
pub(crate) use self::text::Repr;
pub use self::text::Token;
pub(crate) use self::typed::fitting;

/// The type a token has in its event template.
///
/// HubSpot fixes it when the token is created; it cannot be changed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenType {
    /// Any text.
    String,
    /// A number, sent as its decimal text.
    Number,
    /// One of the template's options.
    Enumeration,
    /// A moment, sent as milliseconds since 1970-01-01T00:00:00Z.
    Date,
}

impl TokenType {
    /// HubSpot's word for the type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TokenType::String => "string",
            TokenType::Number => "number",
            TokenType::Enumeration => "enumeration",
            TokenType::Date => "date",
        }
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One value that an enumeration token may take.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenOption {
    /// What people see in HubSpot.
    pub label: String,
    /// What events carry.
    pub value: String,
}

impl TokenOption {
    /// An option whose events carry `value` and whose readers see `label`.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        TokenOption {
            label: label.into(),
            value: value.into(),
        }
    }
}

/// What the derive declares of a token, beside its name and label.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct TokenKind {
    pub(crate) token_type: TokenType,
    pub(crate) options: fn() -> Vec<TokenOption>,
    pub(crate) property: Option<&'static str>,
}

impl TokenKind {
    /// Another type than the Rust type's own. Only an enumeration has options.
    #[must_use]
    pub const fn typed(mut self, token_type: TokenType) -> Self {
        self.token_type = token_type;
        if !matches!(token_type, TokenType::Enumeration) {
            self.options = Vec::new;
        }
        self
    }

    /// The CRM property that HubSpot sets from the token.
    #[must_use]
    pub const fn property(mut self, name: &'static str) -> Self {
        self.property = Some(name);
        self
    }
}

/// A value that can be a token, or fill an identifier.
///
/// | Rust | token type | text |
/// |---|---|---|
/// | `str`, `String`, `char` | string | as it is |
/// | `bool` | enumeration | `true` or `false` |
/// | integers up to 128 bits, `NonZero` | number | decimal |
/// | `f32`, `f64` | number | decimal, never an exponent; NaN and infinities are an error |
/// | `SystemTime` | date | milliseconds since 1970, rounded down |
/// | an enum with `#[derive(TokenEnum)]` | enumeration | the variant's value |
/// | `Option<T>` | as `T` | `None` leaves the token out |
/// | `&T`, `&mut T`, `Box`, `Rc`, `Arc`, `Cow` | as `T` | as `T` |
/// | feature `jiff`: `Timestamp`, `ZonedDateTime`, `civil::Date` | date | milliseconds; a civil date is its midnight in UTC |
/// | feature `chrono`: `DateTime<Tz>`, `NaiveDate` | date | the same |
/// | feature `time`: `OffsetDateTime`, `UtcDateTime`, `Date` | date | the same |
/// | feature `uuid`: `Uuid` | string | hyphenated, lower case |
///
/// # Your own types
///
/// ```
/// use timeline_core::{InvalidToken, Token, TokenType, TokenValue};
///
/// struct Cents(i64);
///
/// impl TokenValue for Cents {
///     const TYPE: TokenType = TokenType::Number;
///
///     fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
///         Ok(Token::number(self.0))
///     }
/// }
///
/// assert_eq!(Cents(1250).to_token()?.to_string(), "1250");
/// # Ok::<(), InvalidToken>(())
/// ```
///
/// A type of another crate that you cannot implement this for goes through `#[timeline(with = "path")]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a token",
    label = "not a token value",
    note = "a token is a string, a number, a `bool`, a `SystemTime`, with the feature of that name a date of `jiff`, `chrono` or `time` or a `Uuid`, or an `Option` of one of these",
    note = "turn it into one with `#[timeline(with = \"path::to::function\")]`, or leave it out with `#[timeline(skip)]`",
    note = "an enum without fields can have `#[derive(TokenEnum)]`; a struct's fields come in with `#[derive(TimelineFields)]` and `#[timeline(flatten)]`; a list or a map can be the `#[timeline(extra_data)]`"
)]
pub trait TokenValue {
    /// The type of the token in its event template.
    const TYPE: TokenType;

    /// What the derive declares of the type.
    #[doc(hidden)]
    const KIND: TokenKind = TokenKind {
        token_type: Self::TYPE,
        options: Self::options,
        property: None,
    };

    /// [`KIND`](Self::KIND), of a type that is not written out.
    #[doc(hidden)]
    #[inline]
    fn kind_of(_: &FieldType<Self>) -> TokenKind {
        Self::KIND
    }

    /// The types that no value of the type can be given with `#[timeline(type = "…")]`, since no text of its fits.
    #[doc(hidden)]
    const NEVER: &'static [TokenType] = &[];

    /// The values that an enumeration may take, in the order people see them; empty for the other types.
    #[must_use]
    fn options() -> Vec<TokenOption> {
        Vec::new()
    }

    /// The token, borrowing from the value where it can.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] if this value has no text that HubSpot would take, such as NaN.
    fn to_token(&self) -> Result<Token<'_>, InvalidToken>;

    /// The token of a value that is given away: a `&'a str` still lends its text for `'a`, a `String` moves in.
    ///
    /// # Errors
    ///
    /// As [`to_token`](Self::to_token).
    fn into_token<'v>(self) -> Result<Token<'v>, InvalidToken>
    where
        Self: Sized + 'v,
    {
        Ok(self.to_token()?.into_owned())
    }
}

/// The type of a field, which the derive leaves to the compiler to find out.
#[doc(hidden)]
#[derive(Debug)]
pub struct FieldType<T: ?Sized>(std::marker::PhantomData<fn(&T)>);

impl<T: ?Sized> FieldType<T> {
    /// A type that is told by [`is`](Self::is).
    #[inline]
    #[must_use]
    pub const fn unknown() -> Self {
        FieldType(std::marker::PhantomData)
    }

    /// It is the type of this value.
    #[inline]
    pub fn is(&self, _: &T) {}
}

/// Why a value cannot be a token. It never quotes the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidToken {
    reason: std::borrow::Cow<'static, str>,
}

impl InvalidToken {
    /// An error for your own [`TokenValue`]: what the value is not, as the end of a sentence that begins with the
    /// token's name. Keep the value itself out of it; errors end up in logs.
    pub fn new(reason: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        InvalidToken {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Seen::new(f).write_str(&self.reason)
    }
}

impl std::error::Error for InvalidToken {}
