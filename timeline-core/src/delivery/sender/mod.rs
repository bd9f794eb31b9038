//! The sender: events one by one, from any number of tasks, for one account or for many.

mod account_task;
mod accounts;
pub(super) mod builder;
mod capacity;
mod channel;
mod control;
pub(super) mod full;
pub(super) mod handle;
pub(super) mod keep;
mod keeping;
mod kept;
mod on_undelivered;
mod parts;
pub(super) mod pending;
pub(super) mod senders;
pub(super) mod senders_builder;
mod stage;
mod worker;
