//! When requests may leave, as a table of what happened before.

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
    let (gate, seat) = (Arc::new(Gate::default()), Arc::<Seat>::default());
    for second in 0..5 {
        tell(go(&gate, &seat, second), FOUL, second);
    }
    (gate, seat)
}

#[test]
fn it_closes_after_five_failures_in_a_row() {
    let (gate, seat) = (Arc::new(Gate::default()), Arc::<Seat>::default());
    for second in 0..4 {
        tell(go(&gate, &seat, second), FOUL, second);
    }
    tell(go(&gate, &seat, 4), Weather::Fair, 4);
    for second in 5..10 {
        tell(go(&gate, &seat, second), FOUL, second);
    }
    let hold = held(&gate, &seat, at(9));
    let first_wait = Duration::from_millis(500);
    assert_eq!((hold.since, hold.until), (at(5), at(9) + first_wait));
    assert!(!hold.fixed && !hold.limited);
}

#[test]
fn one_probe_at_a_time_and_no_more_than_ten_seconds_apart() {
    let (gate, seat) = closed();
    let mut now = at(4);
    for wait in [500, 1000, 2000, 4000, 8000, 10_000, 10_000] {
        let next = now + Duration::from_millis(wait);
        let hold = held(&gate, &seat, now);
        assert_eq!((hold.until, hold.probing), (next, false));
        let Admission::Go(probe) = gate.admit(&seat, next) else {
            panic!("no probe at {next:?}");
        };
        assert!(held(&gate, &seat, next).probing, "while it is under way");
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
    let (gate, seat) = (Arc::new(Gate::default()), Arc::<Seat>::default());
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
    let two = Arc::<Seat>::default();
    held(&gate, &one, at(4));
    held(&gate, &two, at(4));
    tell(go(&gate, &one, 5), FOUL, 5);
    held(&gate, &one, at(5));
    // Two is first now; one may go if two does not come.
    assert_eq!(held(&gate, &one, at(6)).until, at(7));
    tell(go(&gate, &two, 6), FOUL, 6);
    drop(two);
    tell(go(&gate, &one, 8), FOUL, 8);
}

#[test]
fn who_does_not_come_loses_the_turn() {
    let (gate, one) = closed();
    let absent = Arc::<Seat>::default();
    tell(go(&gate, &absent, 5), FOUL, 5);
    held(&gate, &absent, at(5));
    held(&gate, &one, at(6));
    drop(go(&gate, &one, 7));
}

#[test]
fn a_limit_parks_everybody() {
    let (gate, seat) = (Arc::new(Gate::default()), Arc::<Seat>::default());
    let limited = |seconds| Weather::Limited { wait: at(seconds) };
    let (first, second) = (go(&gate, &seat, 0), go(&gate, &seat, 0));
    tell(first, limited(7), 1);
    tell(second, limited(2), 2);
    let hold = held(&gate, &seat, at(3));
    assert_eq!((hold.since, hold.until), (at(1), at(8)));
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
    assert_eq!((hold.until, hold.fixed), (at(65), true));
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

/// A longer wait may be named by what stands before HubSpot, for no reason of the account's.
#[test]
fn a_named_time_keeps_probes_back_for_a_minute_at_most() {
    for asked in [61, 3600, 86_400] {
        let (gate, seat) = closed();
        let foul = Weather::Foul {
            retry_after: at(asked),
        };
        tell(go(&gate, &seat, 5), foul, 5);
        let hold = held(&gate, &seat, at(5));
        assert_eq!((hold.until, hold.fixed), (at(65), true), "{asked}");
    }
}

/// The permit for a request that is tried again.
fn again(gate: &Arc<Gate>, seat: &Arc<Seat>, last_try: &mut Option<u64>, now: u64) -> Pass {
    let mut pass = go(gate, seat, now);
    pass.repeats(last_try);
    pass
}

/// Two requests that fail every time, and a third that is answered in between: no outage, however long it goes on.
#[test]
fn what_fails_again_while_others_are_answered_is_no_outage() {
    let (gate, seat) = (Arc::new(Gate::default()), Arc::<Seat>::default());
    let mut last_tries = [None, None];
    for second in 0..20 {
        for last_try in &mut last_tries {
            tell(again(&gate, &seat, last_try, second), FOUL, second);
        }
        if second % 2 == 0 {
            tell(go(&gate, &seat, second), Weather::Fair, second);
        }
    }
}

/// Without answers to others, the same two are one.
#[test]
fn what_fails_again_is_an_outage_if_nothing_is_answered() {
    let (gate, seat) = (Arc::new(Gate::default()), Arc::<Seat>::default());
    let mut last_tries = [None, None];
    let mut told = 0;
    while let Admission::Go(mut pass) = gate.admit(&seat, at(0)) {
        pass.repeats(&mut last_tries[told % 2]);
        tell(pass, FOUL, 0);
        told += 1;
    }
    assert_eq!(told, 5);
}

/// An outage that begins while many requests are repeated is seen, too.
#[test]
fn not_every_failure_is_excused() {
    let (gate, seat) = (Arc::new(Gate::default()), Arc::<Seat>::default());
    let mut last_tries = [None; 100];
    for last_try in &mut last_tries {
        drop(again(&gate, &seat, last_try, 0));
    }
    tell(go(&gate, &seat, 0), Weather::Fair, 0);
    let mut failures = 0;
    for last_try in &mut last_tries {
        let Admission::Go(mut pass) = gate.admit(&seat, at(1)) else {
            break;
        };
        pass.repeats(last_try);
        tell(pass, FOUL, 1);
        failures += 1;
    }
    assert_eq!(failures, 25);
}

/// A probe knows how many have failed before it.
#[test]
fn probes_are_counted() {
    let (gate, seat) = closed();
    for (failed, now) in [(0, 5), (1, 10), (2, 20)] {
        let probe = go(&gate, &seat, now);
        assert_eq!(probe.probe(), Some(failed));
        tell(probe, FOUL, now);
    }
    tell(go(&gate, &seat, 40), Weather::Fair, 40);
    assert_eq!(go(&gate, &seat, 40).probe(), None);
}

/// The probe's runtime may run nothing any more; the others do not wait for it for ever.
#[test]
fn a_probe_that_tells_nothing_is_anothers_in_time() {
    let (gate, seat) = closed();
    let (other, lost) = (Arc::<Seat>::default(), go(&gate, &seat, 5));
    let hold = held(&gate, &other, at(124));
    assert_eq!((hold.until, hold.probing), (at(125), true));
    assert!(matches!(gate.last_try(&other, at(124)), LastTry::Wait));
    tell(go(&gate, &other, 125), Weather::Fair, 125);
    // It tells after all.
    tell(lost, FOUL, 126);
    drop(go(&gate, &other, 126));
}
