//! The sender: events one by one, from any number of tasks.

pub(super) mod builder;
mod channel;
pub(super) mod full;
pub(super) mod handle;
mod on_undelivered;
pub(super) mod pending;
mod worker;
