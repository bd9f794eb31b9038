//! What HubSpot does not document: each rule with each of its values.

use serde_json::{Value, json};
use timeline_core::sandbox::{
    BadEvent, ErrorId, OtherObject, ResultOrder, Rules, SameId, Sandbox, StoredEvent,
};
use timeline_core::{EventInput, SendBatch};

use crate::http::{BATCH, EVENTS, batch, call, send};
use crate::{TEMPLATE, event, held, sandbox_with, with};

fn bad(id: &str) -> Value {
    with(event(id), &[("tokens", json!({ "colour": "red" }))])
}

fn renamed(id: &str) -> Value {
    with(event(id), &[("tokens", json!({ "petName": "Max" }))])
}

fn of_another(id: &str) -> Value {
    with(event(id), &[("email", json!("grace@example.com"))])
}

fn stored(sandbox: &Sandbox, id: &str) -> StoredEvent {
    sandbox.event(TEMPLATE, id).expect(id)
}

#[tokio::test]
async fn a_bad_event_may_refuse_its_batch() {
    let sandbox = sandbox_with(Rules::default().bad_event(BadEvent::RefusesBatch)).await;
    let answer = batch(&sandbox, &[event("a"), bad("b"), bad("c")]).await;
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["category"]),
        (400, &json!("VALIDATION_ERROR"))
    );
    assert_eq!(body["errors"].as_array().map(Vec::len), Some(2));
    assert_eq!(sandbox.event_count(), 0);

    assert_eq!(batch(&sandbox, &[event("a")]).await.status, 201);
    let answer = batch(&sandbox, &[event("a"), event("b")]).await;
    assert_eq!((answer.status, held(&sandbox)), (400, vec!["a".to_owned()]));
    let answer = batch(&sandbox, &[event("b"), event("b")]).await;
    assert_eq!((answer.status, held(&sandbox)), (400, vec!["a".to_owned()]));

    sandbox.set_rules(
        Rules::default()
            .bad_event(BadEvent::RefusesBatch)
            .same_id(SameId::Conflict),
    );
    let answer = batch(&sandbox, &[event("a"), event("b")]).await;
    assert_eq!(
        (answer.status, &answer.json()["category"]),
        (409, &json!("CONFLICT"))
    );
    let answer = batch(&sandbox, &[event("a"), bad("b")]).await;
    assert_eq!(
        (answer.status, &answer.json()["category"]),
        (400, &json!("VALIDATION_ERROR"))
    );
}

#[tokio::test]
async fn an_error_names_its_event_where_the_rule_says() {
    let plain = "The event template has no token named colour";
    let token = json!({ "tokenName": ["colour"] });
    let with_id = json!({ "tokenName": ["colour"], "id": ["b/1"] });
    for (place, id, context, message) in [
        (ErrorId::Nowhere, Value::Null, &token, plain),
        (ErrorId::Id, json!("b/1"), &token, plain),
        (ErrorId::Context, Value::Null, &with_id, plain),
        (
            ErrorId::Message,
            Value::Null,
            &token,
            "The event template has no token named colour (event b/1)",
        ),
    ] {
        let sandbox = sandbox_with(Rules::default().error_id(place)).await;
        let error = &batch(&sandbox, &[event("a"), bad("b/1")]).await.json()["errors"][0];
        assert_eq!(
            (&error["id"], &error["context"], &error["message"]),
            (&id, context, &json!(message)),
            "{place:?}"
        );
    }
}

/// With every form of the errors the client finds out which events exist and which event is bad.
#[tokio::test]
async fn equal_errors_may_be_listed_once() {
    for (once, place, errors) in [
        (false, ErrorId::Nowhere, 3),
        (true, ErrorId::Nowhere, 2),
        (true, ErrorId::Message, 3),
    ] {
        let rules = Rules::default().equal_errors_once(once).error_id(place);
        let sandbox = sandbox_with(rules).await;
        batch(&sandbox, &[event("a"), event("b")]).await;
        let answer = batch(&sandbox, &[event("a"), bad("c"), event("b"), event("d")]).await;
        let body = answer.json();
        let told = body["errors"].as_array().map(Vec::len);
        assert_eq!(
            (&body["numErrors"], told),
            (&json!(errors), Some(errors)),
            "{once} {place:?}"
        );

        let input = |id: &'static str| {
            let input = EventInput::new(TEMPLATE).id(id).email("ada@example.com");
            input.token("petName", "Rex").token("petAge", 3)
        };
        let inputs = [
            input("a"),
            input("b"),
            input("e").token("colour", "red"),
            input("d"),
        ];
        let report = inputs.send_batch(&sandbox.client()).report().await;
        assert_eq!(
            (report.already_existing(), report.rejected()),
            (3, 1),
            "{once} {place:?}"
        );
    }
}

