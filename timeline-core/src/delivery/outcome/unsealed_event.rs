//! What is kept of an event that could not be encoded.

use crate::event::IdOrigin;

/// An event without the value that is wrong.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::delivery) struct UnsealedEvent {
    /// The template's id, or its name if the client knows no id; empty if the event has only the name of an event type.
    pub(in crate::delivery) template: Box<str>,
    pub(in crate::delivery) is_named: bool,
    /// The names of the event type and of a custom object in app events.
    pub(in crate::delivery) type_name: Option<Box<str>>,
    pub(in crate::delivery) object_type_name: Option<Box<str>>,
    pub(in crate::delivery) id_origin: Option<IdOrigin>,
    pub(in crate::delivery) portal_id: Option<u64>,
    pub(in crate::delivery) is_stamped: bool,
    /// The JSON that would have been sent, without what is missing.
    pub(in crate::delivery) json: Box<[u8]>,
    /// What is missing: keys of the JSON, and `tokens.…`.
    pub(in crate::delivery) missing: Vec<String>,
}
