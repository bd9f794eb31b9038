//! The timeline API v3.

mod event;

#[cfg(feature = "client")]
pub(crate) use self::event::{BATCH_END, BATCH_START, write_event};
