//! The verdict as a table.

mod atomic;
mod errors;
mod naming;
mod read_back;
mod statuses;

use std::time::Duration;

use super::naming::mentions;
use super::step::{Parts, Past, Step, Verdict};
use crate::client::{Failure, NoToken, Reply};
use crate::delivery::intake::event::Event;
use crate::delivery::outcome::reason::UndeliveredReason;
use crate::delivery::{RejectionReason, UnknownReason};
use crate::event::IdOrigin;
use crate::wire::answer::{Expected, RawAnswer};
use crate::wire::error_body::ErrorBody;
use crate::wire::protocol::Protocol;

const VALIDATION: &str =
    r#"{"status":"error","category":"VALIDATION_ERROR","message":"bad","correlationId":"c-1"}"#;

fn event(id: &str, id_origin: IdOrigin) -> Event {
    crate::delivery::fuzz::event("t", id, id_origin)
}

fn ours(ids: &[&str]) -> Vec<Event> {
    ids.iter().map(|id| event(id, IdOrigin::Keyed)).collect()
}

fn response(status: u16, body: &str) -> Came {
    Came::Answer(RawAnswer {
        status,
        retry_after: None,
        body: body.as_bytes().to_vec(),
        complete: true,
        too_long: false,
    })
}

/// The result of an attempt before it is read. How it is read depends on what was asked for.
#[derive(Debug)]
enum Came {
    Answer(RawAnswer),
    Failure(Failure),
    NoToken(NoToken),
}

impl Came {
    fn read(&self, expected: Expected) -> Reply {
        match self {
            Came::Answer(raw) => Reply::Answer(Protocol::v3().read(expected, raw)),
            Came::Failure(failure) => Reply::Failure(failure.clone()),
            Came::NoToken(reason) => Reply::NoToken(reason.clone()),
        }
    }
}

fn judge(events: &[Event], past: Past, came: &Came) -> Verdict {
    let reply = came.read(Expected::Created(events.len()));
    super::create::judge(events, past, &reply)
}

fn judge_read_back(event: &Event, past: Past, came: &Came) -> Verdict {
    super::read_back::judge_read_back(event, past, &came.read(Expected::Stored))
}

