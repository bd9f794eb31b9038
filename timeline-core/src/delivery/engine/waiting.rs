//! What waits: for its time, for the circuit breaker, for patience to end.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::client::{Hold, LastTry, RetryPolicy};
use crate::delivery::engine::Engine;
use crate::delivery::engine::request::Work;
use crate::delivery::outcome::reason::NotSentReason;

impl Engine<'_> {
    /// Work whose time has come may leave.
    pub(in crate::delivery) fn unpark(&mut self, now: Duration) {
        for work in self.parked.extract_if(.., |work| work.not_before <= now) {
            self.queue.push(work);
        }
    }

    /// Ends or tries for a last time what cannot wait for the end of the hold; whether there may be more of it.
    pub(in crate::delivery) fn expire(&mut self, now: Duration, hold: Hold) -> bool {
        while self.budget > 0 {
            let retry = &self.client.root.retry;
            let is_over = |work: &Work| {
                let deadline = deadline(retry, work, hold);
                match hold.fixed {
                    true => hold.until > deadline,
                    false => now >= deadline,
                }
            };
            let Some(work) = self.queue.take_first(is_over) else {
                return false;
            };
            let last_try = if hold.fixed {
                LastTry::None
            } else {
                let breaker = &self.client.portal.traffic.breaker;
                breaker.last_try(&self.waiter, now)
            };
            match last_try {
                LastTry::Wait => {
                    self.queue.put_back(work);
                    return false;
                }
                LastTry::Go(permit) => {
                    self.start(work, None, permit, now);
                    return true;
                }
                LastTry::None => {
                    let reason = match &work.absent {
                        Some(reason) => reason.clone(),
                        None if hold.limited => NotSentReason::RateLimited,
                        None => NotSentReason::Outage,
                    };
                    self.end_work(work, &reason);
                }
            }
        }
        true
    }

    /// Waits for a time or for the circuit breaker. Ready when there may be something to do.
    pub(in crate::delivery) fn poll_waits(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.hold.is_some()
            && let Some(changed) = &mut self.breaker_changed
            && changed.as_mut().poll(context).is_ready()
        {
            self.breaker_changed = None;
            return Poll::Ready(());
        }
        let Some(next) = self.next_time() else {
            self.timer = None;
            return Poll::Pending;
        };
        if self.timer.as_ref().is_none_or(|(time, _)| *time != next) {
            let clock = Arc::clone(&self.client.root.clock);
            let wait = next.saturating_sub(self.now());
            let sleep = async move { clock.sleep(wait).await };
            self.timer = Some((next, Box::pin(sleep)));
        }
        if let Some((_, timer)) = &mut self.timer {
            ready!(timer.as_mut().poll(context));
        }
        self.timer = None;
        Poll::Ready(())
    }

    /// The next time at which something is to be done.
    fn next_time(&self) -> Option<Duration> {
        if let Some(stopped) = &self.stopped {
            let recovers = !stopped.wished && self.on_the_way.is_empty();
            let pause = self.options.recover.filter(|_| recovers)?;
            return Some(stopped.since.saturating_add(pause));
        }
        let mut times: Vec<Duration> = self.parked.iter().map(|work| work.not_before).collect();
        if self.on_the_way.len() < self.options.concurrency {
            times.extend(self.lingers_until());
            if let Some(hold) = self.hold {
                times.push(hold.until);
                // What a probe tells is waited for even when patience is over.
                if !hold.fixed && !hold.probing {
                    let retry = &self.client.root.retry;
                    times.extend(self.queue.iter().map(|work| deadline(retry, work, hold)));
                }
            }
        }
        times.into_iter().min()
    }
}

/// When patience with work ends. What was never tried is as impatient as if it had been, from the moment it could have
/// been.
fn deadline(retry: &RetryPolicy, work: &Work, hold: Hold) -> Duration {
    let since = work.failing_since.unwrap_or(hold.since.max(work.given));
    retry.deadline(since)
}
