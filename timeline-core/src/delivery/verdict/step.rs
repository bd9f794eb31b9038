//! The types of the verdict: the steps that follow for the events of a request.

use std::time::Duration;

use crate::delivery::outcome::reason::{NotSentReason, UndeliveredReason, UnknownReason};
use crate::delivery::outcome::rejection::RejectionReason;
use crate::wire::error_body::ErrorBody;
use crate::wire::texts::Text;

/// What is known of the batch beside its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::delivery) struct Past {
    /// It was sent before because an answer did not name its events.
    pub(in crate::delivery) again: bool,
    /// Its last attempt was answered with 401.
    pub(in crate::delivery) refused: bool,
    /// How many attempts have failed before this one.
    pub(in crate::delivery) failures: u32,
    /// How long ago reading the event back found nothing for the first time.
    pub(in crate::delivery) not_found_for: Option<Duration>,
    /// The number of errors says nothing: several may be about one event.
    pub(in crate::delivery) errors_are_uncounted: bool,
    /// The API takes a request as a whole or not at all, and nothing can be read back.
    pub(in crate::delivery) atomic: bool,
    /// A refused access token that is fresh means that the account has moved to another API.
    pub(in crate::delivery) moves: bool,
    /// Most events of the call that are decided were there before.
    pub(in crate::delivery) mostly_in_use: bool,
}

/// What follows for one event.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::delivery) enum Step {
    /// The texts are those of the answer.
    Created {
        object_id: Option<Text>,
        created_at: Option<Text>,
    },
    AlreadyExists,
    /// Read the event back. Its id is in use, or, with a reason, it may have arrived before it was refused for that reason.
    ReadBack(Option<(RejectionReason, Box<ErrorBody>)>),
    Rejected(RejectionReason, Box<ErrorBody>),
    /// It was read back, and is not there.
    NotFound,
    /// Send it again at once, with the others of which the answer said nothing.
    Together,
    /// Send it again at once, with the others that seem to be in use, without the rest.
    Apart,
    /// Send it again at once, with its part of the batch.
    Split(Parts),
    /// Send it again, with the whole batch, and with another access token.
    Refresh,
    /// Send it again after a wait; once patience is over, this reason gives the outcome.
    Later(UndeliveredReason),
    /// It ends as unknown: more tries would tell no more.
    Unknown(UnknownReason),
    /// The account has moved: send it again at once, through the other API.
    Move,
    /// No event like it can be sent: the call stops.
    Stop(NotSentReason),
}

/// How a batch is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::delivery) enum Parts {
    Halves,
    /// Halves of equal size: the body was too large.
    HalvesByBytes,
    Singles,
}

/// What follows for all events of a request, in their order.
#[derive(Debug, PartialEq)]
pub(in crate::delivery) struct Verdict {
    pub(in crate::delivery) steps: Vec<Step>,
    /// How long to wait at least before trying again.
    pub(in crate::delivery) least_wait: Duration,
    /// Events that the answer does not name become uncertain, also those that go again at once. True for a success, unless its
    /// errors are as many as these events.
    pub(in crate::delivery) leaves_in_doubt: bool,
    /// Events that become uncertain by this answer may have arrived. False for a complete answer with errors: that has said
    /// which events were not taken.
    pub(in crate::delivery) lost: bool,
}

pub(super) fn absent(reason: NotSentReason) -> Step {
    Step::Later(UndeliveredReason::NotSent(reason))
}

pub(super) fn uncertain(reason: UnknownReason) -> Step {
    Step::Later(UndeliveredReason::Unknown(reason))
}
