//! JSON in and out, one module per version of the API. Nothing here knows a network.

#[cfg(feature = "client")]
mod record;
pub(crate) mod v3;

#[cfg(feature = "client")]
pub use self::record::{BatchResponse, BatchStatus, EventRecord};
