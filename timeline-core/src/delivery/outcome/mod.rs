//! What became of events: of one, of all of a call, and the file that keeps those that are not on HubSpot.

pub(super) mod attempts;
pub(super) mod counts;
pub(super) mod dead_letter_line;
pub(super) mod dead_letters;
pub(super) mod errors;
pub(super) mod event;
pub(super) mod packed;
pub(super) mod progress;
pub(super) mod reason;
pub(super) mod rejection;
pub(super) mod report;
pub(super) mod undelivered;
pub(super) mod unsealed_event;
