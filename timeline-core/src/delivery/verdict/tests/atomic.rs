//! Refusals of requests that are taken as a whole or not at all, as a table.

use std::num::NonZeroU32;

use super::{Came, VALIDATION, event, judge, response, words};
use crate::delivery::UnknownReason;
use crate::delivery::intake::event::Event;
use crate::delivery::verdict::step::Past;
use crate::event::IdOrigin;

const CONFLICT: &str = r#"{"category":"CONFLICT","message":"exists","correlationId":"c"}"#;

fn past() -> Past {
    Past {
        atomic: true,
        ..Past::default()
    }
}

fn events(origin: IdOrigin, count: usize) -> Vec<Event> {
    (0..count)
        .map(|n| event(&format!("e{n}"), origin))
        .collect()
}

/// Events, each with the set of events with which it was lost, if it was.
fn lost(origin: IdOrigin, sets: &[Option<u32>]) -> Vec<Event> {
    let mut all = events(origin, sets.len());
    for (event, set) in all.iter_mut().zip(sets) {
        if let Some(set) = set {
            event.doubt(UnknownReason::TimedOut, NonZeroU32::new(*set));
        }
    }
    all
}

fn after(events: &[Event], past: Past, came: &Came) -> String {
    words(&judge(events, past, came).steps)
}

#[test]
fn one_event_alone() {
    for (origin, was_lost, status, body, expected) in [
        (IdOrigin::Made, false, 400, VALIDATION, "rejected"),
        (IdOrigin::User, false, 400, VALIDATION, "rejected"),
        (IdOrigin::Made, false, 409, CONFLICT, "exists"),
        (IdOrigin::Keyed, false, 409, CONFLICT, "exists"),
        (IdOrigin::Keyed, false, 409, "", "exists"),
        (IdOrigin::User, false, 409, CONFLICT, "unknown"),
        (IdOrigin::Keyed, false, 400, CONFLICT, "exists"),
        (IdOrigin::User, false, 413, VALIDATION, "rejected"),
        // App events cannot be read back.
        (IdOrigin::Made, true, 400, VALIDATION, "unknown"),
        (IdOrigin::User, true, 400, VALIDATION, "unknown"),
        (IdOrigin::Made, true, 409, CONFLICT, "exists"),
    ] {
        let set = was_lost.then_some(1);
        let event = lost(origin, &[set]);
        let what = format!("{origin:?} {was_lost} {status} {body}");
        assert_eq!(
            after(&event, past(), &response(status, body)),
            expected,
            "{what}"
        );
    }
}

#[test]
fn several_events() {
    let names = |ids: &str| {
        format!(
            r#"{{"category":"VALIDATION_ERROR","correlationId":"c","context":{{"id":[{ids}]}}}}"#
        )
    };
    let mostly = Past {
        mostly_in_use: true,
        ..past()
    };
    let made = |count| events(IdOrigin::Made, count);
    for (events, past, status, body, expected) in [
        (made(2), past(), 413, VALIDATION, "split split"),
        (made(4), past(), 400, VALIDATION, "split split split split"),
        (
            made(3),
            past(),
            400,
            &*names(r#""e1""#),
            "together split together",
        ),
        (
            made(3),
            past(),
            409,
            &names(r#""e0","e2""#),
            "split together split",
        ),
        (made(2), past(), 400, &names(r#""e0","e1""#), "split split"),
        // The ids of other events name nothing.
        (made(2), past(), 400, &names(r#""other""#), "split split"),
        // If most events of the call are in use, it does not matter which events the answer names.
        (made(3), mostly, 409, &names(r#""e1""#), "split split split"),
        (
            made(3),
            mostly,
            400,
            &names(r#""e1""#),
            "together split together",
        ),
        (made(2), past(), 500, "", "later/uncertain later/uncertain"),
        (made(2), past(), 429, "", "later/absent later/absent"),
        (made(2), past(), 401, "", "refresh refresh"),
    ] {
        let what = format!("{} {status} {body}", events.len());
        assert_eq!(
            after(&events, past, &response(status, body)),
            expected,
            "{what}"
        );
    }
}

/// Up to four events are told apart one by one, more by halves; if most are in use, they go one by one, too.
#[test]
fn how_a_request_is_split() {
    use crate::delivery::verdict::step::{Parts, Step};
    for (count, mostly_in_use, status, parts) in [
        (2, false, 409, Parts::Singles),
        (4, false, 400, Parts::Singles),
        (5, false, 409, Parts::Halves),
        (500, false, 400, Parts::Halves),
        (500, true, 400, Parts::Halves),
        (500, true, 409, Parts::Singles),
    ] {
        let past = Past {
            mostly_in_use,
            ..past()
        };
        let verdict = judge(&events(IdOrigin::Keyed, count), past, &response(status, ""));
        let what = format!("{count} {mostly_in_use} {status}");
        assert_eq!(verdict.steps, vec![Step::Split(parts); count], "{what}");
    }
}

/// A 409 says that a lost request arrived, if nothing else can have made the conflict.
#[test]
fn a_lost_request_that_is_in_conflict() {
    for (origin, sets, expected) in [
        (IdOrigin::Made, &[Some(1), Some(1)][..], "exists exists"),
        // The answer to one of them was lost with other events.
        (IdOrigin::Made, &[Some(1), Some(2)], "split split"),
        (IdOrigin::Made, &[Some(1), None], "split split"),
        (IdOrigin::Made, &[None, None], "split split"),
        // These ids may have been there before.
        (IdOrigin::Keyed, &[Some(1), Some(1)], "split split"),
        (IdOrigin::User, &[Some(1), Some(1)], "split split"),
    ] {
        let what = format!("{origin:?} {sets:?}");
        let of = lost(origin, sets);
        assert_eq!(
            after(&of, past(), &response(409, CONFLICT)),
            expected,
            "{what}"
        );
        // A refusal for another reason says nothing about the lost request.
        assert_eq!(
            after(&of, past(), &response(400, VALIDATION)),
            "split split",
            "{what}"
        );
    }
    // An event that was lost once with these and once with others may have arrived in either request.
    let mut twice = lost(IdOrigin::Made, &[Some(1), Some(1)]);
    twice[1].doubt(UnknownReason::TimedOut, NonZeroU32::new(2));
    assert_eq!(
        after(&twice, past(), &response(409, CONFLICT)),
        "split split"
    );
}

/// A 401 to a fresh token means that the account has moved, if the client may move.
#[test]
fn the_move() {
    for (refused, moves, expected) in [
        (false, true, "refresh"),
        (true, true, "move"),
        (true, false, "stop"),
    ] {
        let past = Past {
            refused,
            moves,
            ..Past::default()
        };
        let events = events(IdOrigin::Made, 1);
        assert_eq!(after(&events, past, &response(401, "")), expected);
    }
}
