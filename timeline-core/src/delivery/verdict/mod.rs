//! The verdict: what an answer means for each event of a request. Pure: no network, no time, no randomness.
//! `docs/verdict.md` has the table for users; a test compares the table with this code.
//!
//! | question | file |
//! |---|---|
//! | what the answer to a create means: its status, a 401, a limit | `create.rs` |
//! | which events a batch's answer is about | `naming.rs`, then `list.rs` |
//! | whether an id is in use, and what that means | `in_use.rs` |
//! | what a refusal means where a request is taken as a whole or not at all | `atomic.rs` |
//! | how a refused batch is split | `list.rs` (`parts`), `atomic.rs` |
//! | what reading an event back shows, and looking up a type's name | `read_back.rs`, `lookup.rs` |
//! | what is done about all that | `action.rs` |
//!
//! An event that has once been uncertain never ends as not sent.

pub(super) mod action;
mod atomic;
pub(super) mod create;
mod in_use;
mod list;
pub(super) mod lookup;
mod naming;
pub(super) mod read_back;
pub(super) mod step;

#[cfg(test)]
mod tests;
