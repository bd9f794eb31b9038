//! The gate: what a whole account knows about the weather at HubSpot.
//!
//! After several failures in a row that are nobody's fault it closes, and one request at a time finds out whether the
//! outage is over. A 429 parks everybody until the time that HubSpot names. Pure but for the lock: whoever asks brings
//! the time and the chance.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use super::{RetryPolicy, Weather};

/// So many failures in a row are an outage.
const ENOUGH: u32 = 5;

/// Probes are never further apart.
const LONGEST: Duration = Duration::from_secs(10);

/// Whoever stands first in line has so long to send the probe, then anybody may: it may not be polled any more.
const GRACE: Duration = Duration::from_secs(1);

/// A request whose patience is over gets its last try, unless a probe has failed so shortly before: an outage that
/// meets a steady stream of requests must not cost one for each of them.
const RECENT: Duration = Duration::from_secs(5);

/// Shared by all that send to one account.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    /// Failures in a row, and when the first of them was.
    failures: u32,
    since: Duration,
    closed: Option<Closed>,
    /// From the 429 to the end of the wait.
    parked: Option<(Duration, Duration)>,
    /// Who waits, in the order of their last probes.
    line: VecDeque<Weak<Seat>>,
}

#[derive(Clone, Copy, Debug)]
struct Closed {
    next_probe: Duration,
    /// HubSpot named the time, so nobody comes before it.
    fixed: bool,
    probing: bool,
    last_failure: Duration,
    failed_probes: u32,
}

/// A place in the line of those who wait.
#[derive(Debug, Default)]
pub(crate) struct Seat;

/// Whether one more request may leave.
#[derive(Debug)]
pub(crate) enum Admission {
    Go(Pass),
    Hold(Hold),
}

/// Nothing leaves for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Since when.
    pub(crate) since: Duration,
    /// When to ask again; `None` while a probe is under way.
    pub(crate) until: Option<Duration>,
    /// HubSpot named the end, so nothing will leave before.
    pub(crate) fixed: bool,
    /// It is the account's limit, not an outage.
    pub(crate) limited: bool,
}

/// What all should hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    OutageBegins,
    OutageIsOver,
}

/// Leave to make one request. It is told what came of it; dropped untold, it leaves the gate as it was.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Option<Arc<Gate>>,
    probe: bool,
}

impl Gate {
    /// Asks to send one request.
    pub(crate) fn admit(self: &Arc<Self>, seat: &Arc<Seat>, now: Duration) -> Admission {
        let mut state = self.state();
        if let Some((since, until)) = state.parked {
            if now < until {
                return Admission::Hold(Hold {
                    since,
                    until: Some(until),
                    fixed: true,
                    limited: true,
                });
            }
            state.parked = None;
        }
        let since = state.since;
        let Some(closed) = state.closed else {
            return Admission::Go(self.pass(false));
        };
        let hold = Hold {
            since,
            until: Some(closed.next_probe).filter(|_| !closed.probing),
            fixed: closed.fixed,
            limited: false,
        };
        let is_first = state.stand_in_line(seat);
        if closed.probing || now < closed.next_probe {
            return Admission::Hold(hold);
        }
        let any = closed.next_probe.saturating_add(GRACE);
        if is_first || now >= any {
            return Admission::Go(self.probe(&mut state, seat));
        }
        Admission::Hold(Hold {
            until: Some(any),
            ..hold
        })
    }

    /// Asks for the last try of a request whose patience is over.
    pub(crate) fn last_try(self: &Arc<Self>, seat: &Arc<Seat>, now: Duration) -> LastTry {
        let mut state = self.state();
        match state.closed {
            Some(closed) if closed.probing => LastTry::Wait,
            Some(closed) if closed.fixed || now < closed.last_failure.saturating_add(RECENT) => {
                LastTry::None
            }
            Some(_) => LastTry::Go(self.probe(&mut state, seat)),
            None => LastTry::Go(self.pass(false)),
        }
    }

    /// Ready when something has changed since this was called.
    pub(crate) fn changed(&self) -> OwnedNotified {
        Arc::clone(&self.changed).notified_owned()
    }

    /// Since when there is an outage.
    pub(crate) fn outage_since(&self) -> Option<Duration> {
        let state = self.state();
        state.closed.map(|_| state.since)
    }

    /// Whether there is nothing that it would be a loss to forget.
    pub(super) fn is_idle(&self, now: Duration) -> bool {
        let state = self.state();
        state.closed.is_none() && state.parked.is_none_or(|(_, until)| until <= now)
    }

    fn pass(self: &Arc<Self>, probe: bool) -> Pass {
        Pass {
            gate: Some(Arc::clone(self)),
            probe,
        }
    }

