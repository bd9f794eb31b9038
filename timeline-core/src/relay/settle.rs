//! What a queue does with a message, by the outcome of its event. Pure.

use std::time::Duration;

use crate::delivery::{NotSentReason, Outcome};

/// What a queue does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Settle {
    /// It is acknowledged: its event is on HubSpot.
    Done,
    /// It is given back, and comes again after this time, under the same id.
    Again(Duration),
    /// Somebody must look at it: it is kept aside with its reason, and acknowledged after that.
    Park,
}

/// The delay for a reason that may end at any time: the probes of an outage are not further apart than this.
pub(super) const SOON: Duration = Duration::from_secs(10);

/// The delay for a reason that somebody has to fix: credentials, scopes, a template.
pub(super) const LATER: Duration = Duration::from_secs(60);

impl Outcome {
    /// What a queue does with the event's message: done if it is on HubSpot, again later if it may get there, parked if
    /// HubSpot or our own check has refused it. How often it came does not matter.
    #[must_use]
    pub fn settle(&self) -> Settle {
        match self {
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => Settle::Done,
            Outcome::Rejected(_) => Settle::Park,
            Outcome::NotSent { reason, .. } => Settle::Again(after(reason)),
            Outcome::Unknown { .. } => Settle::Again(SOON),
        }
    }
}

fn after(reason: &NotSentReason) -> Duration {
    match reason {
        // Another process may take it at once.
        NotSentReason::Stopped
        | NotSentReason::Cancelled
        | NotSentReason::Full
        | NotSentReason::InsideCallback => Duration::ZERO,
        reason if reason.is_lasting() => LATER,
        _ => SOON,
    }
}
