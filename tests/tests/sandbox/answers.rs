//! The JSON of answers, in full.

use serde_json::{Value, json};

use crate::http::{BATCH, EVENTS, batch, call, send};
use crate::{DEALS, TEMPLATE, event, sandbox, with};

fn full() -> Value {
    json!({
        "eventTemplateId": TEMPLATE,
        "id": "full",
        "email": "Ada@example.com",
        "utk": "cookie",
        "objectId": "512",
        "domain": "example.com",
        "customObjectTypeId": "2-3308615",
        "timestamp": 1_785_585_599_999_i64,
        "tokens": { "petName": "Rex", "petAge": 3, "born": 0 },
        "extraData": { "list": [1, 2.5, null, "x"] },
        "timelineIFrame": {
            "linkLabel": "Open", "headerLabel": "Pet", "url": "https://example.com", "width": 800, "height": 300,
        },
    })
}

fn full_result() -> Value {
    with(
        full(),
        &[
            ("objectType", json!("contacts")),
            ("timestamp", json!("2026-08-01T11:59:59.999Z")),
            (
                "tokens",
                json!({ "petName": "Rex", "petAge": "3", "born": "0" }),
            ),
        ],
    )
}

#[tokio::test]
async fn a_batch() {
    let sandbox = sandbox().await;
    let deal = json!({ "eventTemplateId": DEALS, "id": "deal", "objectId": "9", "tokens": {} });
    let answer = batch(&sandbox, &[full(), deal]).await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json;charset=utf-8")
    );
    let mut body = answer.json();
    body["results"]
        .as_array_mut()
        .expect("a list")
        .sort_by_key(|result| result["id"] != "full");
    assert_eq!(
        body,
        json!({
            "status": "COMPLETE",
            "startedAt": "2026-08-01T12:00:00.000000Z",
            "completedAt": "2026-08-01T12:00:00.000000Z",
            "results": [
                full_result(),
                {
                    "id": "deal",
                    "eventTemplateId": DEALS,
                    "objectType": "deals",
                    "objectId": "9",
                    "tokens": {},
                    // The time of receipt.
                    "timestamp": "2026-08-01T12:00:00.000Z",
                },
            ],
        })
    );
}

#[tokio::test]
async fn one_event_created_and_read() {
    let sandbox = sandbox().await;
    let answer = call(&sandbox, "POST", EVENTS, &full()).await;
    assert_eq!((answer.status, answer.json()), (201, full_result()));
    let answer = call(
        &sandbox,
        "GET",
        &format!("{EVENTS}/{TEMPLATE}/full"),
        &Value::Null,
    )
    .await;
    assert_eq!((answer.status, answer.json()), (200, full_result()));
}

#[tokio::test]
async fn what_was_not_sent_is_not_in_the_answer() {
    let sandbox = sandbox().await;
    let body = batch(&sandbox, &[event("e")]).await.json();
    let keys: Vec<&String> = body["results"][0]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    let expected = [
        "email",
        "eventTemplateId",
        "id",
        "objectId",
        "objectType",
        "timestamp",
        "tokens",
    ];
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn a_batch_with_a_bad_event() {
    let sandbox = sandbox().await;
    let bad = with(event("bad"), &[("tokens", json!({ "species": "fish" }))]);
    let answer = batch(&sandbox, &[bad, event("good")]).await;
    assert_eq!(answer.status, 207);
    let body = answer.json();
    let message = "The value of the token species is not one of the token's options";
    assert_eq!(
        body["errors"],
        json!([{
            "status": "error",
            "category": "VALIDATION_ERROR",
            "message": message,
            "context": { "tokenName": ["species"] },
            "errors": [{ "message": message, "code": "INVALID_TOKEN", "context": { "tokenName": ["species"] } }],
            "links": {},
        }])
    );
    assert_eq!(
        (&body["numErrors"], &body["status"]),
        (&json!(1), &json!("COMPLETE"))
    );
    assert_eq!(body["results"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["results"][0]["id"], "good");
}

#[tokio::test]
async fn a_refusal() {
    let sandbox = sandbox().await;
    let answer = send(&sandbox, "POST", BATCH, &[], b"{}")
        .await
        .expect("an answer");
    let mut body = answer.json();
    let correlation = body["correlationId"].take();
    assert_eq!(correlation.as_str().map(str::len), Some(36));
    let message = "Authentication credentials not found: a Bearer token is needed";
    assert_eq!(
        (answer.status, body),
        (
            401,
            json!({
                "status": "error",
                "message": message,
                "correlationId": null,
                "category": "INVALID_AUTHENTICATION",
                "context": {},
                "errors": [{ "message": message, "code": "INVALID_AUTHENTICATION", "context": {} }],
            })
        )
    );
    let again = send(&sandbox, "POST", BATCH, &[], b"{}")
        .await
        .expect("an answer");
    assert_ne!(again.json()["correlationId"], correlation);
}
