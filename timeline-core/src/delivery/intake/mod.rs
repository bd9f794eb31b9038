//! From the caller's events to batches: where events come from, their ids and times, duplicates, packing.

mod content_hash;
pub(super) mod duplicates;
pub(super) mod event;
pub(super) mod identity;
pub(super) mod pack;
pub(super) mod seal;
pub(super) mod source;
mod unsealed;
