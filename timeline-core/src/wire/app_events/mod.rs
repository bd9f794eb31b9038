//! App events. Their answers have the shape of v3's: an event's type stands where the template does.

mod event;

use super::call::{Method, Route};

pub(crate) use self::event::{event_size, write_sealed};

/// Creates up to 500 events, all of them or none.
pub(crate) const CREATE: Route =
    Route::new(Method::Post, "/integrators/timeline/{version}/events/batch");

/// Tells the full name of an event type, by its project.
pub(crate) const TYPE_NAME: Route = Route::new(
    Method::Post,
    "/integrators/timeline/{version}/types/projects",
);

/// The body of a request to [`TYPE_NAME`].
pub(crate) fn type_request(project: &str, type_name: &str) -> Vec<u8> {
    let json = serde_json::json!({ "developerSymbol": type_name, "projectName": project });
    json.to_string().into_bytes()
}
