//! When requests may leave, as a table of what happened before.

use std::sync::Arc;
use std::time::Duration;

use super::{Admission, CircuitBreaker, Hold, LastTry, Permit, Waiter};
use crate::client::{Health, RetryPolicy};

const FOUL: Health = Health::Down {
    retry_after: Duration::ZERO,
};

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn tell(permit: Permit, health: Health, now: u64) {
    permit.tell(health, at(now), &RetryPolicy::default(), 1.0);
}

fn go(breaker: &Arc<CircuitBreaker>, waiter: &Arc<Waiter>, now: u64) -> Permit {
    match breaker.admit(waiter, at(now)) {
        Admission::Go(permit) => permit,
        Admission::Hold(hold) => panic!("held at {now}: {hold:?}"),
    }
}

fn held(breaker: &Arc<CircuitBreaker>, waiter: &Arc<Waiter>, now: Duration) -> Hold {
    match breaker.admit(waiter, now) {
        Admission::Go(permit) => panic!("not held at {now:?}: {permit:?}"),
        Admission::Hold(hold) => hold,
    }
}

/// Open at second 4, after failures at 0, 1, 2, 3 and 4.
fn open() -> (Arc<CircuitBreaker>, Arc<Waiter>) {
    let (breaker, waiter) = (
        Arc::new(CircuitBreaker::default()),
        Arc::<Waiter>::default(),
    );
    for second in 0..5 {
        tell(go(&breaker, &waiter, second), FOUL, second);
    }
    (breaker, waiter)
}

#[test]
fn it_closes_after_five_failures_in_a_row() {
    let (breaker, waiter) = (
        Arc::new(CircuitBreaker::default()),
        Arc::<Waiter>::default(),
    );
    for second in 0..4 {
        tell(go(&breaker, &waiter, second), FOUL, second);
    }
    tell(go(&breaker, &waiter, 4), Health::Up, 4);
    for second in 5..10 {
        tell(go(&breaker, &waiter, second), FOUL, second);
    }
    let hold = held(&breaker, &waiter, at(9));
    let first_wait = Duration::from_millis(500);
    assert_eq!((hold.since, hold.until), (at(5), at(9) + first_wait));
    assert!(!hold.fixed && !hold.limited);
}

#[test]
fn one_probe_at_a_time_and_no_more_than_ten_seconds_apart() {
    let (breaker, waiter) = open();
    let mut now = at(4);
    for wait in [500, 1000, 2000, 4000, 8000, 10_000, 10_000] {
        let next = now + Duration::from_millis(wait);
        let hold = held(&breaker, &waiter, now);
        assert_eq!((hold.until, hold.probing), (next, false));
        let Admission::Go(probe) = breaker.admit(&waiter, next) else {
            panic!("no probe at {next:?}");
        };
        assert!(
            held(&breaker, &waiter, next).probing,
            "while it is under way"
        );
        now = next;
        probe.tell(FOUL, now, &RetryPolicy::default(), 1.0);
    }
    let Admission::Go(probe) = breaker.admit(&waiter, now + at(10)) else {
        panic!("no probe");
    };
    tell(probe, Health::Up, 100);
    drop((go(&breaker, &waiter, 100), go(&breaker, &waiter, 100)));
}

#[test]
fn a_probe_that_is_given_up_is_anothers() {
    let (breaker, waiter) = open();
    drop(go(&breaker, &waiter, 5));
    drop(go(&breaker, &waiter, 5));
}

#[test]
fn a_success_that_was_under_way_closes_it_and_a_failure_changes_nothing() {
    let (breaker, waiter) = (
        Arc::new(CircuitBreaker::default()),
        Arc::<Waiter>::default(),
    );
    let (late, later) = (go(&breaker, &waiter, 0), go(&breaker, &waiter, 0));
    for second in 0..5 {
        tell(go(&breaker, &waiter, second), FOUL, second);
    }
    let before = held(&breaker, &waiter, at(4));
    tell(late, FOUL, 4);
    assert_eq!(held(&breaker, &waiter, at(4)), before);
    tell(later, Health::Up, 4);
    drop(go(&breaker, &waiter, 4));
}