/// `a:ok b:rejected`: what follows for each event, in a word.
fn words(steps: &[Step]) -> String {
    let word = |step: &Step| match step {
        Step::Created { .. } => "created",
        Step::AlreadyExists => "exists",
        Step::ReadBack(None) => "read-back",
        Step::ReadBack(Some(_)) => "rejected?",
        Step::Rejected(..) => "rejected",
        Step::Together => "together",
        Step::Apart => "apart",
        Step::Split(_) => "split",
        Step::Refresh => "refresh",
        Step::Move => "move",
        Step::Unknown(_) => "unknown",
        Step::Stop(_) => "stop",
        Step::Later(UndeliveredReason::NotSent(_)) => "later/absent",
        Step::NotFound => "not found",
        Step::Later(UndeliveredReason::Unknown(_)) => "later/uncertain",
    };
    steps.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// What follows after this answer, in words.
fn after(events: &[Event], past: Past, answer: &Came) -> String {
    words(&judge(events, past, answer).steps)
}

/// `status`, `results` by id, `errors` as written.
fn list(results: &[&str], errors: &str) -> String {
    let results: Vec<String> = results
        .iter()
        .map(|id| format!(r#"{{"eventTemplateId":"t","id":"{id}","objectId":"77"}}"#))
        .collect();
    let results = results.join(",");
    format!(r#"{{"status":"COMPLETE","results":[{results}],"errors":[{errors}]}}"#)
}

#[test]
fn by_what_the_answer_lists() {
    let by_id = r#"{"id":"bbbb","category":"VALIDATION_ERROR","message":"no"}"#;
    let by_context = r#"{"category":"VALIDATION_ERROR","context":{"eventId":["bbbb"]}}"#;
    let inside = r#"{"category":"VALIDATION_ERROR","errors":[{"context":{"id":["bbbb"]}}]}"#;
    let by_message =
        r#"{"category":"VALIDATION_ERROR","message":"event 'bbbb': token x is unknown"}"#;
    let nameless = r#"{"category":"VALIDATION_ERROR","message":"token x is unknown"}"#;
    let two = r#"{"category":"VALIDATION_ERROR","message":"events aaaa and bbbb are wrong"}"#;
    let stranger = r#"{"id":"zzzz","category":"VALIDATION_ERROR"}"#;
    let no_category = r#"{"id":"bbbb","message":"no"}"#;
    let not_its_fault = r#"{"id":"bbbb","category":"INTERNAL_ERROR"}"#;
    let in_use =
        r#"{"id":"bbbb","category":"VALIDATION_ERROR","message":"Event ID already in use"}"#;
    let conflict = r#"{"id":"bbbb","category":"CONFLICT","message":"exists"}"#;
    let sent: &[&str] = &["aaaa", "bbbb"];
    for (ids, results, errors, expected) in [
        (sent, &["aaaa", "bbbb"][..], "", "created created"),
        // The order means nothing, and neither do events that were not sent.
        (sent, &["bbbb", "zzzz", "aaaa"], "", "created created"),
        (sent, &["aaaa"], by_id, "created rejected"),
        (sent, &["aaaa"], by_context, "created rejected"),
        (sent, &["aaaa"], inside, "created rejected"),
        (sent, &["aaaa"], by_message, "created rejected"),
        (sent, &["aaaa"], no_category, "created rejected"),
        (sent, &["aaaa"], not_its_fault, "created later/uncertain"),
        (sent, &["aaaa"], in_use, "created exists"),
        (sent, &["aaaa"], conflict, "created exists"),
        // An error counts more than a listing.
        (sent, &["aaaa", "bbbb"], by_id, "created rejected"),
        // Events that no error names go again, together.
        (sent, &["aaaa"], nameless, "created together"),
        (sent, &["aaaa"], stranger, "created together"),
        (sent, &["aaaa"], "", "created together"),
        (
            &["aaaa", "bbbb", "cccc"],
            &["aaaa"],
            nameless,
            "created together together",
        ),
        (
            &["aaaa", "bbbb", "cccc"],
            &[],
            by_id,
            "together rejected together",
        ),
        // No progress: the batch is split if errors show that this is no accident, else it waits once.
        (sent, &[], nameless, "split split"),
        (sent, &[], two, "split split"),
        (sent, &[], "", "later/uncertain later/uncertain"),
        (sent, &["zzzz"], "", "later/uncertain later/uncertain"),
        // An error that is not about an event is no reason to split.
        (
            sent,
            &[],
            r#"{"category":"INTERNAL_ERROR"}"#,
            "later/uncertain later/uncertain",
        ),
        // The error of a lone event is its own, unless the event is listed and the error does not name it.
        (&["bbbb"], &[], nameless, "rejected"),
        (&["bbbb"], &["bbbb"], nameless, "created"),
        (&["bbbb"], &["bbbb"], by_id, "rejected"),
        (&["bbbb"], &["bbbb"], stranger, "created"),
        (&["bbbb"], &[], stranger, "rejected"),
        (&["bbbb"], &[], not_its_fault, "later/uncertain"),
        (&["bbbb"], &[], "", "later/uncertain"),
    ] {
        for status in [200, 201, 207] {
            let answer = response(status, &list(results, errors));
            let verdict = judge(&ours(ids), Past::default(), &answer);
            assert_eq!(words(&verdict.steps), expected, "{ids:?}: {answer:?}");
        }
    }
}

#[test]
fn a_batch_that_two_answers_do_not_name_is_split() {
    let again = Past {
        again: true,
        ..Past::default()
    };
    let answer = response(201, &list(&[], ""));
    assert_eq!(
        words(&judge(&ours(&["a", "b"]), again, &answer).steps),
        "split split"
    );
    assert_eq!(
        words(&judge(&ours(&["a"]), again, &answer).steps),
        "later/uncertain"
    );
}

#[test]
fn the_same_id_under_another_template_is_another_event() {
    let body = r#"{"results":[{"eventTemplateId":"other","id":"a"}]}"#;
    let verdict = judge(&ours(&["a"]), Past::default(), &response(201, body));
    assert_eq!(words(&verdict.steps), "later/uncertain");
}

#[test]
fn what_was_read_is_kept() {
    let body = r#"{"results":[{"eventTemplateId":"t","id":"a","objectId":"77","createdAt":"2026-08-01T12:00:00.000Z"}]}"#;
    let verdict = judge(&ours(&["a"]), Past::default(), &response(201, body));
    let reply = response(201, body).read(Expected::Created(1));
    let told = match &verdict.steps[..] {
        [
            Step::Created {
                object_id,
                created_at,
            },
        ] => [object_id, created_at],
        other => panic!("{other:?}"),
    };
    let told = told.map(|text| text.map(|text| reply.text(text).to_owned()));
    assert_eq!(
        told,
        [Some("77".into()), Some("2026-08-01T12:00:00.000Z".into())]
    );

    let verdict = judge(&ours(&["a"]), Past::default(), &response(400, VALIDATION));
    let refused = ErrorBody {
        category: Some("VALIDATION_ERROR".into()),
        message: Some("bad".into()),
        correlation_id: Some("c-1".into()),
        ..ErrorBody::default()
    };
    assert_eq!(
        verdict.steps,
        [Step::Rejected(
            RejectionReason::Refused(400),
            Box::new(refused)
        )]
    );
}

#[test]
fn already_in_use_depends_on_whose_id_it_is() {
    let in_use = r#"{"category":"VALIDATION_ERROR","message":"Event ID already in use"}"#;
    let constant = r#"{"category":"VALIDATION_ERROR","subCategory":"EVENT_ID_ALREADY_IN_USE"}"#;
    let email =
        r#"{"category":"VALIDATION_ERROR","message":"a contact with this e-mail already exists"}"#;
    for (origin, status, body, expected) in [
        (IdOrigin::Keyed, 409, "", "exists"),
        (IdOrigin::Keyed, 400, in_use, "exists"),
        (IdOrigin::Keyed, 400, constant, "exists"),
        (IdOrigin::Keyed, 400, email, "rejected"),
        (IdOrigin::User, 409, "", "read-back"),
        (IdOrigin::User, 400, in_use, "read-back"),
        (IdOrigin::User, 400, email, "rejected"),
    ] {
        let events = [event("a", origin)];
        let verdict = judge(&events, Past::default(), &response(status, body));
        assert_eq!(
            words(&verdict.steps),
            expected,
            "{origin:?} {status} {body}"
        );
    }
}

#[test]
fn waits_that_hubspot_asks_for() {
    let seconds = Duration::from_secs;
    for (status, retry_after, least) in [
        (503, None, seconds(0)),
        (503, Some(7), seconds(7)),
        (477, Some(3600), seconds(3600)),
        (429, None, seconds(1)),
        (429, Some(0), seconds(0)),
        (423, None, seconds(2)),
        (423, Some(0), seconds(2)),
        (423, Some(5), seconds(5)),
    ] {
        let answer = Came::Answer(RawAnswer {
            status,
            retry_after: retry_after.map(seconds),
            body: Vec::new(),
            complete: true,
            too_long: false,
        });
        let verdict = judge(&ours(&["a"]), Past::default(), &answer);
        assert_eq!(verdict.least_wait, least, "{status} {retry_after:?}");
    }
}

#[test]
fn a_message_names_an_id_only_as_a_word() {
    for (message, id, named) in [
        ("event order-1: no", "order-1", true),
        ("event order-1.", "order-1", true),
        ("order-1", "order-1", true),
        ("event 'order-1' is bad", "order-1", true),
        ("event order-12: no", "order-1", false),
        ("event order-1-2: no", "order-1", false),
        ("event xorder-1: no", "order-1", false),
        ("see order-1.example", "order-1", false),
        ("see order-1/ and others", "order-1", false),
        ("1 token is unknown", "1", false),
        ("event [1] is bad", "1", true),
        ("event [1 is bad", "1", false),
        ("event 1] is bad", "1", false),
        ("event \"1\" is bad", "1", true),
        ("événement é1é", "é1é", true),
    ] {
        assert_eq!(mentions(message, id), named, "{message:?} {id:?}");
    }
}

#[test]
fn a_batch_is_taken_apart_at_once_if_there_is_an_error_for_each() {
    let nameless = r#"{"category":"VALIDATION_ERROR","message":"no"}"#;
    let fault_of_none = r#"{"category":"INTERNAL_ERROR"}"#;
    let events = ours(&["aaaa", "bbbb"]);
    for (errors, parts) in [
        (nameless.to_owned(), Parts::Halves),
        (format!("{nameless},{fault_of_none}"), Parts::Halves),
        (format!("{nameless},{nameless}"), Parts::Singles),
    ] {
        let answer = response(207, &list(&[], &errors));
        let verdict = judge(&events, Past::default(), &answer);
        assert_eq!(
            verdict.steps,
            [Step::Split(parts), Step::Split(parts)],
            "{errors}"
        );
    }
    let verdict = judge(&events, Past::default(), &response(413, ""));
    assert_eq!(verdict.steps[0], Step::Split(Parts::HalvesByBytes));
}

/// The rest of the body might have said that the id is in use.
#[test]
fn a_refusal_that_was_cut_short_is_not_final() {
    let cut = Came::Answer(RawAnswer {
        status: 400,
        retry_after: None,
        body: br#"{"category":"VALIDATION_ERROR","message":"Event ID alrea"#.to_vec(),
        complete: false,
        too_long: false,
    });
    let verdict = judge(&ours(&["a"]), Past::default(), &cut);
    let doubt = UndeliveredReason::Unknown(UnknownReason::Unreadable);
    assert_eq!(verdict.steps, [Step::Later(doubt)]);
}

#[test]
fn an_id_that_no_url_can_hold_is_not_read_back() {
    for id in [".", ".."] {
        let verdict = judge(
            &[event(id, IdOrigin::User)],
            Past::default(),
            &response(409, ""),
        );
        assert_eq!(
            verdict.steps,
            [Step::Unknown(UnknownReason::CannotReadBack)],
            "{id}"
        );
    }
}
