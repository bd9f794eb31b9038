//! Packing, the sending loop, the verdict, and the report.

mod attempts;
mod book;
mod channel;
mod content;
mod draft;
mod driver;
mod encode;
mod engine;
mod full;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod letters;
mod line;
mod outcome;
mod pack;
mod queue;
mod read;
mod reason;
mod rejection;
mod replay;
mod report;
mod request_error;
mod sender;
mod sending;
mod settle;
mod source;
mod stream;
mod tagged;
mod teller;
mod verdict;
mod waiting;
mod work;

pub use self::attempts::Attempts;
pub use self::full::Full;
pub use self::outcome::{CreatedEvent, Outcome};
pub use self::reason::{NotSentReason, UnknownReason};
pub use self::rejection::{Rejection, RejectionReason};
pub use self::report::{BatchError, BatchReport, SendError, SenderReport};
pub use self::request_error::Error;
#[cfg(feature = "blocking")]
pub(crate) use self::request_error::Route;
pub use self::sender::{Pending, Room, Sender, SenderBuilder};
pub use self::sending::{Progress, SendBatch, Sending};
pub use self::stream::Outcomes;
pub use self::tagged::TaggedOutcomes;
#[cfg(feature = "blocking")]
pub(crate) use self::tagged::Tags;
