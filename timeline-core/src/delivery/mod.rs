//! Packing, the sending loop, the verdict, and the report.

mod book;
mod outcome;
mod pack;
mod read;
mod report;
mod run;
mod sending;
mod verdict;

pub use self::outcome::{
    CreatedEvent, NotSentReason, Outcome, Rejection, RejectionReason, UnknownReason,
};
pub use self::read::Error;
pub use self::report::{BatchError, BatchReport, SendError};
pub use self::sending::{Progress, SendBatch, Sending};
