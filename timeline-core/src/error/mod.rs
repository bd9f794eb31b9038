//! The error of a single request, and the parts of all errors: text that is safe to show, the cause of an error, and the
//! attempts before it.

#[cfg(feature = "client")]
mod attempts;
#[cfg(feature = "client")]
mod cause;
#[cfg(feature = "client")]
mod request;
#[cfg(feature = "client")]
mod response;
mod text;

#[cfg(feature = "client")]
pub use self::attempts::Attempts;
#[cfg(feature = "client")]
pub(crate) use self::attempts::Message;
#[cfg(feature = "client")]
pub use self::cause::Cause;
#[cfg(feature = "client")]
pub use self::request::{Error, ErrorKind};
#[cfg(feature = "client")]
pub(crate) use self::response::Names;
#[cfg(feature = "client")]
pub use self::response::ResponseError;
pub(crate) use self::text::PrintableWriter;
#[cfg(any(feature = "client", test))]
pub(crate) use self::text::is_seen;
#[cfg(feature = "client")]
pub(crate) use self::text::printable;
pub(crate) use self::text::{debug_as_display, debug_as_text};
