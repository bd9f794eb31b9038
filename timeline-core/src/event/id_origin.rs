//! Where an event's id comes from.

use serde::{Deserialize, Serialize};

/// Who made the id, which decides what "already in use" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum IdOrigin {
    /// Made by us for this event alone.
    Made,
    /// Derived from a key by us: this event may have had it before, and no other event can.
    Keyed,
    /// The user's own: another record may hold it.
    User,
}
