//! The circuit breaker of an account.
//!
//! It opens after several failures in a row that are no event's fault. Then one request at a time leaves, a probe, which
//! finds out whether the outage is over. A 429 holds all requests back until the time that HubSpot names. This is pure but
//! for the lock: the caller brings the time and the chance.
//!
//! Events on which the server fails every time must not look like an outage. Two rules see to that. If a request fails
//! again, while others have been answered since its last try, its failure is no sign of an outage. And when probes go on
//! failing, they carry fewer events, in the end a single one (`delivery/engine/schedule.rs` chooses).

mod waiting_line;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

pub(crate) use self::waiting_line::Waiter;
use self::waiting_line::WaitingLine;
use super::health::Health;
use super::retry::RetryPolicy;

/// So many failures in a row are an outage.
const ENOUGH: u32 = 5;

/// At most so many failures in a row are excused because others were answered before. Without this limit, an outage that
/// begins while many requests are repeated would cost one more request for each of them.
const EXCUSED: u32 = 20;

/// A `Retry-After` on a failure keeps probes back for this time at most. HubSpot promises the header for a 477 alone; on a
/// failure it may come from a gateway that knows nothing of the outage's end.
pub(crate) const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Probes are never further apart.
const LONGEST: Duration = Duration::from_secs(10);

/// The first in the waiting line has so long to send the probe. Then any other may send it, since the first may not be
/// polled any more.
const GRACE: Duration = Duration::from_secs(1);

/// A probe that reports nothing for so long counts as lost: its runtime may run nothing any more.
const LOST: Duration = Duration::from_secs(120);

/// A request whose patience is over gets its last try, unless a probe failed, or the circuit breaker opened, less than this
/// time before: an outage that meets a steady stream of requests must not cost one for each of them.
const RECENT: Duration = Duration::from_secs(5);

/// Shared by all that send to one account.
#[derive(Debug, Default)]
pub(crate) struct CircuitBreaker {
    state: Mutex<BreakerState>,
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct BreakerState {
    /// Failures in a row, and when the first of them was.
    failures: u32,
    since: Duration,
    /// How many requests have been answered, and how many failures have been excused since the last answer.
    answers: u64,
    excused: u32,
    open: Option<Open>,
    /// From the 429 to the end of the wait.
    limited: Option<(Duration, Duration)>,
    line: WaitingLine,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    next_probe: Duration,
    /// HubSpot named the time, so no probe leaves before it.
    fixed: bool,
    /// Since when a probe is under way.
    probing: Option<Duration>,
    last_failure: Duration,
    failed_probes: u32,
}

/// Whether one more request may leave.
#[derive(Debug)]
pub(crate) enum Admission {
    Go(Permit),
    Hold(Hold),
}

/// Nothing leaves for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Since when.
    pub(crate) since: Duration,
    /// When to ask again, if nothing changes before.
    pub(crate) until: Duration,
    /// A probe is under way, which will tell whether the outage is over.
    pub(crate) probing: bool,
    /// HubSpot named the end, so nothing will leave before.
    pub(crate) fixed: bool,
    /// It is the account's limit, not an outage.
    pub(crate) limited: bool,
}

/// A change that is logged and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutageChange {
    Begins,
    Ends,
}

/// A permit for one request. `tell` reports what came of the request. A permit that is dropped without a report leaves the
/// circuit breaker as it was, except that its probe is over.
#[derive(Debug)]
pub(crate) struct Permit {
    breaker: Option<Arc<CircuitBreaker>>,
    /// For a probe: how many probes have failed before it.
    probe: Option<u32>,
    /// For a last try that leaves before the next probe is due: when that probe is due. If the last try fails, the probe is
    /// still due then. Otherwise requests whose patience ends one after the other would put off the turn of all that wait
    /// in line.
    next_probe: Option<Duration>,
    /// How many requests had been answered when the same request was last tried.
    last_try: Option<u64>,
}

impl CircuitBreaker {
    /// Asks to send one request.
    pub(crate) fn admit(self: &Arc<Self>, waiter: &Arc<Waiter>, now: Duration) -> Admission {
        let mut state = self.state();
        if let Some((since, until)) = state.limited {
            if now < until {
                return Admission::Hold(Hold {
                    since,
                    until,
                    probing: false,
                    fixed: true,
                    limited: true,
                });
            }
            state.limited = None;
        }
        let since = state.since;
        let Some(open) = state.open else {
            return Admission::Go(self.permit(None));
        };
        let hold = Hold {
            since,
            until: open.probe_ends(now).unwrap_or(open.next_probe),
            probing: open.probe_ends(now).is_some(),
            fixed: open.fixed,
            limited: false,
        };
        let is_first = state.line.join(waiter);
        if hold.probing || now < open.next_probe {
            return Admission::Hold(hold);
        }
        let any = open.next_probe.saturating_add(GRACE);
        if is_first || now >= any {
            return Admission::Go(self.probe(&mut state, waiter, now));
        }
        Admission::Hold(Hold { until: any, ..hold })
    }

    /// Asks for the last try of a request whose patience is over.
    pub(crate) fn last_try(self: &Arc<Self>, waiter: &Arc<Waiter>, now: Duration) -> LastTry {
        let mut state = self.state();
        match state.open {
            Some(open) if open.probe_ends(now).is_some() => LastTry::Wait,
            Some(open) if open.fixed || now < open.last_failure.saturating_add(RECENT) => {
                LastTry::None
            }
            Some(open) => {
                let mut permit = self.probe(&mut state, waiter, now);
                permit.next_probe = Some(open.next_probe).filter(|due| *due > now);
                LastTry::Go(permit)
            }
            None => LastTry::Go(self.permit(None)),
        }
    }