#[test]
fn those_who_wait_take_turns() {
    let (breaker, one) = open();
    let two = Arc::<Waiter>::default();
    held(&breaker, &one, at(4));
    held(&breaker, &two, at(4));
    tell(go(&breaker, &one, 5), FOUL, 5);
    held(&breaker, &one, at(5));
    // `two` is first now; `one` may go if `two` does not come.
    assert_eq!(held(&breaker, &one, at(6)).until, at(7));
    tell(go(&breaker, &two, 6), FOUL, 6);
    drop(two);
    tell(go(&breaker, &one, 8), FOUL, 8);
}

#[test]
fn who_does_not_come_loses_the_turn() {
    let (breaker, one) = open();
    let absent = Arc::<Waiter>::default();
    tell(go(&breaker, &absent, 5), FOUL, 5);
    held(&breaker, &absent, at(5));
    held(&breaker, &one, at(6));
    drop(go(&breaker, &one, 7));
}

#[test]
fn a_limit_parks_everybody() {
    let (breaker, waiter) = (
        Arc::new(CircuitBreaker::default()),
        Arc::<Waiter>::default(),
    );
    let limited = |seconds| Health::Limited { wait: at(seconds) };
    let (first, second) = (go(&breaker, &waiter, 0), go(&breaker, &waiter, 0));
    tell(first, limited(7), 1);
    tell(second, limited(2), 2);
    let hold = held(&breaker, &waiter, at(3));
    assert_eq!((hold.since, hold.until), (at(1), at(8)));
    assert!(hold.fixed && hold.limited);
    drop((go(&breaker, &waiter, 8), go(&breaker, &waiter, 8)));
}

#[test]
fn a_time_that_hubspot_names_is_kept() {
    let (breaker, waiter) = open();
    let down = Health::Down {
        retry_after: at(60),
    };
    tell(go(&breaker, &waiter, 5), down, 5);
    let hold = held(&breaker, &waiter, at(5));
    assert_eq!((hold.until, hold.fixed), (at(65), true));
    assert!(matches!(breaker.last_try(&waiter, at(30)), LastTry::None));
}

#[test]
fn the_last_try() {
    let (breaker, waiter) = open();
    assert!(matches!(breaker.last_try(&waiter, at(8)), LastTry::None));
    let LastTry::Go(probe) = breaker.last_try(&waiter, at(9)) else {
        panic!("five seconds after the last failure");
    };
    assert!(matches!(breaker.last_try(&waiter, at(9)), LastTry::Wait));
    tell(probe, FOUL, 9);
    assert!(matches!(breaker.last_try(&waiter, at(13)), LastTry::None));
}

/// However many requests lose patience one after the other, the call that waits in line gets its turn.
#[test]
fn last_tries_do_not_put_off_the_next_probe() {
    let (breaker, waiter) = open();
    let mut now = 5;
    for _ in 0..4 {
        tell(go(&breaker, &waiter, now), FOUL, now);
        now += 10;
    }
    // The last of these was at 35.
    let due = held(&breaker, &Arc::default(), at(35)).until;
    let last_try = |now| match breaker.last_try(&Arc::default(), at(now)) {
        LastTry::Go(permit) => permit,
        other => panic!("{other:?}"),
    };
    tell(last_try(40), FOUL, 40);
    assert_eq!(held(&breaker, &waiter, at(41)).until, due);
    // A last try after the probe was due counts as the probe.
    let now = due.as_secs() + 5;
    tell(last_try(now), FOUL, now);
    assert!(held(&breaker, &waiter, at(now)).until > at(now));
}

