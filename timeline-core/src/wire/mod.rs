//! JSON in and out, one folder for each API. Nothing here uses a network.

#[cfg(feature = "client")]
pub(crate) mod answer;
#[cfg(feature = "client")]
mod app_events;
#[cfg(feature = "client")]
pub(crate) mod call;
#[cfg(feature = "client")]
pub(crate) mod error_body;
#[cfg(feature = "client")]
pub(crate) mod meaning;
pub(crate) mod plain;
#[cfg(feature = "client")]
pub(crate) mod protocol;
#[cfg(feature = "client")]
mod record;
#[cfg(feature = "client")]
pub(crate) mod texts;
mod v3;

#[cfg(feature = "client")]
pub use self::protocol::Api;
#[cfg(feature = "client")]
pub use self::record::{BatchResponse, BatchStatus, EventRecord};
#[cfg(feature = "client")]
pub(crate) use self::v3::templates as template_call;
#[cfg(feature = "client")]
pub(crate) use self::v3::{content, event_size, token_texts, write_event, write_sealed};
