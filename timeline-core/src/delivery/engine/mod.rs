//! The sending loop and its parts: what is taken in, what leaves next, what is waited for, what became of events.

mod apply;
mod in_flight;
mod intake;
pub(super) mod options;
pub(super) mod outcome_log;
mod refused_templates;
pub(super) mod request;
pub(super) mod run;
mod schedule;
mod stop;
mod waits;
