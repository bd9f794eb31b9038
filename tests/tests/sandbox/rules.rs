//! The documented rules, one by one.

use serde_json::{Value, json};
use timeline_core::limits;

use crate::http::{BATCH, EVENTS, batch, call, raw, send};
use crate::{DEALS, TEMPLATE, event, held, sandbox, with};

/// An event with one token, which has this value.
fn token(name: &str, value: impl Into<Value>) -> Value {
    with(event("e"), &[("tokens", json!({ name: value.into() }))])
}

/// An event on a deal.
fn deal(keys: &[(&str, Value)]) -> Value {
    let deal = json!({ "eventTemplateId": DEALS, "id": "e", "tokens": {} });
    with(deal, keys)
}

fn iframe(width: u32, height: u32) -> Value {
    json!({ "linkLabel": "a", "headerLabel": "b", "url": "c", "width": width, "height": height })
}

#[tokio::test]
async fn an_event_is_refused_alone_for_what_it_contains() {
    let long = |bytes: usize| "x".repeat(bytes);
    for (what, input, code) in [
        ("nothing", event("e"), None),
        (
            "an unknown template",
            with(event("e"), &[("eventTemplateId", json!("7"))]),
            Some("UNKNOWN_TEMPLATE"),
        ),
        (
            "an undeclared token",
            token("petname", "Rex"),
            Some("UNKNOWN_TOKEN"),
        ),
        (
            "no token at all",
            with(event("e"), &[("tokens", json!({}))]),
            None,
        ),
        ("a whole number", token("petAge", "-3"), None),
        ("a fraction", token("petAge", "3.25"), None),
        ("an exponent", token("petAge", "1e3"), None),
        ("a JSON number", token("petAge", 3), None),
        (
            "a number in words",
            token("petAge", "three"),
            Some("INVALID_TOKEN"),
        ),
        ("no number", token("petAge", ""), Some("INVALID_TOKEN")),
        ("NaN", token("petAge", "NaN"), Some("INVALID_TOKEN")),
        ("infinity", token("petAge", "1e999"), Some("INVALID_TOKEN")),
        ("an option", token("species", "cat"), None),
        ("no option", token("species", "Cat"), Some("INVALID_TOKEN")),
        ("a date", token("born", "-1"), None),
        (
            "a date as a number",
            token("born", 1_785_585_600_000_i64),
            None,
        ),
        (
            "a date as ISO-8601",
            token("born", "2026-08-01T12:00:00Z"),
            Some("INVALID_TOKEN"),
        ),
        (
            "a date with a fraction",
            token("born", "1.5"),
            Some("INVALID_TOKEN"),
        ),
        ("any text", token("petName", "{{}}\u{0}\u{1F415}"), None),
        (
            "a contact without an identifier",
            with(event("e"), &[("email", Value::Null)]),
            Some("MISSING_IDENTIFIER"),
        ),
        (
            "an e-mail that is none",
            with(event("e"), &[("email", json!("n/a"))]),
            Some("INVALID_EMAIL_ADDRESS"),
        ),
        (
            "two e-mails in one",
            with(
                event("e"),
                &[("email", json!("a@example.com;b@example.com"))],
            ),
            Some("INVALID_EMAIL_ADDRESS"),
        ),
        (
            "an e-mail with an invisible byte",
            with(event("e"), &[("email", json!("a@example.com\0"))]),
            Some("INVALID_EMAIL_ADDRESS"),
        ),
        (
            "an e-mail that is none, beside an id",
            with(
                event("e"),
                &[
                    ("email", json!("Ada <a@example.com>")),
                    ("objectId", json!("5")),
                ],
            ),
            Some("INVALID_EMAIL_ADDRESS"),
        ),
        (
            "an e-mail that is none, on a deal",
            deal(&[("email", json!("n/a")), ("objectId", json!("5"))]),
            Some("INVALID_EMAIL_ADDRESS"),
        ),
        (
            "an e-mail with a tag and letters of another script",
            with(
                event("e"),
                &[("email", json!("grüße+a@mail.bücher.example"))],
            ),
            None,
        ),
        (
            "an empty e-mail",
            with(event("e"), &[("email", json!(""))]),
            Some("MISSING_IDENTIFIER"),
        ),
        (
            "a domain alone",
            with(
                event("e"),
                &[("email", Value::Null), ("domain", json!("a.com"))],
            ),
            Some("MISSING_IDENTIFIER"),
        ),
        (
            "a contact by cookie",
            with(event("e"), &[("email", Value::Null), ("utk", json!("c"))]),
            None,
        ),
        (
            "a contact by id",
            with(
                event("e"),
                &[("email", Value::Null), ("objectId", json!("5"))],
            ),
            None,
        ),
        ("a deal by id", deal(&[("objectId", json!("5"))]), None),
        (
            "a deal by e-mail",
            deal(&[("email", json!("ada@example.com"))]),
            Some("MISSING_IDENTIFIER"),
        ),
        (
            "a deal by cookie",
            deal(&[("utk", json!("c"))]),
            Some("MISSING_IDENTIFIER"),
        ),
        ("the longest id", event(&long(limits::EVENT_ID_BYTES)), None),
        (
            "a longer id",
            event(&long(limits::EVENT_ID_BYTES + 1)),
            Some("ID_TOO_LONG"),
        ),
        (
            "an id too long in bytes alone",
            event(&"é".repeat(251)),
            Some("ID_TOO_LONG"),
        ),
        ("an empty id", event(""), Some("INVALID_ID")),
        (
            "the longest token",
            token("petName", long(limits::TOKEN_BYTES)),
            None,
        ),
        (
            "a longer token",
            token("petName", long(limits::TOKEN_BYTES + 1)),
            Some("TOKEN_TOO_LARGE"),
        ),
        (
            "a token too long once it is JSON",
            token("petName", "\u{1}".repeat(85_001)),
            Some("TOKEN_TOO_LARGE"),
        ),
        (
            "a large event",
            with(event("e"), &[("extraData", json!(long(999_800)))]),
            None,
        ),
        (
            "a larger event",
            with(event("e"), &[("extraData", json!(long(1_000_000)))]),
            Some("EVENT_TOO_LARGE"),
        ),
        (
            "extra data that is no object",
            with(event("e"), &[("extraData", json!([1, 2]))]),
            None,
        ),
        (
            "the largest iframe",
            with(event("e"), &[("timelineIFrame", iframe(2_147_483_647, 0))]),
            None,
        ),
        (
            "a timestamp with an offset",
            with(
                event("e"),
                &[("timestamp", json!("2026-08-01T14:00:00+02:00"))],
            ),
            None,
        ),
        (
            "a timestamp in milliseconds",
            with(event("e"), &[("timestamp", json!(1_785_585_600_000_i64))]),
            None,
        ),
    ] {
        let sandbox = sandbox().await;
        let answer = batch(&sandbox, &[event("before"), input.clone(), event("zafter")]).await;
        let body = answer.json();
        let codes: Vec<&Value> = body["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|e| &e["errors"][0]["code"])
            .collect();
        match code {
            None => {
                assert_eq!(
                    (answer.status, sandbox.event_count()),
                    (201, 3),
                    "{what}: {body}"
                );
                assert_eq!(body["numErrors"], Value::Null, "{what}");
            }
            Some(code) => {
                assert_eq!(
                    (answer.status, codes),
                    (207, vec![&json!(code)]),
                    "{what}: {body}"
                );
                assert_eq!(body["numErrors"], 1, "{what}");
                assert_eq!(held(&sandbox), ["before", "zafter"], "{what}");
            }
        }
        // With a single event, the whole request is refused or accepted.
        let sandbox = crate::sandbox().await;
        let answer = call(&sandbox, "POST", EVENTS, &input).await;
        let expected = (
            if code.is_some() { 400 } else { 201 },
            usize::from(code.is_none()),
        );
        assert_eq!(
            (answer.status, sandbox.event_count()),
            expected,
            "{what}, alone"
        );
        if let Some(code) = code {
            let body = answer.json();
            assert_eq!(body["errors"][0]["code"], code, "{what}, alone");
            assert_eq!(body["category"], "VALIDATION_ERROR", "{what}, alone");
        }
    }
}

#[tokio::test]
async fn optional_keys_may_be_null_and_unknown_ones_are_ignored() {
    let sandbox = sandbox().await;
    let mut input = event("e");
    for key in [
        "utk",
        "objectId",
        "domain",
        "timestamp",
        "extraData",
        "timelineIFrame",
        "colour",
    ] {
        input[key] = Value::Null;
    }
    assert_eq!(batch(&sandbox, &[input]).await.status, 201);
}

#[tokio::test]
async fn a_request_is_refused_for_its_size_and_type() {
    let sandbox = sandbox().await;
    let events: Vec<Value> = (0..101).map(|number| event(&number.to_string())).collect();
    let answer = batch(&sandbox, &events).await;
    assert_eq!(
        (answer.status, &answer.json()["errors"][0]["code"]),
        (400, &json!("TOO_MANY_EVENTS"))
    );
    assert_eq!(batch(&sandbox, &events[..100]).await.status, 201);
    assert_eq!(batch(&sandbox, &[]).await.status, 201);

    let padded = |bytes: usize| {
        let mut body = json!({ "inputs": [event("padded")] })
            .to_string()
            .into_bytes();
        body.resize(bytes, b' ');
        body
    };
    let answer = raw(&sandbox, "POST", BATCH, &padded(limits::REQUEST_BYTES + 1))
        .await
        .expect("an answer");
    assert_eq!(answer.status, 413);
    let answer = raw(&sandbox, "POST", BATCH, &padded(limits::REQUEST_BYTES))
        .await
        .expect("an answer");
    assert_eq!(answer.status, 201);
    assert_eq!(sandbox.event_count(), 101);

    let bearer = ("Authorization", "Bearer sandbox-access-token");
    for (content_type, status) in [
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=utf-8", 201),
        ("Application/JSON", 201),
    ] {
        let headers = [bearer, ("Content-Type", content_type)];
        let answer = send(&sandbox, "POST", BATCH, &headers, br#"{"inputs":[]}"#)
            .await
            .expect("an answer");
        assert_eq!(answer.status, status, "{content_type}");
    }
    let answer = send(&sandbox, "POST", BATCH, &[bearer], br#"{"inputs":[]}"#)
        .await
        .expect("an answer");
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn ids_are_decoded_when_an_event_is_read() {
    let sandbox = sandbox().await;
    for (id, encoded) in [
        ("a/b", "a%2Fb"),
        ("a b+ü", "a%20b+%C3%BC"),
        ("100%", "100%25"),
        ("?#", "%3F%23"),
    ] {
        assert_eq!(batch(&sandbox, &[event(id)]).await.status, 201);
        let answer = call(
            &sandbox,
            "GET",
            &format!("{EVENTS}/{TEMPLATE}/{encoded}"),
            &Value::Null,
        )
        .await;
        assert_eq!((answer.status, &answer.json()["id"]), (200, &json!(id)));
    }
}

#[tokio::test]
async fn a_uuid_in_an_id_is_expanded_each_time() {
    let sandbox = sandbox().await;
    for _ in 0..2 {
        assert_eq!(
            batch(&sandbox, &[event("order-{{uuid}}-{{uuid}}")])
                .await
                .status,
            201
        );
    }
    let ids = held(&sandbox);
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    for id in &ids {
        assert_eq!(
            (id.len(), id.contains('{')),
            ("order--".len() + 2 * 36, false),
            "{id}"
        );
    }
}

#[tokio::test]
async fn contacts_are_found_and_made() {
    let sandbox = sandbox().await;
    let by = |id: &str, keys: &[(&str, &str)]| {
        let mut input = with(event(id), &[("email", Value::Null)]);
        for (key, value) in keys {
            input[*key] = json!(value);
        }
        input
    };
    for input in [
        by("ada", &[("email", "ada@example.com")]),
        by("ada again", &[("email", "ADA@example.com")]),
        by("grace", &[("email", "grace@example.com")]),
        by("unknown cookie", &[("utk", "new")]),
        by(
            "cookie of ada",
            &[("utk", "c1"), ("email", "ada@example.com")],
        ),
        by("known cookie", &[("utk", "c1")]),
        by(
            "cookie before e-mail",
            &[("utk", "c1"), ("email", "other@example.com")],
        ),
        by(
            "id before all",
            &[
                ("objectId", "7"),
                ("utk", "c1"),
                ("email", "grace@example.com"),
            ],
        ),
        by("changed e-mail", &[("email", "grace@example.com")]),
    ] {
        assert_eq!(batch(&sandbox, &[input]).await.status, 201);
    }
    let object = |id: &str| sandbox.event(TEMPLATE, id).expect(id).object_id;
    let ada = object("ada");
    assert!(ada.is_some());
    for (id, expected) in [
        ("ada again", &ada),
        ("unknown cookie", &None),
        ("cookie of ada", &ada),
        ("known cookie", &ada),
        ("cookie before e-mail", &ada),
        ("id before all", &Some("7".to_owned())),
        ("changed e-mail", &Some("7".to_owned())),
    ] {
        assert_eq!(&object(id), expected, "{id}");
    }
    assert_ne!(object("grace"), ada);
}
