//! The error of a sender that is full, with the event that it refuses.

use std::fmt;
use std::io::{self, Write};

use crate::delivery::intake::event::Event;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::NotSentReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::error::Cause;
use crate::event::InvalidKind;

/// The sender has no room for another event. The event is in here, encoded, with the id and the time that it keeps:
/// [`write_undelivered`](Self::write_undelivered) writes it down, [`Sender::try_again`](super::handle::Sender::try_again) and [`Sender::send_again`](super::handle::Sender::send_again) try
/// again.
#[derive(Clone)]
pub struct Full {
    pub(in crate::delivery) refused: Box<Result<Event, Rejection>>,
    /// Why the sender's outbox did not take it.
    pub(in crate::delivery) cause: Option<Cause>,
}

impl Full {
    pub(in crate::delivery) fn new(refused: Result<Event, Rejection>) -> Self {
        Full {
            refused: Box::new(refused),
            cause: None,
        }
    }

    pub(in crate::delivery) fn not_kept(event: Event, cause: Cause) -> Self {
        Full {
            refused: Box::new(Ok(event)),
            cause: Some(cause),
        }
    }

    /// What became of the event: [`NotSent`](Outcome::NotSent) with the reason [`Full`](NotSentReason::Full), or
    /// [`NotKept`](NotSentReason::NotKept) if the sender stands on an outbox; or
    /// [`Rejected`](Outcome::Rejected) if it could not have been sent anyway.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.clone().into_outcome()
    }

    /// What became of the event, as [`outcome`](Self::outcome).
    #[must_use]
    pub fn into_outcome(self) -> Outcome {
        let reason = self
            .cause
            .map_or(NotSentReason::Full, NotSentReason::NotKept);
        not_sent(*self.refused, reason)
    }

    /// Gives the event this account if it has none yet. An event of another account becomes a rejection.
    pub(in crate::delivery) fn in_account(mut self, portal_id: u64) -> Self {
        if let Ok(event) = &mut *self.refused {
            match event.sealed.portal_id {
                None => event.sealed.portal_id = Some(portal_id),
                Some(theirs) if theirs != portal_id => {
                    let error = InvalidKind::OtherPortal(theirs, Some(portal_id)).into();
                    let kept = event.undelivered(None);
                    let rejection = Rejection::kept(event.id(), error, kept);
                    *self.refused = Err(rejection);
                }
                Some(_) => {}
            }
        }
        self
    }

    /// Writes the event as one line of JSON for [`Client::replay`](crate::Client::replay); see
    /// [`BatchReport::write_undelivered`](crate::BatchReport::write_undelivered).
    ///
    /// # Errors
    ///
    /// What the writer gives.
    pub fn write_undelivered(&self, writer: impl Write) -> io::Result<()> {
        self.outcome().write_undelivered(writer).map(drop)
    }
}

/// The event's id, and nothing that it holds.
impl fmt::Debug for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Full({})", self.outcome())
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "the sender's outbox did not take the event: {cause}"),
            None => f.write_str(
                "the sender is full: as many events as its `capacity` have no outcome yet",
            ),
        }
    }
}

/// The outbox's error is the source.
impl std::error::Error for Full {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause.error() as _)
    }
}

/// The outcome of an event that was not taken.
pub(in crate::delivery) fn not_sent(
    event: Result<Event, Rejection>,
    reason: NotSentReason,
) -> Outcome {
    match event {
        Ok(event) => Outcome::NotSent {
            id: event.id().to_owned(),
            reason,
            event: event.undelivered(None),
        },
        Err(rejection) => rejection.into(),
    }
}
