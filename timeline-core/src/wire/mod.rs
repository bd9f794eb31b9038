//! JSON in and out, one module per version of the API. Nothing here knows a network.

#[cfg(feature = "client")]
pub(crate) mod answer;
#[cfg(feature = "client")]
pub(crate) mod meaning;
#[cfg(feature = "client")]
pub(crate) mod protocol;
#[cfg(feature = "client")]
mod record;
#[cfg(feature = "client")]
pub(crate) mod texts;
mod v3;

#[cfg(feature = "client")]
pub use self::record::{BatchResponse, BatchStatus, EventRecord};
#[cfg(feature = "client")]
pub(crate) use self::v3::{content, event_size, token_texts, write_event, write_sealed};
