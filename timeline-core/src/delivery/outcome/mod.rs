//! What became of events: of one event, of all events of a call, and the file of dead letters that keeps undelivered ones.

pub(super) mod attempts;
pub(super) mod counts;
pub(super) mod dead_letter;
pub(super) mod errors;
pub(super) mod event;
pub(super) mod packed;
pub(super) mod progress;
pub(super) mod reason;
pub(super) mod rejection;
pub(super) mod report;
pub(super) mod undelivered;
pub(super) mod unsealed_event;
