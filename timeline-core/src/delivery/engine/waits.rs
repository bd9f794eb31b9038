//! What the loop waits for: the circuit breaker, and the next time at which something is to be done.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::futures::OwnedNotified;

use crate::client::{Admission, CircuitBreaker, Clock, Hold, LastTry, Waiter};
use crate::delivery::engine::options::Later;

#[derive(Default)]
pub(super) struct Waits {
    /// The call's place among those that wait for the end of an outage.
    waiter: Arc<Waiter>,
    /// Why nothing may leave now.
    hold: Option<Hold>,
    /// Ready when the breaker has changed.
    changed: Option<Pin<Box<OwnedNotified>>>,
    timer: Option<(Duration, Later<'static>)>,
}

impl Waits {
    pub(super) fn hold(&self) -> Option<Hold> {
        self.hold
    }

    pub(super) fn end_hold(&mut self) {
        self.hold = None;
    }

    /// Asks the breaker for a permit, and keeps what it says against it.
    pub(super) fn admit(&mut self, breaker: &Arc<CircuitBreaker>, now: Duration) -> Admission {
        loop {
            match breaker.admit(&self.waiter, now) {
                Admission::Hold(_) if self.changed.is_none() => {
                    // Made before asking once more, so that no change in between is missed.
                    self.changed = Some(Box::pin(breaker.changed()));
                }
                Admission::Hold(hold) => {
                    self.hold = Some(hold);
                    return Admission::Hold(hold);
                }
                go => return go,
            }
        }
    }

    /// Asks the breaker for the last try of a request whose patience is over.
    pub(super) fn last_try(&self, breaker: &Arc<CircuitBreaker>, now: Duration) -> LastTry {
        breaker.last_try(&self.waiter, now)
    }

    /// Waits until then, or for the breaker. Ready when there may be something to do.
    pub(super) fn poll(
        &mut self,
        until: Option<Duration>,
        clock: &Arc<dyn Clock>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        if self.hold.is_some()
            && let Some(changed) = &mut self.changed
            && changed.as_mut().poll(context).is_ready()
        {
            self.changed = None;
            return Poll::Ready(());
        }
        let Some(until) = until else {
            self.timer = None;
            return Poll::Pending;
        };
        if self.timer.as_ref().is_none_or(|(time, _)| *time != until) {
            let wait = until.saturating_sub(clock.elapsed());
            let clock = Arc::clone(clock);
            let sleep = async move { clock.sleep(wait).await };
            self.timer = Some((until, Box::pin(sleep)));
        }
        if let Some((_, timer)) = &mut self.timer {
            ready!(timer.as_mut().poll(context));
        }
        self.timer = None;
        Poll::Ready(())
    }
}
