//! The timeline API v3.

#[cfg(feature = "client")]
mod answer;
#[cfg(feature = "client")]
mod errors;
mod event;
#[cfg(feature = "client")]
mod json;
#[cfg(feature = "client")]
mod plain_listing;
#[cfg(feature = "client")]
mod record;
#[cfg(feature = "client")]
mod scopes;

#[cfg(feature = "client")]
pub(crate) use self::answer::{read, token_texts};
#[cfg(feature = "client")]
pub(crate) use self::event::{batch_body, content, event_size, write_event, write_sealed};

/// `POST`: create up to 100 events.
#[cfg(feature = "client")]
pub(crate) const BATCH_CREATE: &str = "/integrators/timeline/v3/events/batch/create";

/// `GET`, with the template's and the event's id: read one event.
#[cfg(feature = "client")]
pub(crate) const EVENTS: &str = "/integrators/timeline/v3/events";