    /// The next one in line comes after this one.
    fn probe(self: &Arc<Self>, state: &mut State, seat: &Arc<Seat>) -> Pass {
        state.line.retain(|other| !is(other, seat));
        if let Some(closed) = &mut state.closed {
            closed.probing = true;
        }
        self.pass(true)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // It is whole between any two lines that could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left for a request whose patience is over.
#[derive(Debug)]
pub(crate) enum LastTry {
    Go(Pass),
    /// A probe is under way, and will tell.
    Wait,
    /// One has failed just now.
    None,
}

fn is(seat: &Weak<Seat>, other: &Arc<Seat>) -> bool {
    std::ptr::eq(seat.as_ptr(), Arc::as_ptr(other))
}

impl State {
    /// Whether this seat is the first.
    fn stand_in_line(&mut self, seat: &Arc<Seat>) -> bool {
        self.line.retain(|other| other.strong_count() > 0);
        if !self.line.iter().any(|other| is(other, seat)) {
            self.line.push_back(Arc::downgrade(seat));
        }
        self.line.front().is_some_and(|first| is(first, seat))
    }

    fn tell(
        &mut self,
        weather: Weather,
        probe: bool,
        now: Duration,
        policy: &RetryPolicy,
        chance: f64,
    ) {
        match weather {
            Weather::Fair => self.open(),
            Weather::Limited { wait } => {
                self.open();
                let until = now.saturating_add(wait);
                let (since, before) = self.parked.unwrap_or((now, until));
                self.parked = Some((since, until.max(before)));
            }
            Weather::Foul { retry_after } => {
                if self.failures == 0 {
                    self.since = now;
                }
                self.failures = self.failures.saturating_add(1);
                let failed_probes = match self.closed {
                    Some(closed) if probe => closed.failed_probes.saturating_add(1),
                    None if self.failures >= ENOUGH => 0,
                    // What left before the gate was closed is no news.
                    _ => return,
                };
                let wait = policy.probe_wait(failed_probes, LONGEST, chance);
                self.closed = Some(Closed {
                    next_probe: now.saturating_add(wait.max(retry_after)),
                    fixed: retry_after > wait,
                    probing: false,
                    last_failure: now,
                    failed_probes,
                });
            }
        }
    }

    fn open(&mut self) {
        self.failures = 0;
        self.closed = None;
        self.line.clear();
    }
}

impl Pass {
    /// Leave to make a request whatever the weather is, of which nobody is told.
    pub(crate) fn free() -> Self {
        Pass {
            gate: None,
            probe: false,
        }
    }

    /// Says what the request has shown. What is new by that.
    pub(crate) fn tell(
        mut self,
        weather: Weather,
        now: Duration,
        policy: &RetryPolicy,
        chance: f64,
    ) -> Option<News> {
        let gate = self.gate.take()?;
        let mut state = gate.state();
        let was_open = state.closed.is_none();
        state.tell(weather, self.probe, now, policy, chance);
        let is_closed = state.closed.is_some();
        drop(state);
        gate.changed.notify_waiters();
        match (was_open, is_closed) {
            (true, true) => Some(News::OutageBegins),
            (false, false) => Some(News::OutageIsOver),
            _ => None,
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let (Some(gate), true) = (&self.gate, self.probe) {
            if let Some(closed) = &mut gate.state().closed {
                closed.probing = false;
            }
            gate.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Admission, Gate, Hold, LastTry, Pass, Seat};
    use crate::client::{RetryPolicy, Weather};

    const FOUL: Weather = Weather::Foul {
        retry_after: Duration::ZERO,
    };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn tell(pass: Pass, weather: Weather, now: u64) {
        pass.tell(weather, at(now), &RetryPolicy::default(), 1.0);
    }

    fn go(gate: &Arc<Gate>, seat: &Arc<Seat>, now: u64) -> Pass {
        match gate.admit(seat, at(now)) {
            Admission::Go(pass) => pass,
            Admission::Hold(hold) => panic!("held at {now}: {hold:?}"),
        }
    }

    fn held(gate: &Arc<Gate>, seat: &Arc<Seat>, now: Duration) -> Hold {
        match gate.admit(seat, now) {
            Admission::Go(pass) => panic!("not held at {now:?}: {pass:?}"),
            Admission::Hold(hold) => hold,
        }
    }

    /// Closed at second 4, after failures at 0, 1, 2, 3 and 4.
    fn closed() -> (Arc<Gate>, Arc<Seat>) {
        let (gate, seat) = (Arc::new(Gate::default()), Arc::new(Seat));
        for second in 0..5 {
            tell(go(&gate, &seat, second), FOUL, second);
        }
        (gate, seat)
    }

    #[test]
    fn it_closes_after_five_failures_in_a_row() {
        let (gate, seat) = (Arc::new(Gate::default()), Arc::new(Seat));
        for second in 0..4 {
            tell(go(&gate, &seat, second), FOUL, second);
        }
        tell(go(&gate, &seat, 4), Weather::Fair, 4);
        for second in 5..10 {
            tell(go(&gate, &seat, second), FOUL, second);
        }
        let hold = held(&gate, &seat, at(9));
        let first_wait = Duration::from_millis(500);
        assert_eq!((hold.since, hold.until), (at(5), Some(at(9) + first_wait)));
        assert!(!hold.fixed && !hold.limited);
    }

    #[test]
    fn one_probe_at_a_time_and_no_more_than_ten_seconds_apart() {
        let (gate, seat) = closed();
        let mut now = at(4);
        for wait in [500, 1000, 2000, 4000, 8000, 10_000, 10_000] {
            let next = now + Duration::from_millis(wait);
            assert_eq!(held(&gate, &seat, now).until, Some(next));
            let Admission::Go(probe) = gate.admit(&seat, next) else {
                panic!("no probe at {next:?}");
            };
            assert_eq!(
                held(&gate, &seat, next).until,
                None,
                "while it is under way"
            );
            now = next;
            probe.tell(FOUL, now, &RetryPolicy::default(), 1.0);
        }
        let Admission::Go(probe) = gate.admit(&seat, now + at(10)) else {
            panic!("no probe");
        };
        tell(probe, Weather::Fair, 100);
        drop((go(&gate, &seat, 100), go(&gate, &seat, 100)));
    }

    #[test]
    fn a_probe_that_is_given_up_is_anothers() {
        let (gate, seat) = closed();
        drop(go(&gate, &seat, 5));
        drop(go(&gate, &seat, 5));
    }

    #[test]
    fn a_success_that_was_under_way_opens_and_a_failure_is_no_news() {
        let (gate, seat) = (Arc::new(Gate::default()), Arc::new(Seat));
        let (late, later) = (go(&gate, &seat, 0), go(&gate, &seat, 0));
        for second in 0..5 {
            tell(go(&gate, &seat, second), FOUL, second);
        }
        let before = held(&gate, &seat, at(4));
        tell(late, FOUL, 4);
        assert_eq!(held(&gate, &seat, at(4)), before);
        tell(later, Weather::Fair, 4);
        drop(go(&gate, &seat, 4));
    }

    #[test]
    fn those_who_wait_take_turns() {
        let (gate, one) = closed();
        let two = Arc::new(Seat);
        held(&gate, &one, at(4));
        held(&gate, &two, at(4));
        tell(go(&gate, &one, 5), FOUL, 5);
        held(&gate, &one, at(5));
        // Two is first now; one may go if two does not come.
        assert_eq!(held(&gate, &one, at(6)).until, Some(at(7)));
        tell(go(&gate, &two, 6), FOUL, 6);
        drop(two);
        tell(go(&gate, &one, 8), FOUL, 8);
    }

    #[test]
    fn who_does_not_come_loses_the_turn() {
        let (gate, one) = closed();
        let absent = Arc::new(Seat);
        tell(go(&gate, &absent, 5), FOUL, 5);
        held(&gate, &absent, at(5));
        held(&gate, &one, at(6));
        drop(go(&gate, &one, 7));
    }

    #[test]
    fn a_limit_parks_everybody() {
        let (gate, seat) = (Arc::new(Gate::default()), Arc::new(Seat));
        let limited = |seconds| Weather::Limited { wait: at(seconds) };
        let (first, second) = (go(&gate, &seat, 0), go(&gate, &seat, 0));
        tell(first, limited(7), 1);
        tell(second, limited(2), 2);
        let hold = held(&gate, &seat, at(3));
        assert_eq!((hold.since, hold.until), (at(1), Some(at(8))));
        assert!(hold.fixed && hold.limited);
        drop((go(&gate, &seat, 8), go(&gate, &seat, 8)));
    }

    #[test]
    fn a_time_that_hubspot_names_is_kept() {
        let (gate, seat) = closed();
        let foul = Weather::Foul {
            retry_after: at(60),
        };
        tell(go(&gate, &seat, 5), foul, 5);
        let hold = held(&gate, &seat, at(5));
        assert_eq!((hold.until, hold.fixed), (Some(at(65)), true));
        assert!(matches!(gate.last_try(&seat, at(30)), LastTry::None));
    }

    #[test]
    fn the_last_try() {
        let (gate, seat) = closed();
        assert!(matches!(gate.last_try(&seat, at(8)), LastTry::None));
        let LastTry::Go(probe) = gate.last_try(&seat, at(9)) else {
            panic!("five seconds after the last failure");
        };
        assert!(matches!(gate.last_try(&seat, at(9)), LastTry::Wait));
        tell(probe, FOUL, 9);
        assert!(matches!(gate.last_try(&seat, at(13)), LastTry::None));
    }
}
