//! The sending loop and its parts: the intake, the schedule, the requests under way, the waits, the outcomes.

mod apply;
mod filling;
mod in_flight;
pub(super) mod options;
pub(super) mod outcome_log;
mod refused_templates;
pub(super) mod request;
pub(super) mod run;
mod schedule;
mod stop;
mod waits;
