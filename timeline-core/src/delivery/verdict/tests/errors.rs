//! What the number of errors tells, and what the status of a batch and a body that is cut off tell.

use std::time::Duration;

use super::{Came, VALIDATION, after, event, judge, list, ours, response, words};
use crate::delivery::UnknownReason;
use crate::delivery::intake::event::Event;
use crate::delivery::verdict::step::{Parts, Past, Step};
use crate::event::IdOrigin;
use crate::wire::answer::RawAnswer;

const IN_USE: &str = r#"{"category":"VALIDATION_ERROR","message":"Event ID already in use"}"#;
const CONFLICT: &str =
    r#"{"category":"CONFLICT","message":"An event with this id exists already"}"#;
const BAD: &str = r#"{"category":"VALIDATION_ERROR","message":"token x is unknown"}"#;
const INTERNAL: &str = r#"{"category":"INTERNAL_ERROR"}"#;

fn with_id(id: &str) -> String {
    IN_USE.replacen('{', &format!(r#"{{"id":"{id}","#), 1)
}

fn fresh(ids: &[&str]) -> Vec<Event> {
    ids.iter().map(|id| event(id, IdOrigin::Made)).collect()
}

#[test]
fn as_many_in_use_as_nothing_else_decides_are_all_in_use() {
    let sent: &[&str] = &["aaaa", "bbbb", "cccc"];
    let two = format!("{IN_USE},{IN_USE}");
    let three = format!("{two},{IN_USE}");
    let uncounted = Past {
        errors_are_uncounted: true,
        ..Past::default()
    };
    let again = Past {
        again: true,
        ..Past::default()
    };
    for (past, results, errors, expected) in [
        (Past::default(), &[][..], &*three, "exists exists exists"),
        (again, &[], &three, "exists exists exists"),
        (Past::default(), &["bbbb"], &two, "exists created exists"),
        (
            Past::default(),
            &["aaaa", "bbbb"],
            IN_USE,
            "created created exists",
        ),
        // It does not matter whether the errors name their events.
        (
            Past::default(),
            &[],
            &format!("{},{two}", with_id("bbbb")),
            "exists exists exists",
        ),
        (
            Past::default(),
            &["aaaa"],
            &format!("{IN_USE},{}", with_id("bbbb")),
            "created exists exists",
        ),
        (
            Past::default(),
            &[],
            &format!("{CONFLICT},{two}"),
            "exists exists exists",
        ),
        // An error names one of the events for another reason.
        (
            Past::default(),
            &[],
            &format!(r#"{{"id":"bbbb","category":"VALIDATION_ERROR"}},{two}"#),
            "exists rejected exists",
        ),
        // More or fewer errors, or another error among them, say nothing about a single event.
        (
            Past::default(),
            &["aaaa"],
            &three,
            "created together together",
        ),
        (
            Past::default(),
            &["aaaa"],
            IN_USE,
            "created together together",
        ),
        (
            Past::default(),
            &["aaaa"],
            &format!("{IN_USE},{BAD}"),
            "created together together",
        ),
        (
            Past::default(),
            &["aaaa"],
            &format!("{IN_USE},{INTERNAL}"),
            "created together together",
        ),
        (again, &[], &format!("{two},{BAD}"), "split split split"),
        // An error about an event that was not sent is not about one that was.
        (
            Past::default(),
            &["aaaa"],
            &format!("{IN_USE},{}", with_id("zzzz")),
            "created together together",
        ),
        // The events without an error have arrived by now: the next answer has an error for each event.
        (Past::default(), &[], &two, "together together together"),
        (again, &[], &two, "split split split"),
        // If errors are not counted, each event is looked for.
        (uncounted, &["aaaa"], &two, "created together together"),
        (uncounted, &[], &three, "split split split"),
        (
            uncounted,
            &["aaaa", "bbbb"],
            &with_id("cccc"),
            "created created exists",
        ),
    ] {
        for status in [200, 201, 207] {
            let answer = response(status, &list(results, errors));
            assert_eq!(
                after(&ours(sent), past, &answer),
                expected,
                "{past:?} {answer:?}"
            );
        }
    }
    // Not all errors are there.
    let more = list(&[], &three).replacen('{', r#"{"numErrors":4,"#, 1);
    assert_eq!(
        after(&ours(sent), again, &response(207, &more)),
        "split split split"
    );
    // An id of the user's own can be another event's.
    let own: Vec<Event> = sent.iter().map(|id| event(id, IdOrigin::User)).collect();
    let all = response(207, &list(&[], &three));
    assert_eq!(
        after(&own, Past::default(), &all),
        "read-back read-back read-back"
    );
    // No other event uses an id that was just made, so something else of the event is in conflict.
    let conflicts = response(207, &list(&["aaaa"], &format!("{CONFLICT},{CONFLICT}")));
    let made = after(&fresh(sent), Past::default(), &conflicts);
    assert_eq!(made, "created together together");
}

/// No event of a request that is refused as a whole was taken, and an event that is in use is not taken either.
#[test]
fn a_refusal_of_several_tells_of_single_ones_inside() {
    let refusal = |errors: &str| {
        format!(r#"{{"category":"VALIDATION_ERROR","message":"no","errors":[{errors}]}}"#)
    };
    let detail = r#"{"message":"Event ID already in use","code":"EVENT_ID_IN_USE"}"#;
    let coded = r#"{"message":"no","code":"EVENT_ID_IN_USE"}"#;
    let plain = r#"{"message":"An event with this id exists already"}"#;
    let named = |id: &str, detail: &str| {
        detail.replacen('{', &format!(r#"{{"context":{{"id":["{id}"]}},"#), 1)
    };
    let bad = r#"{"message":"token x is unknown"}"#;
    let sent: &[&str] = &["aaaa", "bbbb"];
    for (status, body, expected) in [
        (400, refusal(&format!("{detail},{detail}")), "exists exists"),
        (400, refusal(&format!("{coded},{detail}")), "exists exists"),
        (409, refusal(&format!("{plain},{plain}")), "exists exists"),
        (400, refusal(&format!("{plain},{plain}")), "split split"),
        (400, refusal(detail), "split split"),
        (400, refusal(&format!("{detail},{bad}")), "split split"),
        (
            400,
            refusal(&format!("{detail},{detail},{detail}")),
            "split split",
        ),
        (409, refusal(""), "split split"),
        // The error names an event: the others go again without it.
        (400, refusal(&named("bbbb", detail)), "together exists"),
        (409, refusal(&named("bbbb", plain)), "together exists"),
        // Only an answer about the event alone shows that it is at fault.
        (400, refusal(&named("bbbb", bad)), "together split"),
        (
            400,
            refusal(r#"{"message":"event 'bbbb': bad"}"#),
            "together split",
        ),
        (
            409,
            r#"{"category":"CONFLICT","context":{"ids":["aaaa","bbbb"]}}"#.to_owned(),
            "exists exists",
        ),
    ] {
        let answer = response(status, &body);
        assert_eq!(
            after(&ours(sent), Past::default(), &answer),
            expected,
            "{body}"
        );
    }
    // The reason may stand in an inner error, also for a lone event.
    let answer = response(400, &refusal(detail));
    assert_eq!(after(&ours(&["aaaa"]), Past::default(), &answer), "exists");
}

/// How a batch is split depends on how many of its events are in use or at fault.
#[test]
fn a_batch_is_split_as_is_cheapest() {
    let ids: Vec<String> = (0..100).map(|n| format!("event-{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(|id| &**id).collect();
    let errors = |in_use: usize, bad: usize| {
        let all = std::iter::repeat_n(IN_USE, in_use).chain(std::iter::repeat_n(BAD, bad));
        all.collect::<Vec<_>>().join(",")
    };
    let again = Past {
        again: true,
        ..Past::default()
    };
    for (in_use, bad, parts) in [
        (0, 1, Parts::Halves),
        (0, 99, Parts::Halves),
        (0, 100, Parts::Singles),
        (99, 1, Parts::Halves),
        (93, 7, Parts::Halves),
        (50, 50, Parts::Singles),
        (1, 99, Parts::Singles),
        (1, 0, Parts::Halves),
        (99, 0, Parts::Halves),
        (50, 0, Parts::Singles),
    ] {
        let answer = response(207, &list(&[], &errors(in_use, bad)));
        let verdict = judge(&ours(&ids), again, &answer);
        assert_eq!(
            verdict.steps[0],
            Step::Split(parts),
            "{in_use} in use, {bad} bad"
        );
    }
    // A refusal of the whole request that says that some events are in use, without names.
    for (in_use, parts) in [
        (1, Parts::Halves),
        (50, Parts::Singles),
        (99, Parts::Halves),
    ] {
        let errors = errors(in_use, 0);
        let body = format!(r#"{{"category":"VALIDATION_ERROR","errors":[{errors}]}}"#);
        let verdict = judge(&ours(&ids), Past::default(), &response(400, &body));
        assert_eq!(verdict.steps[0], Step::Split(parts), "{in_use} in use");
    }
    // After a lost answer, most likely all of them are there.
    let mut lost = ours(&ids);
    for (body, is_lost, parts) in [
        (IN_USE, false, Parts::Halves),
        (IN_USE, true, Parts::Singles),
        (VALIDATION, true, Parts::Halves),
    ] {
        for event in &mut lost {
            event.lost = is_lost;
        }
        let verdict = judge(&lost, Past::default(), &response(400, body));
        assert_eq!(verdict.steps[0], Step::Split(parts), "{body}");
    }
}

#[test]
fn the_status_of_a_batch() {
    let said = |status: &str, results: &[&str], errors: &str| {
        let body = list(results, errors).replacen("COMPLETE", status, 1);
        judge(
            &ours(&["aaaa", "bbbb"]),
            Past::default(),
            &response(200, &body),
        )
    };
    let by_id = r#"{"id":"bbbb","category":"VALIDATION_ERROR"}"#;
    let second = Duration::from_secs(1);
    for (status, results, errors, expected, wait, lost) in [
        (
            "COMPLETE",
            &["aaaa"][..],
            "",
            "created together",
            Duration::ZERO,
            true,
        ),
        (
            "COMPLETED",
            &["aaaa"],
            "",
            "created together",
            Duration::ZERO,
            true,
        ),
        (
            "later",
            &["aaaa"],
            "",
            "created together",
            Duration::ZERO,
            true,
        ),
        // A listing is believed, and events that are not listed may still come.
        (
            "PENDING",
            &["aaaa"],
            "",
            "created later/uncertain",
            second,
            true,
        ),
        (
            "PROCESSING",
            &["aaaa", "bbbb"],
            "",
            "created created",
            second,
            true,
        ),
        (
            "PROCESSING",
            &[],
            "",
            "later/uncertain later/uncertain",
            second,
            true,
        ),
        (
            "PROCESSING",
            &[],
            BAD,
            "later/uncertain later/uncertain",
            second,
            true,
        ),
        (
            "PROCESSING",
            &["aaaa"],
            by_id,
            "created rejected",
            second,
            true,
        ),
        (
            "PROCESSING",
            &[],
            &format!("{IN_USE},{IN_USE}"),
            "exists exists",
            second,
            true,
        ),
        // It is not known what a canceled batch has left behind.
        (
            "CANCELED",
            &["aaaa", "bbbb"],
            "",
            "later/uncertain later/uncertain",
            Duration::ZERO,
            true,
        ),
        (
            "canceled",
            &[],
            "",
            "later/uncertain later/uncertain",
            Duration::ZERO,
            true,
        ),
        (
            "CANCELED",
            &["aaaa"],
            by_id,
            "together rejected",
            Duration::ZERO,
            true,
        ),
    ] {
        let verdict = said(status, results, errors);
        let case = format!("{status} {results:?} {errors}");
        assert_eq!(words(&verdict.steps), expected, "{case}");
        assert_eq!((verdict.least_wait, verdict.lost), (wait, lost), "{case}");
    }
    let canceled = said("CANCELED", &["aaaa", "bbbb"], "");
    let doubt = super::UndeliveredReason::Unknown(UnknownReason::Canceled);
    assert_eq!(canceled.steps[0], Step::Later(doubt));
}

/// The marks that decide may have been in the part that was cut off.
#[test]
fn a_body_that_is_cut_says_nothing() {
    let cut = |status, complete, too_long| {
        Came::Answer(RawAnswer {
            status,
            retry_after: None,
            body: br#"{"status":"error","category":"OBJECT_NOT_FO"#.to_vec(),
            complete,
            too_long,
        })
    };
    for status in [402, 404, 406, 412, 418, 451, 498] {
        for (complete, too_long) in [(false, false), (true, true)] {
            let answer = cut(status, complete, too_long);
            for ids in [&["aaaa"][..], &["aaaa", "bbbb"]] {
                let verdict = judge(&ours(ids), Past::default(), &answer);
                let doubt = super::UndeliveredReason::Unknown(UnknownReason::Unreadable);
                assert_eq!(verdict.steps[0], Step::Later(doubt), "{answer:?}");
            }
        }
        let whole = cut(status, true, false);
        assert_eq!(
            after(&ours(&["aaaa"]), Past::default(), &whole),
            "stop",
            "{status}"
        );
    }
    // What is decided by the status alone needs no body.
    for (status, expected) in [
        (401, "refresh"),
        (403, "stop"),
        (405, "stop"),
        (410, "stop"),
    ] {
        let answer = cut(status, false, false);
        assert_eq!(after(&ours(&["aaaa"]), Past::default(), &answer), expected);
    }
    let several = ours(&["aaaa", "bbbb"]);
    assert_eq!(
        after(&several, Past::default(), &cut(400, false, false)),
        "split split"
    );
    // No later answer to the same request would be shorter.
    assert_eq!(
        after(&ours(&["aaaa"]), Past::default(), &cut(400, true, true)),
        "rejected"
    );
}

/// If there are as many faults as undecided events, each of these events is refused, and none of them can be there. Which
/// fault belongs to which event shows when each is sent alone.
#[test]
fn as_many_faults_as_events_leave_none_in_doubt() {
    let two = format!("{BAD},{BAD}");
    let uncounted = Past {
        errors_are_uncounted: true,
        ..Past::default()
    };
    for (past, results, errors, in_doubt) in [
        (Past::default(), &["aaaa"][..], &*two, false),
        (Past::default(), &[], &format!("{two},{BAD}"), false),
        (uncounted, &["aaaa"], &two, true),
        (Past::default(), &["aaaa"], BAD, true),
        (Past::default(), &["aaaa"], &format!("{two},{BAD}"), true),
        (
            Past::default(),
            &["aaaa"],
            &format!("{BAD},{INTERNAL}"),
            true,
        ),
        (Past::default(), &["aaaa"], &format!("{BAD},{IN_USE}"), true),
        (Past::default(), &["aaaa"], "", true),
        // An event that was not sent is listed or named, or an error does not say whose fault it is.
        (Past::default(), &["aaaa", "zzzz"], &two, true),
        (
            Past::default(),
            &["aaaa"],
            &format!(r#"{{"id":"bbbb","category":"VALIDATION_ERROR"}},{BAD}"#),
            true,
        ),
        (
            Past::default(),
            &["aaaa"],
            &format!(r#"{{"message":"internal error"}},{BAD}"#),
            true,
        ),
    ] {
        let answer = response(207, &list(results, errors));
        let verdict = judge(&fresh(&["aaaa", "bbbb", "cccc"]), past, &answer);
        assert_eq!(verdict.leaves_in_doubt, in_doubt, "{errors}");
    }
    for status in ["PENDING", "CANCELED"] {
        let body = list(&["aaaa"], &two).replace("COMPLETE", status);
        let verdict = judge(
            &fresh(&["aaaa", "bbbb", "cccc"]),
            Past::default(),
            &response(207, &body),
        );
        assert!(verdict.leaves_in_doubt, "{status}");
    }
}
