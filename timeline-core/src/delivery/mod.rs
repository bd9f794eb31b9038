//! Delivery: what takes events in, sends them, judges the answers, and reports what became of each event.

mod engine;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod intake;
mod outcome;
mod replay;
mod sender;
mod sending;
mod single_calls;
mod stream;
mod tagged;
mod verdict;
mod verify;

#[cfg(feature = "outbox")]
pub(crate) use self::intake::identity::{Difference, difference};
pub use self::outcome::errors::{BatchError, SendError};
pub use self::outcome::event::{CreatedEvent, Outcome};
pub use self::outcome::progress::Progress;
pub use self::outcome::reason::{NotSentReason, UnknownReason};
pub use self::outcome::rejection::{Rejection, RejectionReason};
pub use self::outcome::report::{BatchReport, SenderReport};
pub(crate) use self::outcome::undelivered::UndeliveredEvent;
pub use self::sender::builder::SenderBuilder;
pub use self::sender::full::Full;
pub use self::sender::handle::{Room, Sender};
pub(crate) use self::sender::keep::SendOptions;
#[cfg(feature = "outbox")]
pub(crate) use self::sender::keep::{Follow, Keep, Kept, KeptFate, NotKept};
pub use self::sender::pending::Pending;
pub use self::sender::senders::Senders;
pub use self::sender::senders_builder::SendersBuilder;
pub use self::sending::{SendBatch, Sending};
#[cfg(feature = "blocking")]
pub(crate) use self::single_calls::inside_callback;
pub(crate) use self::single_calls::{Failed, refused};
pub use self::stream::Outcomes;
pub use self::tagged::TaggedOutcomes;
#[cfg(feature = "blocking")]
pub(crate) use self::tagged::Tags;