#[tokio::test]
async fn the_same_id_on_the_same_record() {
    for (rule, status, category, name, writes) in [
        (SameId::InUse, 207, json!("VALIDATION_ERROR"), "Rex", 1),
        (SameId::Conflict, 207, json!("CONFLICT"), "Rex", 1),
        (SameId::Updates, 201, Value::Null, "Max", 2),
        (SameId::Ignored, 201, Value::Null, "Rex", 2),
    ] {
        let sandbox = sandbox_with(Rules::default().same_id(rule)).await;
        assert_eq!(batch(&sandbox, &[event("a")]).await.status, 201);
        sandbox
            .clock()
            .sleep(std::time::Duration::from_secs(1))
            .await;
        let answer = batch(&sandbox, &[renamed("a")]).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["errors"][0]["category"]),
            (status, &category),
            "{rule:?}"
        );
        let event = stored(&sandbox, "a");
        assert_eq!(
            (&*event.tokens["petName"], event.writes, event.sent),
            (name, writes, 2),
            "{rule:?}"
        );
        assert_eq!(event.created_at, 1_785_585_600_000, "{rule:?}");
        let echoed = &body["results"][0]["tokens"]["petName"];
        assert_eq!(
            echoed,
            &if status == 201 {
                json!(name)
            } else {
                Value::Null
            },
            "{rule:?}"
        );

        let single = call(&sandbox, "POST", EVENTS, &renamed("a")).await.status;
        let expected = match rule {
            SameId::InUse => 400,
            SameId::Conflict => 409,
            _ => 201,
        };
        assert_eq!((single, sandbox.event_count()), (expected, 1), "{rule:?}");
    }
}

#[tokio::test]
async fn the_same_id_on_another_record() {
    for (rule, status) in [(OtherObject::InUse, 207), (OtherObject::Moves, 201)] {
        let sandbox =
            sandbox_with(Rules::default().same_id(SameId::Updates).other_object(rule)).await;
        assert_eq!(batch(&sandbox, &[event("a")]).await.status, 201);
        let before = stored(&sandbox, "a").object_id;
        let answer = batch(&sandbox, &[of_another("a")]).await;
        assert_eq!(answer.status, status, "{rule:?}");
        if status == 207 {
            assert_eq!(
                answer.json()["errors"][0]["message"],
                "Event ID already in use"
            );
        }
        let moved = stored(&sandbox, "a").object_id != before;
        assert_eq!(
            (moved, sandbox.event_count()),
            (rule == OtherObject::Moves, 1),
            "{rule:?}"
        );
    }
}

#[tokio::test]
async fn an_id_belongs_to_its_template() {
    let sandbox = sandbox_with(Rules::default()).await;
    let deal = json!({ "eventTemplateId": crate::DEALS, "id": "a", "objectId": "9", "tokens": {} });
    assert_eq!(batch(&sandbox, &[event("a"), deal]).await.status, 201);
}

