//! The tokens of events: how a Rust value becomes one.
//!
//! A token's value is sent as a JSON string for every type. [`TokenValue`] says which type a Rust type has in an event
//! template and what its text is; [`Token`] holds that text, or the value that it is written from, until the event is
//! encoded.

#[cfg(feature = "chrono")]
mod chrono;
mod date;
mod invalid;
#[cfg(feature = "jiff")]
mod jiff;
mod name;
pub(crate) mod near;
mod standard;
mod text;
#[cfg(feature = "time")]
mod time;
mod typed;
mod types;
#[cfg(feature = "uuid")]
mod uuid;
mod value;

pub use self::date::DateValue;
#[cfg(any(feature = "client", feature = "preview"))]
pub(crate) use self::date::read_iso8601;
pub(crate) use self::date::{Iso8601, writable};
pub use self::invalid::InvalidToken;
pub use self::name::InvalidTokenName;
pub(crate) use self::name::check_name;
pub(crate) use self::text::Repr;
pub use self::text::Token;
pub(crate) use self::typed::fitting;
pub use self::types::{TokenKind, TokenOption, TokenType};
pub use self::value::{FieldType, TokenValue};
