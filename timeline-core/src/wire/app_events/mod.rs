//! App events. Their answers have the shape of v3's: an event's type stands where the template does.

mod event;

pub(crate) use self::event::{event_size, write_sealed};

/// `POST`: create up to 500 events, all of them or none.
pub(crate) fn batch_path(version: &str) -> String {
    format!("/integrators/timeline/{version}/events/batch")
}

/// `POST`: the full name of an event type, by its project.
pub(crate) fn types_path(version: &str) -> String {
    format!("/integrators/timeline/{version}/types/projects")
}

/// The body of the same.
pub(crate) fn type_request(project: &str, type_name: &str) -> Vec<u8> {
    let json = serde_json::json!({ "developerSymbol": type_name, "projectName": project });
    json.to_string().into_bytes()
}

/// The calls as messages show them.
pub(crate) const CREATE_PATTERN: &str = "POST /integrators/timeline/{version}/events/batch";
pub(crate) const TYPES_PATTERN: &str = "POST /integrators/timeline/{version}/types/projects";