#[tokio::test]
async fn the_order_of_results() {
    let sent: Vec<Value> = (0..20)
        .map(|number| event(&format!("{number:02}")))
        .collect();
    let ids = |body: &Value| -> Vec<String> {
        let results = body["results"].as_array().expect("a list").iter();
        results
            .map(|result| result["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let in_order: Vec<String> = (0..20).map(|number| format!("{number:02}")).collect();
    let mut reversed = in_order.clone();
    reversed.reverse();
    for (order, expected) in [
        (ResultOrder::Sent, Some(&in_order)),
        (ResultOrder::Reversed, Some(&reversed)),
        (ResultOrder::Scattered, None),
    ] {
        let sandbox = sandbox_with(Rules::default().order(order)).await;
        let mut answered = ids(&batch(&sandbox, &sent).await.json());
        match expected {
            Some(expected) => assert_eq!(&answered, expected),
            None => {
                assert!(answered != in_order && answered != reversed, "{answered:?}");
                answered.sort();
                assert_eq!(answered, in_order);
            }
        }
    }
}

#[tokio::test]
async fn the_status_and_links_of_a_batch_answer() {
    for status in ["COMPLETE", "PENDING", "PROCESSING", "CANCELED", "PAUSED"] {
        let rules = Rules::default()
            .status(status)
            .requested_at(true)
            .links([("next", "https://example.com/next")]);
        let sandbox = sandbox_with(rules).await;
        // The same in a 201 and in a 207.
        for (inputs, code) in [(vec![event("a")], 201), (vec![event("b"), bad("c")], 207)] {
            let answer = batch(&sandbox, &inputs).await;
            let body = answer.json();
            assert_eq!((answer.status, &body["status"]), (code, &json!(status)));
            assert_eq!(body["requestedAt"], "2026-08-01T12:00:00.000000Z");
            assert_eq!(body["links"], json!({ "next": "https://example.com/next" }));
            assert_eq!(body["results"].as_array().map(Vec::len), Some(1));
        }
        assert_eq!(held(&sandbox), ["a", "b"]);
    }
    let body = batch(&sandbox_with(Rules::default()).await, &[event("a")]).await;
    let body = body.json();
    assert_eq!(body["status"], "COMPLETE");
    assert!(body.get("requestedAt").is_none() && body.get("links").is_none());
}

#[tokio::test]
async fn answers_may_have_created_at() {
    let told = |body: &Value| body.get("createdAt").cloned().unwrap_or_default();
    for (rule, expected) in [
        (true, json!("2026-08-01T12:00:00.000Z")),
        (false, Value::Null),
    ] {
        let sandbox = sandbox_with(Rules::default().created_at(rule)).await;
        let body = batch(&sandbox, &[event("a")]).await.json();
        assert_eq!(told(&body["results"][0]), expected);
        let read = format!("{EVENTS}/{TEMPLATE}/a");
        let body = call(&sandbox, "GET", &read, &Value::Null).await.json();
        assert_eq!(told(&body), expected);
        let body = call(&sandbox, "POST", EVENTS, &event("b")).await.json();
        assert_eq!(told(&body), expected);
        assert_eq!(stored(&sandbox, "a").created_at, 1_785_585_600_000);
    }
}

#[tokio::test]
async fn extra_data_may_have_to_be_an_object() {
    let sandbox = sandbox_with(Rules::default().extra_data_is_object(true)).await;
    for (data, is_taken) in [
        (json!({ "a": [1] }), true),
        (Value::Null, true),
        (json!([1]), false),
        (json!("text"), false),
        (json!(1), false),
    ] {
        let mut input = event(&data.to_string());
        input["extraData"] = data.clone();
        let answer = batch(&sandbox, &[input]).await;
        let code = answer.json()["errors"][0]["errors"][0]["code"].clone();
        let expected = if is_taken {
            (201, Value::Null)
        } else {
            (207, json!("INVALID_EXTRA_DATA"))
        };
        assert_eq!((answer.status, code), expected, "{data}");
    }
}

#[tokio::test]
async fn the_token_endpoint_may_take_json() {
    use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Fault, REFRESH_TOKEN, Route};

    let json = json!({
        "grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
    });
    let wrong =
        json!({ "grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": 7 });
    for (take, statuses) in [(false, [415, 415, 415]), (true, [503, 200, 400])] {
        let rules = Rules::default().json_at_token_endpoint(take);
        let sandbox = sandbox_with(rules).await;
        if take {
            let portal_id = sandbox.portal_id();
            sandbox.inject(Fault::status(503).on(Route::Token).in_portal(portal_id));
        }
        for (body, status) in [&json, &json, &wrong].into_iter().zip(statuses) {
            let headers = [("Content-Type", "application/json")];
            let body = body.to_string();
            let answer = send(
                &sandbox,
                "POST",
                "/oauth/2026-03/token",
                &headers,
                body.as_bytes(),
            )
            .await
            .expect("an answer");
            assert_eq!(answer.status, status, "{take}: {}", answer.json());
        }
    }
}

#[tokio::test]
async fn a_timestamp_without_an_offset_may_be_utc() {
    for (take, text, taken) in [
        (false, "2026-08-01T11:00:00", None),
        (
            true,
            "2026-08-01T11:00:00",
            Some("2026-08-01T11:00:00.000Z"),
        ),
        (
            true,
            "2026-08-01T11:00:00.25",
            Some("2026-08-01T11:00:00.250Z"),
        ),
        (
            true,
            "2026-08-01T11:00:00+02:00",
            Some("2026-08-01T09:00:00.000Z"),
        ),
        (true, "2026-08-01", None),
        (true, "yesterday", None),
    ] {
        let rules = Rules::default().timestamp_without_offset(take);
        let sandbox = sandbox_with(rules).await;
        let input = with(event("e"), &[("timestamp", json!(text))]);
        let answer = batch(&sandbox, std::slice::from_ref(&input)).await;
        let body = answer.json();
        match taken {
            Some(taken) => assert_eq!(body["results"][0]["timestamp"], taken, "{take} {text}"),
            None => assert_eq!(
                (answer.status, sandbox.event_count()),
                (400, 0),
                "{take} {text}"
            ),
        }
        let status = if taken.is_some() { 201 } else { 400 };
        sandbox.clear_events();
        let alone = call(&sandbox, "POST", EVENTS, &input).await;
        assert_eq!(alone.status, status, "{take} {text}, alone");
    }
}

#[tokio::test]
async fn ids_success_and_sizes() {
    let sandbox = sandbox_with(
        Rules::default()
            .require_id(false)
            .success(200)
            .events_per_batch(2)
            .request_bytes(300),
    )
    .await;
    let without = with(event("a"), &[("id", Value::Null)]);
    let answer = batch(&sandbox, &[without.clone(), without]).await;
    assert_eq!((answer.status, sandbox.event_count()), (200, 2));
    assert!(sandbox.events().iter().all(|event| event.id.len() == 36));
    let tiny = |id: &str| json!({ "eventTemplateId": "x", "id": id, "tokens": {} });
    assert_eq!(
        batch(&sandbox, &[tiny("a"), tiny("b"), tiny("c")])
            .await
            .status,
        400
    );
    let long = json!({ "inputs": [], "padding": "x".repeat(300) });
    assert_eq!(call(&sandbox, "POST", BATCH, &long).await.status, 413);
    sandbox.set_rules(Rules::default().success(404));
    assert_eq!(batch(&sandbox, &[event("z")]).await.status, 201);
}
