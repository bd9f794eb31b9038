//! The trait of the types whose values can be tokens.

use super::invalid::InvalidToken;
use super::text::Token;
use super::types::{TokenKind, TokenOption, TokenType};

/// A value that can be a token or an identifier.
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
/// For a type of another crate, which cannot implement this trait, use `#[timeline(with = "path")]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a token",
    label = "not a token value",
    note = "a token is a string, a number, a `bool`, a `SystemTime`, with the feature of that name a date of `jiff`, `chrono` or `time` (a day, or a time with a zone) or a `Uuid`, or an `Option` of one of these",
    note = "turn it into one with `#[timeline(with = \"path::to::function\")]`, implement `TokenValue` for a type of your own, or leave it out with `#[timeline(skip)]`",
    note = "an enum without fields can have `#[derive(TokenEnum)]`; a struct's fields come in with `#[derive(TimelineFields)]` and `#[timeline(flatten)]`; a list or a map can be the `#[timeline(extra_data)]`"
)]
pub trait TokenValue {
    /// The type of the token in its event template.
    const TYPE: TokenType;

    /// What the derive declares about the type.
    #[doc(hidden)]
    const KIND: TokenKind = TokenKind {
        token_type: Self::TYPE,
        options: Self::options,
        property: None,
    };

    /// [`KIND`](Self::KIND) of a type that the derive does not know.
    #[doc(hidden)]
    #[inline]
    fn kind_of(_: &FieldType<Self>) -> TokenKind {
        Self::KIND
    }

    /// The types that `#[timeline(type = "…")]` cannot give to this type, because none of its values fits.
    #[doc(hidden)]
    const NEVER: &'static [TokenType] = &[];

    /// The texts of all its values, if they are few and a constant can have them. The options in a manifest are compared
    /// with them.
    #[doc(hidden)]
    const VALUES: Option<&'static [&'static str]> = None;

    /// The options of an enumeration, in the order that users see; empty for the other types.
    #[must_use]
    fn options() -> Vec<TokenOption> {
        Vec::new()
    }

    /// The token, which borrows from the value where possible.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] if this value has no text that HubSpot would take, such as NaN.
    fn to_token(&self) -> Result<Token<'_>, InvalidToken>;

    /// The token of a value that is passed by value: a `&'a str` lends its text for `'a`, a `String` moves into the token.
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

/// The type of a field, which the compiler infers for the derive.
#[doc(hidden)]
#[derive(Debug)]
pub struct FieldType<T: ?Sized>(std::marker::PhantomData<fn(&T)>);

impl<T: ?Sized> FieldType<T> {
    /// A type that [`is`](Self::is) determines.
    #[inline]
    #[must_use]
    pub const fn unknown() -> Self {
        FieldType(std::marker::PhantomData)
    }

    /// Determines the type: it is that of this value.
    #[inline]
    pub fn is(&self, _: &T) {}
}
