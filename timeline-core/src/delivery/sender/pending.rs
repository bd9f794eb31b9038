//! The outcome of an event that a sender has taken, to be awaited.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::delivery::outcome::event::Outcome;
#[cfg(feature = "blocking")]
use crate::delivery::outcome::reason::UnknownReason;
use crate::delivery::sender::channel::FallbackOutcome;

/// What becomes of an event that a [`Sender`](crate::Sender) has taken: a future of its [`Outcome`]. Dropping it changes nothing for
/// the event.
#[must_use = "the outcome comes only from awaiting this, and `is_taken()` says whether the event was taken at all (with an outbox: \
              whether it is on disk); drop it on purpose if neither matters"]
pub struct Pending {
    outcome: oneshot::Receiver<Outcome>,
    known: Option<Outcome>,
    fallback: FallbackOutcome,
}

impl Future for Pending {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        if let Some(known) = self.known.take() {
            return Poll::Ready(known);
        }
        Pin::new(&mut self.outcome)
            .poll(context)
            .map(|outcome| outcome.unwrap_or_else(|_| self.fallback.outcome()))
    }
}

impl Pending {
    /// `known`: the outcome, if it is known by now.
    pub(in crate::delivery) fn new(
        outcome: oneshot::Receiver<Outcome>,
        known: Option<Outcome>,
        fallback: FallbackOutcome,
    ) -> Self {
        Pending {
            outcome,
            known,
            fallback,
        }
    }

    /// For an event whose outcome is known at once.
    pub(in crate::delivery) fn of(outcome: Outcome) -> Self {
        let (_, never) = oneshot::channel();
        let fallback = FallbackOutcome::of(outcome.clone());
        Pending::new(never, Some(outcome), fallback)
    }

    /// The id that the event goes out under, to be kept beside the user's own record; `None` only for an event that was refused
    /// before it had any.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.fallback.id()
    }

    /// The outcome, if it was known when the event was handed over: the event was not taken, or a sender on an outbox has it
    /// on disk and does not follow it ([`is_taken`](Self::is_taken) tells these two apart). `None` afterwards, and for an
    /// event that is taken and followed.
    #[must_use]
    pub fn known(&self) -> Option<&Outcome> {
        self.known.as_ref()
    }

    /// Whether the sender has the event. With an [outbox](crate::SenderBuilder) it is on the disk then, and a handler can answer
    /// that it is recorded; if not, [`known`](Self::known) says why. Without an outbox it is in memory; an event that our own
    /// check refuses is taken there, too, and its outcome says so.
    ///
    /// The answer is about the moment when the event was handed over. It holds until the outcome is taken out of this future.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.known.as_ref().is_none_or(Outcome::is_in_outbox)
    }

    /// The outcome without a wait, for a callback that would otherwise wait for itself.
    #[cfg(feature = "blocking")]
    pub(crate) fn at_once(mut self) -> Outcome {
        let known = futures_util::FutureExt::now_or_never(&mut self);
        known.unwrap_or_else(|| match self.fallback.outcome() {
            Outcome::Unknown { id, event, .. } => Outcome::Unknown {
                id,
                reason: UnknownReason::InsideCallback,
                event,
            },
            refused => refused,
        })
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}
