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
pub(crate) mod templates;

#[cfg(feature = "client")]
pub(crate) use self::answer::{read, token_texts};
#[cfg(feature = "client")]
pub(crate) use self::event::{
    content, event_size, text_size, time_size, write_event, write_sealed, write_text, write_time,
};

/// `POST`: create up to 100 events.
#[cfg(feature = "client")]
pub(crate) const BATCH_CREATE: &str = "/integrators/timeline/v3/events/batch/create";

/// `GET`, with the template's and the event's id: read one event.
#[cfg(feature = "client")]
pub(crate) const EVENTS: &str = "/integrators/timeline/v3/events";

/// The calls as messages show them.
#[cfg(feature = "client")]
pub(crate) const CREATE_PATTERN: &str = "POST /integrators/timeline/v3/events/batch/create";
#[cfg(feature = "client")]
pub(crate) const READ_PATTERN: &str =
    "GET /integrators/timeline/v3/events/{eventTemplateId}/{eventId}";
