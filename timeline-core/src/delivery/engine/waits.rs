//! What the loop waits for: the circuit breaker, and the next time at which something is to be done.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::futures::OwnedNotified;

use crate::client::{Admission, CircuitBreaker, Clock, Hold, LastTry, Waiter};
use crate::delivery::engine::options::Later;

/// When something is to be done about what is held: the hold ends, or patience with one of the requests does.
pub(super) fn held_until(hold: Hold, deadlines: impl Iterator<Item = Duration>) -> Duration {
    // The result of a probe is waited for even when patience is over.
    let waits_for_patience = !hold.fixed && !hold.probing;
    let first = deadlines.min().filter(|_| waits_for_patience);
    first.map_or(hold.until, |first| first.min(hold.until))
}

/// Whether a request cannot wait for the end of the hold. Patience with it ends at `deadline`.
pub(super) fn is_over(hold: Hold, deadline: Duration, now: Duration) -> bool {
    if hold.fixed {
        hold.until > deadline
    } else {
        now >= deadline
    }
}

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

    /// Asks the breaker for a permit, and keeps the hold if there is none.
    pub(super) fn admit(&mut self, breaker: &Arc<CircuitBreaker>, now: Duration) -> Admission {
        loop {
            match breaker.admit(&self.waiter, now) {
                Admission::Hold(_) if self.changed.is_none() => {
                    // The wait is made before the breaker is asked once more, so that no change in between is missed.
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

    /// Waits until this time, or for a change of the breaker. Ready when there may be something to do.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{held_until, is_over};
    use crate::client::Hold;

    fn hold(until: u64, probing: bool, fixed: bool) -> Hold {
        Hold {
            since: Duration::ZERO,
            until: Duration::from_secs(until),
            probing,
            fixed,
            limited: false,
        }
    }

    #[test]
    fn a_hold_is_looked_at_again_at_its_end_or_when_patience_ends() {
        for (until, probing, fixed, deadlines, then) in [
            (10, false, false, &[][..], 10),
            (10, false, false, &[12, 11], 10),
            (10, false, false, &[12, 7, 9], 7),
            (10, true, false, &[7], 10),
            (10, false, true, &[7], 10),
        ] {
            let hold = hold(until, probing, fixed);
            let deadlines = deadlines.iter().copied().map(Duration::from_secs);
            let what = format!("{hold:?} {deadlines:?}");
            assert_eq!(
                held_until(hold, deadlines),
                Duration::from_secs(then),
                "{what}"
            );
        }
    }

    /// If HubSpot named the end of the hold, it is known in advance whether patience lasts.
    #[test]
    fn patience_is_over_when_it_ends_or_cannot_last() {
        for (until, fixed, deadline, now, over) in [
            (20, false, 10, 9, false),
            (20, false, 10, 10, true),
            (20, true, 19, 0, true),
            (20, true, 20, 0, false),
            (20, true, 20, 30, false),
        ] {
            let (deadline, now) = (Duration::from_secs(deadline), Duration::from_secs(now));
            let hold = hold(until, false, fixed);
            assert_eq!(
                is_over(hold, deadline, now),
                over,
                "{hold:?} {deadline:?} {now:?}"
            );
        }
    }
}