/// A gateway before HubSpot may name a longer wait, for no reason of the account's.
#[test]
fn a_named_time_keeps_probes_back_for_a_minute_at_most() {
    for asked in [61, 3600, 86_400] {
        let (breaker, waiter) = open();
        let down = Health::Down {
            retry_after: at(asked),
        };
        tell(go(&breaker, &waiter, 5), down, 5);
        let hold = held(&breaker, &waiter, at(5));
        assert_eq!((hold.until, hold.fixed), (at(65), true), "{asked}");
    }
}

/// The permit for a request that is tried again.
fn again(
    breaker: &Arc<CircuitBreaker>,
    waiter: &Arc<Waiter>,
    last_try: &mut Option<u64>,
    now: u64,
) -> Permit {
    let mut permit = go(breaker, waiter, now);
    permit.repeats(last_try);
    permit
}

/// Two requests that fail every time, and a third that is answered in between: no outage, however long it goes on.
#[test]
fn what_fails_again_while_others_are_answered_is_no_outage() {
    let (breaker, waiter) = (
        Arc::new(CircuitBreaker::default()),
        Arc::<Waiter>::default(),
    );
    let mut last_tries = [None, None];
    for second in 0..20 {
        for last_try in &mut last_tries {
            tell(again(&breaker, &waiter, last_try, second), FOUL, second);
        }
        if second % 2 == 0 {
            tell(go(&breaker, &waiter, second), Health::Up, second);
        }
    }
}

/// The same two requests are an outage if no others are answered.
#[test]
fn what_fails_again_is_an_outage_if_nothing_is_answered() {
    let (breaker, waiter) = (
        Arc::new(CircuitBreaker::default()),
        Arc::<Waiter>::default(),
    );
    let mut last_tries = [None, None];
    let mut told = 0;
    while let Admission::Go(mut permit) = breaker.admit(&waiter, at(0)) {
        permit.repeats(&mut last_tries[told % 2]);
        tell(permit, FOUL, 0);
        told += 1;
    }
    assert_eq!(told, 5);
}

/// An outage that begins while many requests are repeated is seen, too.
#[test]
fn not_every_failure_is_excused() {
    let (breaker, waiter) = (
        Arc::new(CircuitBreaker::default()),
        Arc::<Waiter>::default(),
    );
    let mut last_tries = [None; 100];
    for last_try in &mut last_tries {
        drop(again(&breaker, &waiter, last_try, 0));
    }
    tell(go(&breaker, &waiter, 0), Health::Up, 0);
    let mut failures = 0;
    for last_try in &mut last_tries {
        let Admission::Go(mut permit) = breaker.admit(&waiter, at(1)) else {
            break;
        };
        permit.repeats(last_try);
        tell(permit, FOUL, 1);
        failures += 1;
    }
    assert_eq!(failures, 25);
}

/// A probe knows how many have failed before it.
#[test]
fn probes_are_counted() {
    let (breaker, waiter) = open();
    for (failed, now) in [(0, 5), (1, 10), (2, 20)] {
        let probe = go(&breaker, &waiter, now);
        assert_eq!(probe.probe(), Some(failed));
        tell(probe, FOUL, now);
    }
    tell(go(&breaker, &waiter, 40), Health::Up, 40);
    assert_eq!(go(&breaker, &waiter, 40).probe(), None);
}

/// The probe's runtime may run nothing any more; the others do not wait for it for ever.
#[test]
fn a_probe_that_tells_nothing_is_anothers_in_time() {
    let (breaker, waiter) = open();
    let (other, lost) = (Arc::<Waiter>::default(), go(&breaker, &waiter, 5));
    let hold = held(&breaker, &other, at(124));
    assert_eq!((hold.until, hold.probing), (at(125), true));
    assert!(matches!(breaker.last_try(&other, at(124)), LastTry::Wait));
    tell(go(&breaker, &other, 125), Health::Up, 125);
    // The lost probe reports after all.
    tell(lost, FOUL, 126);
    drop(go(&breaker, &other, 126));
}
