//! What a status, no answer and no access token mean for events, and what they say of HubSpot's health.

use std::num::NonZeroU32;
use std::time::Duration;

use super::{Came, VALIDATION, event, judge, judge_read_back, ours, response, words};
use crate::client::{CredentialsError, CredentialsErrorKind, Failure, Health, NoToken, Reply};
use crate::delivery::outcome::reason::UndeliveredReason;
use crate::delivery::verdict::step::{Parts, Past, Step, Verdict};
use crate::delivery::{NotSentReason, UnknownReason};
use crate::error::Cause;
use crate::event::IdOrigin;
use crate::wire::answer::Expected;

#[test]
fn by_status_for_a_lone_event_and_for_a_batch() {
    let hubspots = VALIDATION;
    for (status, body, lone, batch) in [
        (400, hubspots, "rejected", "split split"),
        (400, "", "rejected", "split split"),
        (400, "<html>", "rejected", "split split"),
        (404, hubspots, "rejected", "split split"),
        (404, "", "stop", "stop stop"),
        (404, "<html>not found</html>", "stop", "stop stop"),
        // HubSpot's own words for a path that it does not have.
        (
            404,
            r#"{"status":"error","message":"resource not found","correlationId":"c"}"#,
            "stop",
            "stop stop",
        ),
        (409, hubspots, "exists", "split split"),
        (409, "", "exists", "split split"),
        (413, "", "rejected", "split split"),
        (415, "", "rejected", "split split"),
        (422, hubspots, "rejected", "split split"),
        (418, hubspots, "rejected", "split split"),
        (418, "", "stop", "stop stop"),
        (
            425,
            "",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (401, hubspots, "refresh", "refresh refresh"),
        (403, hubspots, "stop", "stop stop"),
        (301, "", "stop", "stop stop"),
        (307, "", "stop", "stop stop"),
        (405, "", "stop", "stop stop"),
        (407, "", "stop", "stop stop"),
        (423, "", "later/absent", "later/absent later/absent"),
        (429, "", "later/absent", "later/absent later/absent"),
        (477, "", "later/absent", "later/absent later/absent"),
        (521, "", "later/absent", "later/absent later/absent"),
        (522, "", "later/absent", "later/absent later/absent"),
        (523, "", "later/absent", "later/absent later/absent"),
        (525, "", "later/absent", "later/absent later/absent"),
        (526, "", "later/absent", "later/absent later/absent"),
        (
            408,
            "",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            500,
            hubspots,
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            502,
            "<html>",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            503,
            "",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            504,
            "",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            520,
            "",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            524,
            "",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            599,
            "",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            200,
            "",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            204,
            "",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            201,
            r#"{"status":"COMPLETE""#,
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
        (
            201,
            "[]",
            "later/uncertain",
            "later/uncertain later/uncertain",
        ),
    ] {
        let answer = response(status, body);
        let steps = |ids: &[&str]| words(&judge(&ours(ids), Past::default(), &answer).steps);
        assert_eq!(steps(&["a"]), lone, "{status} {body}");
        assert_eq!(steps(&["a", "b"]), batch, "{status} {body}");
    }
}

fn health(came: &Came) -> Health {
    health_of(came, Expected::Created(1))
}

fn health_of(came: &Came, expected: Expected) -> Health {
    match came.read(expected) {
        Reply::Answer(answer) => Health::of(Ok(&answer)),
        Reply::Failure(failure) => Health::of(Err(&failure)),
        Reply::NoToken(reason) => panic!("{reason:?}"),
    }
}

/// A web page instead of an answer counts as a failure; what HubSpot says about single events does not.
#[test]
fn the_health_shown_by_a_success() {
    let up = [
        r#"{"results":[],"errors":[{"category":"OBJECT_NOT_FOUND"}]}"#,
        r#"{"results":[{"id":"x","eventTemplateId":"t"}]}"#,
    ];
    for body in up {
        assert_eq!(health(&response(201, body)), Health::Up, "{body}");
    }
    let stored = response(200, r#"{"id":"x","eventTemplateId":"t"}"#);
    assert_eq!(health_of(&stored, Expected::Stored), Health::Up);
    let down = Health::Down {
        retry_after: Duration::ZERO,
    };
    let outage = r#"{"results":[],"errors":[{"category":"INTERNAL_ERROR"}]}"#;
    for body in ["", "[]", "<html>", "{}", r#"{"message":"soon"}"#, outage] {
        assert_eq!(health(&response(200, body)), down, "{body}");
        let stored = health_of(&response(200, body), Expected::Stored);
        assert_eq!(stored, down, "{body}");
    }
}

/// An answer that is too long to be read would be too long again, unless it is about fewer events.
#[test]
fn a_success_that_is_too_long() {
    let Came::Answer(mut answer) = response(201, "{") else {
        panic!("an answer");
    };
    (answer.complete, answer.too_long) = (false, true);
    let answer = Came::Answer(answer);
    assert_eq!(health(&answer), Health::Up);
    let steps = |ids: &[&str]| judge(&ours(ids), Past::default(), &answer).steps;
    assert_eq!(steps(&["a", "b"])[0], Step::Split(Parts::HalvesByBytes));
    assert_eq!(steps(&["a"]), [Step::Unknown(UnknownReason::Unreadable)]);
}

/// An error that is cut off, and so leaves an event undecided, counts as a failure; otherwise the request would be repeated
/// for every part of every batch.
#[test]
fn the_health_shown_by_an_error_that_is_cut_off() {
    let down = Health::Down {
        retry_after: Duration::ZERO,
    };
    for (status, cut, capped) in [
        (400, &down, &Health::Up),
        (409, &down, &Health::Up),
        (422, &down, &Health::Up),
        (402, &down, &down),
        (404, &down, &down),
        (401, &Health::Up, &Health::Up),
        (403, &Health::Up, &Health::Up),
        (423, &Health::Up, &Health::Up),
    ] {
        let Came::Answer(mut answer) = response(status, "{") else {
            panic!("an answer");
        };
        answer.complete = false;
        assert_eq!(health(&Came::Answer(answer.clone())), *cut, "{status}");
        (answer.complete, answer.too_long) = (true, true);
        assert_eq!(health(&Came::Answer(answer)), *capped, "{status}");
    }
}

/// The table of the documentation, row by row.
#[test]
fn the_documented_table() {
    let page = include_str!("../../../../docs/verdict.md");
    let words = |verdict: &Verdict, answer: &Came| {
        let step = match verdict.steps.first() {
            Some(Step::AlreadyExists) => "in use",
            Some(Step::Rejected(..)) => "rejected",
            Some(Step::Split(Parts::Halves)) => "split in halves",
            Some(Step::Split(Parts::HalvesByBytes)) => "split in halves by bytes",
            Some(Step::Refresh) => "another token",
            Some(Step::Stop(_)) => "stops the call",
            Some(Step::Later(UndeliveredReason::NotSent(_))) => "again, else not sent",
            Some(Step::Later(UndeliveredReason::Unknown(_))) => "again, else unknown",
            other => panic!("{other:?}"),
        };
        let health = match health(answer) {
            Health::Up => "",
            Health::Down { .. } => "counts as a failure",
            Health::Limited { .. } => "is held back",
        };
        (step, health)
    };
    let mut rows = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let &["", statuses, marks, lone, batch, account, ""] = &cells[..] else {
            continue;
        };
        if !statuses.starts_with(char::is_numeric) || statuses.starts_with('2') {
            continue;
        }
        let bodies: &[&str] = match marks {
            "yes" => &[VALIDATION],
            "no" => &["", "<html>"],
            _ => &[VALIDATION, "", "<html>"],
        };
        for status in statuses.split(", ") {
            for body in bodies {
                rows += 1;
                let mut answer = response(status.parse().expect(row), body);
                if let (Came::Answer(response), "cut off") = (&mut answer, marks) {
                    response.complete = false;
                }
                let one = judge(&ours(&["a"]), Past::default(), &answer);
                let two = judge(&ours(&["a", "b"]), Past::default(), &answer);
                assert_eq!(words(&one, &answer), (lone, account), "{row} {body}");
                assert_eq!(words(&two, &answer), (batch, account), "{row} {body}");
            }
        }
    }
    assert!(rows > 90, "{rows} rows were read");
}

#[test]
fn a_daily_limit_is_waited_for_longer() {
    let body = r#"{"errorType":"RATE_LIMIT","policyName":"DAILY"}"#;
    let answer = response(429, body);
    let wait = Duration::from_secs(60);
    let verdict = judge(&ours(&["a"]), Past::default(), &answer);
    assert_eq!(verdict.least_wait, wait);
    assert_eq!(health(&answer), Health::Limited { wait });
}

/// The event may have arrived before it was refused.
#[test]
fn an_event_that_is_refused_after_a_lost_answer_is_looked_for() {
    let answer = response(400, VALIDATION);
    let lost = Some(UnknownReason::TimedOut);
    // An answer with errors has said that the event was not taken.
    let said = Some(UnknownReason::NotListed);
    for (id, doubts, expected) in [
        ("a", &[][..], "rejected"),
        ("a", &[(&lost, true)], "rejected?"),
        ("a", &[(&said, false)], "rejected"),
        ("a", &[(&lost, true), (&said, false)], "rejected?"),
        // No URL leads to the event, so it stays unknown.
        (".", &[(&lost, true)], "unknown"),
    ] {
        let mut events = ours(&[id]);
        for (reason, lost) in doubts {
            events[0].doubt(
                (*reason).clone().expect("a reason"),
                lost.then_some(NonZeroU32::MIN),
            );
        }
        let verdict = judge(&events, Past::default(), &answer);
        assert_eq!(words(&verdict.steps), expected, "{id} {doubts:?}");
    }
    // Events that an answer leaves uncertain may have arrived, unless the answer has errors.
    for (status, body, expected) in [
        (500, "", true),
        (201, "{}", true),
        (
            201,
            r#"{"results":[{"id":"b","eventTemplateId":"t"}]}"#,
            true,
        ),
        (207, r#"{"errors":[{"message":"no"}]}"#, false),
    ] {
        let verdict = judge(&ours(&["a", "b"]), Past::default(), &response(status, body));
        assert_eq!(verdict.lost, expected, "{status} {body}");
    }
    // An event that has an id from the client is this event, whatever record HubSpot has put it on.
    let stored = response(
        200,
        r#"{"eventTemplateId":"t","id":"a","email":"bob@example.com"}"#,
    );
    let keyed = event("a", IdOrigin::Keyed);
    let verdict = judge_read_back(&keyed, Past::default(), &stored);
    assert_eq!(words(&verdict.steps), "exists");
}

#[test]
fn no_answer_and_no_token() {
    let cause = || Cause::new("refused");
    let error = || CredentialsError::new(CredentialsErrorKind::ProviderFailed);
    for (answer, expected) in [
        (
            Came::Failure(Failure::NotConnected(cause())),
            Step::Later(UndeliveredReason::NotSent(NotSentReason::NotConnected(
                cause(),
            ))),
        ),
        (
            Came::Failure(Failure::TimedOut),
            Step::Later(UndeliveredReason::Unknown(UnknownReason::TimedOut)),
        ),
        (
            Came::Failure(Failure::Disconnected(cause())),
            Step::Later(UndeliveredReason::Unknown(UnknownReason::Disconnected(
                cause(),
            ))),
        ),
        (
            Came::NoToken(NoToken::Refused),
            Step::Stop(NotSentReason::Unauthorized),
        ),
        (
            Came::Failure(Failure::NotSecure(cause())),
            Step::Stop(NotSentReason::NotSecure(cause())),
        ),
        (
            Came::NoToken(NoToken::failed(error())),
            Step::Later(UndeliveredReason::NotSent(NotSentReason::NoAccessToken(
                error(),
            ))),
        ),
        (
            Came::NoToken(NoToken::Unusable(error())),
            Step::Stop(NotSentReason::NoAccessToken(error())),
        ),
        (
            Came::NoToken(NoToken::RefreshRefused(error())),
            Step::Stop(NotSentReason::RefreshRefused(error())),
        ),
        (
            Came::NoToken(NoToken::NotSecure(cause())),
            Step::Stop(NotSentReason::NotSecure(cause())),
        ),
    ] {
        assert_eq!(
            judge(&ours(&["a"]), Past::default(), &answer).steps,
            [expected],
            "{answer:?}"
        );
    }
}

#[test]
fn a_second_401_stops() {
    let past = Past {
        refused: true,
        ..Past::default()
    };
    let verdict = judge(&ours(&["a"]), past, &response(401, ""));
    assert_eq!(verdict.steps, [Step::Stop(NotSentReason::Unauthorized)]);
}