    /// Ready when something has changed since this was called.
    pub(crate) fn changed(&self) -> OwnedNotified {
        Arc::clone(&self.changed).notified_owned()
    }

    /// Since when there is an outage.
    pub(crate) fn outage_since(&self) -> Option<Duration> {
        let state = self.state();
        state.open.map(|_| state.since)
    }

    /// Whether the circuit breaker can be dropped: neither an outage nor a limit holds requests back.
    pub(super) fn is_idle(&self, now: Duration) -> bool {
        let state = self.state();
        state.open.is_none() && state.limited.is_none_or(|(_, until)| until <= now)
    }

    fn permit(self: &Arc<Self>, probe: Option<u32>) -> Permit {
        Permit {
            breaker: Some(Arc::clone(self)),
            probe,
            next_probe: None,
            last_try: None,
        }
    }

    /// Makes the permit for a probe. Its waiter leaves the line, so the next in line has the probe after this one.
    fn probe(
        self: &Arc<Self>,
        state: &mut BreakerState,
        waiter: &Arc<Waiter>,
        now: Duration,
    ) -> Permit {
        state.line.leave(waiter);
        let failed_probes = state.open.as_mut().map(|open| {
            open.probing = Some(now);
            open.failed_probes
        });
        self.permit(Some(failed_probes.unwrap_or_default()))
    }

    fn state(&self) -> MutexGuard<'_, BreakerState> {
        // No panic can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a request whose patience is over gets a last try.
#[derive(Debug)]
pub(crate) enum LastTry {
    Go(Permit),
    /// A probe is under way: wait for what it tells.
    Wait,
    /// No: a failure was just now, or HubSpot named the time of the next probe.
    None,
}

impl Open {
    /// Until when the probe that is under way is waited for.
    fn probe_ends(&self, now: Duration) -> Option<Duration> {
        let ends = self.probing?.saturating_add(LOST);
        (now < ends).then_some(ends)
    }
}

impl BreakerState {
    fn tell(
        &mut self,
        health: Health,
        permit: &Permit,
        now: Duration,
        policy: &RetryPolicy,
        chance: f64,
    ) {
        match health {
            Health::Up => self.answered(),
            Health::Limited { wait } => {
                self.answered();
                let until = now.saturating_add(wait);
                let (since, before) = self.limited.unwrap_or((now, until));
                self.limited = Some((since, until.max(before)));
            }
            Health::Down { .. } if self.excuses(permit) => self.excused += 1,
            Health::Down { retry_after } => {
                if self.failures == 0 {
                    self.since = now;
                }
                self.failures = self.failures.saturating_add(1);
                let failed_probes = match self.open {
                    Some(open) if permit.probe.is_some() => open.failed_probes.saturating_add(1),
                    None if self.failures >= ENOUGH => 0,
                    // A request that left before the circuit breaker opened says nothing new.
                    _ => return,
                };
                let retry_after = retry_after.min(LONGEST_ASKED);
                let wait = policy.probe_wait(failed_probes, LONGEST, chance);
                let next_probe = match permit.next_probe {
                    Some(due) => due.max(now.saturating_add(retry_after)),
                    None => now.saturating_add(wait.max(retry_after)),
                };
                self.open = Some(Open {
                    next_probe,
                    fixed: retry_after > wait,
                    probing: None,
                    last_failure: now,
                    failed_probes,
                });
            }
        }
    }

    /// Whether others were answered since the same request was last tried. Then its failure is more likely its own fault.
    fn excuses(&self, permit: &Permit) -> bool {
        let answered = |before| self.answers > before;
        permit.probe.is_none() && self.excused < EXCUSED && permit.last_try.is_some_and(answered)
    }

    fn answered(&mut self) {
        self.answers += 1;
        self.excused = 0;
        self.failures = 0;
        self.open = None;
        self.line.clear();
    }
}

impl Permit {
    /// A permit that asks no breaker and reports to none.
    pub(crate) fn free() -> Self {
        Permit {
            breaker: None,
            probe: None,
            next_probe: None,
            last_try: None,
        }
    }

    /// For a probe: how many probes have failed before it.
    pub(crate) fn probe(&self) -> Option<u32> {
        self.probe
    }

    /// For a request that is tried again: keeps how many requests had been answered at its last try, and sets `last_try` to
    /// the number by now. `None` if the request was never tried.
    pub(crate) fn repeats(&mut self, last_try: &mut Option<u64>) {
        if let Some(breaker) = &self.breaker {
            self.last_try = last_try.replace(breaker.state().answers);
        }
    }

    /// Reports what the request has shown. Returns whether an outage begins or ends with it.
    pub(crate) fn tell(
        mut self,
        health: Health,
        now: Duration,
        policy: &RetryPolicy,
        chance: f64,
    ) -> Option<OutageChange> {
        let breaker = self.breaker.take()?;
        let mut state = breaker.state();
        let had_none = state.open.is_none();
        state.tell(health, &self, now, policy, chance);
        let has_one = state.open.is_some();
        drop(state);
        breaker.changed.notify_waiters();
        match (had_none, has_one) {
            (true, true) => Some(OutageChange::Begins),
            (false, false) => Some(OutageChange::Ends),
            _ => None,
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let (Some(breaker), Some(_)) = (&self.breaker, self.probe) {
            if let Some(open) = &mut breaker.state().open {
                open.probing = None;
            }
            breaker.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests;
