//! Reading an event back: whether it is there, and whether it is this one.

use std::time::Duration;

use super::{Came, event, judge_read_back, response, words};
use crate::client::Name;
use crate::delivery::intake::event::Event;
use crate::delivery::verdict::step::Past;
use crate::event::{IdOrigin, SealedEvent};
use crate::wire::Api;
use crate::wire::answer::RawAnswer;

fn sent(json: &str) -> Event {
    let json = format!(
        r#"{{"version":1,"id":"a","idOrigin":"user","template":"t","timestamp":0,"event":{json}}}"#
    );
    let sealed = SealedEvent::from_json(json.as_bytes()).expect("a sealed event");
    let name = Name {
        text: "t".into(),
        is_short: false,
    };
    Event::new(sealed, Api::V3, name, 0, None)
}

fn word(event: &Event, past: Past, answer: &Came) -> String {
    words(&judge_read_back(event, past, answer).steps)
}

#[test]
fn reading_back_tells_ours_from_anothers() {
    let stored = |rest: &str| format!(r#"{{"eventTemplateId":"t","id":"a"{rest}}}"#);
    let ada = stored(r#","email":"ADA@example.com","objectId":"77","tokens":{}"#);
    let bob = stored(r#","email":"bob@example.com","tokens":{}"#);
    let elsewhere = r#"{"id":"b","eventTemplateId":"t","email":"ada@example.com","tokens":{}}"#;
    let refused = Past {
        refused: true,
        ..Past::default()
    };
    for (past, status, body, expected) in [
        (Past::default(), 200, &*ada, "exists"),
        (Past::default(), 200, &bob, "rejected"),
        (Past::default(), 200, &stored(""), "unknown"),
        (Past::default(), 200, elsewhere, "unknown"),
        (Past::default(), 200, "{", "unknown"),
        (Past::default(), 404, "", "unknown"),
        // HubSpot's own words for a path that it does not have.
        (
            Past::default(),
            404,
            r#"{"message":"resource not found","correlationId":"c"}"#,
            "unknown",
        ),
        (Past::default(), 401, "", "refresh"),
        (refused, 401, "", "unknown"),
        (Past::default(), 403, "", "unknown"),
        (Past::default(), 503, "", "later/uncertain"),
        (Past::default(), 429, "", "later/uncertain"),
    ] {
        let event = event("a", IdOrigin::User);
        let answer = response(status, body);
        assert_eq!(
            word(&event, past, &answer),
            expected,
            "{past:?} {status} {body}"
        );
    }
}

/// An id made of parts can also be the id of another event of the same record.
#[test]
fn only_an_event_with_our_tokens_is_ours() {
    let ours = |tokens: &str| {
        sent(&format!(
            r#"{{"eventTemplateId":"t","id":"a","email":"ada@example.com","tokens":{tokens}}}"#
        ))
    };
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(100_000));
    let longer = format!(r#"{{"a":"{}y"}}"#, "x".repeat(99_999));
    for (sent, stored, expected) in [
        (r#"{"a":"1","b":"2"}"#, r#"{"b":"2","a":"1"}"#, "exists"),
        (r#"{"a":"é"}"#, r#"{"a":"\u00e9"}"#, "exists"),
        (r#"{"a":"1"}"#, r#"{"a":"2"}"#, "rejected"),
        (r#"{"a":"1"}"#, r#"{"b":"1"}"#, "rejected"),
        (r#"{"a":"1"}"#, r#"{}"#, "rejected"),
        (r#"{}"#, r#"{"a":"1"}"#, "rejected"),
        (r#"{"a":"1","b":"2"}"#, r#"{"a":"1"}"#, "rejected"),
        // HubSpot shows no difference between these.
        (r#"{"a":""}"#, r#"{}"#, "exists"),
        (r#"{"a":""}"#, r#"{"a":null}"#, "exists"),
        (r#"{"a":"1"}"#, r#"{"a":1}"#, "exists"),
        (&long, &long, "exists"),
        (&long, &longer, "rejected"),
        // Without the tokens it is not known which event HubSpot has.
        (r#"{"a":"1"}"#, "null", "unknown"),
        (r#"{"a":"1"}"#, "[]", "unknown"),
    ] {
        let body = format!(
            r#"{{"eventTemplateId":"t","id":"a","email":"ada@example.com","tokens":{stored}}}"#
        );
        let answer = response(200, &body);
        assert_eq!(
            word(&ours(sent), Past::default(), &answer),
            expected,
            "{sent} {stored}"
        );
    }
}

#[test]
fn the_record_is_that_of_the_first_identifier_that_both_have() {
    for (sent_with, stored, expected) in [
        (
            r#""objectId":"7","email":"a@x""#,
            r#""objectId":"7","email":"b@x""#,
            "exists",
        ),
        (
            r#""objectId":"7","email":"a@x""#,
            r#""objectId":"8","email":"a@x""#,
            "rejected",
        ),
        (
            r#""utk":"u","email":"a@x""#,
            r#""objectId":"8","utk":"u""#,
            "exists",
        ),
        (
            r#""utk":"u","email":"a@x""#,
            r#""utk":"v","email":"a@x""#,
            "rejected",
        ),
        (
            r#""email":" A@x""#,
            r#""objectId":"8","email":"a@X ""#,
            "exists",
        ),
        (r#""objectId":"7""#, r#""email":"a@x""#, "unknown"),
        (r#""utk":"u""#, r#""objectId":"8""#, "unknown"),
    ] {
        let with = |identifiers: &str| {
            format!(r#"{{"eventTemplateId":"t","id":"a",{identifiers},"tokens":{{}}}}"#)
        };
        let answer = response(200, &with(stored));
        let event = sent(&with(sent_with));
        assert_eq!(
            word(&event, Past::default(), &answer),
            expected,
            "{sent_with} {stored}"
        );
    }
}

/// HubSpot can list an event before it can be read. That takes some time, whatever the number of tries.
#[test]
fn an_event_that_is_not_found_is_looked_for_again_for_ten_seconds() {
    let not_found = response(404, r#"{"category":"OBJECT_NOT_FOUND"}"#);
    let second = Duration::from_secs(1);
    let event = event("a", IdOrigin::User);
    for (failures, not_found_for, expected) in [
        (0, None, "later/uncertain"),
        (99, Some(Duration::ZERO), "later/uncertain"),
        (99, Some(second * 9), "later/uncertain"),
        (1, Some(second * 10), "not found"),
    ] {
        let past = Past {
            failures,
            not_found_for,
            ..Past::default()
        };
        let verdict = judge_read_back(&event, past, &not_found);
        assert_eq!(words(&verdict.steps), expected, "{past:?}");
        assert_eq!(verdict.least_wait, second);
    }
}

#[test]
fn an_answer_that_was_cut_is_asked_for_again() {
    let cut = |status, body: &str, complete, too_long| {
        Came::Answer(RawAnswer {
            status,
            retry_after: None,
            body: body.as_bytes().to_vec(),
            complete,
            too_long,
        })
    };
    for (answer, expected) in [
        (
            cut(200, r#"{"id":"a","eventTem"#, false, false),
            "later/uncertain",
        ),
        (
            cut(404, r#"{"category":"OBJE"#, false, false),
            "later/uncertain",
        ),
        (
            cut(404, r#"{"category":"OBJE"#, true, true),
            "later/uncertain",
        ),
        // A second answer would be too long as well.
        (cut(200, r#"{"id":"a","eventTem"#, false, true), "unknown"),
    ] {
        let event = event("a", IdOrigin::User);
        let long_ago = Past {
            not_found_for: Some(Duration::from_secs(60)),
            ..Past::default()
        };
        assert_eq!(word(&event, long_ago, &answer), expected, "{answer:?}");
    }
}
