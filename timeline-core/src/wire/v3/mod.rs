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
use super::call::{Method, Route};

#[cfg(feature = "client")]
pub(crate) use self::answer::{read, token_texts};
#[cfg(feature = "client")]
pub(crate) use self::event::{
    content, event_size, text_size, time_size, write_event, write_sealed, write_text, write_time,
};

/// Creates up to 100 events.
#[cfg(feature = "client")]
pub(crate) const CREATE: Route =
    Route::new(Method::Post, "/integrators/timeline/v3/events/batch/create");

/// Reads one event.
#[cfg(feature = "client")]
pub(crate) const READ: Route = Route::new(
    Method::Get,
    "/integrators/timeline/v3/events/{eventTemplateId}/{eventId}",
);
