//! The verdict: what an answer means for each event of a request. Pure: no network, no time, no randomness.
//! `docs/verdict.md` has the table for users; a test compares the table with this code.
//!
//! An event that has once been uncertain never ends as not sent.

mod atomic;
pub(super) mod create;
mod in_use;
mod list;
pub(super) mod lookup;
mod naming;
pub(super) mod plan;
pub(super) mod read_back;
pub(super) mod step;

#[cfg(test)]
mod tests;
