//! The path, the method and the body's shape of requests.

use serde_json::{Value, json};

use crate::http::{BATCH, EVENTS, batch, call, raw};
use crate::{TEMPLATE, event, sandbox, with};

const TEMPLATES: &str = "/integrators/timeline/v3/7/event-templates";

#[tokio::test]
async fn a_wrong_type_refuses_the_whole_request() {
    let sandbox = sandbox().await;
    let inputs = |input: Value| json!({ "inputs": [event("good"), input] });
    let instead = |key: &str, value: Value| inputs(with(event("e"), &[(key, value)]));
    let iframe = |width: Value| {
        let keys = json!({ "linkLabel": "a", "headerLabel": "b", "url": "c", "height": 1 });
        instead("timelineIFrame", with(keys, &[("width", width)]))
    };
    let pixels = "width must be a whole number of pixels, at most 2147483647";
    for (body, message) in [
        (json!([]), "the body must be an object"),
        (json!({ "inputs": {} }), "inputs must be a list"),
        (inputs(json!("e")), "an event must be an object"),
        (
            instead("eventTemplateId", json!(1_001_298)),
            "eventTemplateId must be a string",
        ),
        (instead("id", json!(7)), "id must be a string"),
        (instead("email", json!(["a"])), "email must be a string"),
        (instead("objectId", json!(7)), "objectId must be a string"),
        (instead("tokens", json!([])), "tokens must be an object"),
        (
            instead("tokens", json!({ "petName": true })),
            "tokens.petName must be a string",
        ),
        (
            instead("tokens", json!({ "petName": {} })),
            "tokens.petName must be a string",
        ),
        (
            instead("timestamp", json!("yesterday")),
            "timestamp must be ISO-8601 or milliseconds since 1970",
        ),
        (
            instead("timestamp", json!(1.5)),
            "timestamp must be ISO-8601 or milliseconds since 1970",
        ),
        (
            instead("timestamp", json!(i64::MAX)),
            "timestamp must be ISO-8601 or milliseconds since 1970",
        ),
        (
            instead("timelineIFrame", json!("a")),
            "timelineIFrame must be an object",
        ),
        (iframe(json!(2_147_483_648_u64)), pixels),
        (iframe(json!(-1)), pixels),
        (iframe(json!(1.5)), pixels),
        (iframe(json!("1")), pixels),
    ] {
        let answer = call(&sandbox, "POST", BATCH, &body).await;
        let error = answer.json();
        assert_eq!(
            (answer.status, &error["message"]),
            (400, &json!(message)),
            "{body}"
        );
        assert_eq!(error["category"], "VALIDATION_ERROR", "{body}");
        assert_eq!(error["status"], "error", "{body}");
    }
    let answer = raw(&sandbox, "POST", BATCH, br#"{"inputs":[}"#)
        .await
        .expect("an answer");
    assert_eq!(
        answer.json()["message"],
        "Invalid input JSON on line 1, column 12"
    );
    assert_eq!((answer.status, sandbox.event_count()), (400, 0));
}

/// The message is in HubSpot's recorded words: where the object ends, its type, and the keys that it lacks. There is no
/// category.
#[tokio::test]
async fn a_missing_key_refuses_the_whole_request() {
    let sandbox = sandbox().await;
    let good = event("good").to_string();
    let inputs = |input: &str| format!("{{\"inputs\":[{good},\n{input}]}}");
    let iframe = r#"{"eventTemplateId":"1","id":"e","tokens":{},"timelineIFrame":{"url":"c"}}"#;
    for (method, path, body, place, lacking) in [
        (
            "POST",
            BATCH,
            "{}".to_owned(),
            "line 1, column 2",
            "BatchInputTimelineEvent [inputs]",
        ),
        (
            "POST",
            BATCH,
            r#"{"inputs":null}"#.to_owned(),
            "line 1, column 15",
            "BatchInputTimelineEvent [inputs]",
        ),
        (
            "POST",
            BATCH,
            inputs(r#"{"id":"e","tokens":{}}"#),
            "line 2, column 22",
            "TimelineEvent [eventTemplateId]",
        ),
        (
            "POST",
            BATCH,
            inputs("{}"),
            "line 2, column 2",
            "TimelineEvent [eventTemplateId, id, tokens]",
        ),
        (
            "POST",
            BATCH,
            inputs(iframe),
            "line 2, column 72",
            "TimelineEventIFrame [linkLabel, headerLabel, width, height]",
        ),
        (
            "POST",
            EVENTS,
            r#"{"eventTemplateId":"1","id":null,"tokens":{}}"#.to_owned(),
            "line 1, column 45",
            "TimelineEvent [id]",
        ),
        (
            "POST",
            TEMPLATES,
            r#"{"name":"n"}"#.to_owned(),
            "line 1, column 12",
            "TimelineEventTemplateCreateRequest [objectType, tokens]",
        ),
        (
            "POST",
            TEMPLATES,
            r#"{"name":"n","objectType":"c","tokens":[{"type":"date"} ]}"#.to_owned(),
            "line 1, column 54",
            "TimelineEventTemplateToken [name, label]",
        ),
        (
            "PUT",
            "/integrators/timeline/v3/7/event-templates/1001298",
            r#"{"id":"1001298"}"#.to_owned(),
            "line 1, column 16",
            "TimelineEventTemplateUpdateRequest [name, tokens]",
        ),
        (
            "PUT",
            "/integrators/timeline/v3/7/event-templates/1001298/tokens/petName",
            "{}".to_owned(),
            "line 1, column 2",
            "TimelineEventTemplateTokenUpdateRequest [label]",
        ),
        (
            "PUT",
            "/integrators/timeline/v3/7/event-templates/1001298/tokens/species",
            r#"{"label":"l","options":[{"value":"dog"}]}"#.to_owned(),
            "line 1, column 39",
            "TimelineEventTemplateTokenOption [label]",
        ),
    ] {
        let answer = raw(&sandbox, method, path, body.as_bytes())
            .await
            .expect("an answer");
        let (of, keys) = lacking.split_once(' ').expect("two words");
        let message = format!(
            "Invalid input JSON on {place}: Cannot build {of}, some of required attributes are not set {keys}"
        );
        let mut error = answer.json();
        assert!(error["correlationId"].take().is_string());
        let told = json!({ "status": "error", "message": message, "correlationId": null });
        assert_eq!((answer.status, error), (400, told), "{body}");
    }
    assert_eq!(sandbox.event_count(), 0);
}

#[tokio::test]
async fn a_refusal_for_a_size_names_the_event() {
    let sandbox = sandbox().await;
    let long = "x".repeat(510_001);
    let input = |id: &str, keys: &[(&str, Value)]| with(event(id), keys);
    for (input, message) in [
        (
            input("order-1", &[("tokens", json!({ "petName": long }))]),
            "the token petName has 510001 bytes, at most 510000 are allowed",
        ),
        (
            input("order-1", &[("extraData", json!("x".repeat(1_000_000)))]),
            "the event has 1000125 bytes, at most 1000000 are allowed",
        ),
    ] {
        let body = batch(&sandbox, &[input]).await.json();
        let expected = format!("Event order-1 failed with validation error(s): {message}");
        assert_eq!(body["errors"][0]["message"], json!(expected));
    }
    let id = "x".repeat(501);
    let body = batch(&sandbox, &[event(&id)]).await.json();
    let told = body["errors"][0]["message"].as_str().expect("a text");
    assert!(told.starts_with(&format!("Event {id} failed with validation error(s): ")));
}

#[tokio::test]
async fn paths_and_methods() {
    let sandbox = sandbox().await;
    let read = format!("{EVENTS}/{TEMPLATE}/nobody");
    let detail = format!("{read}/detail");
    let render = format!("{read}/render?detail=true");
    for (method, path, status, allow) in [
        ("GET", BATCH, 405, Some("POST")),
        ("PUT", EVENTS, 405, Some("POST")),
        ("DELETE", &*read, 405, Some("GET")),
        ("GET", &*read, 404, None),
        ("POST", "/integrators/timeline/v3/events/batch", 404, None),
        ("POST", "/integrators/timeline/v5/events", 404, None),
        ("GET", "/nowhere", 404, None),
        ("POST", "/", 404, None),
        ("PATCH", "/crm/v3/objects/contacts", 404, None),
        ("GET", &*detail, 501, None),
        ("GET", &*render, 501, None),
        ("POST", &*detail, 405, Some("GET")),
        ("GET", "/oauth/v1/token", 405, Some("POST")),
        (
            "PATCH",
            "/integrators/timeline/v3/7/event-templates",
            405,
            Some("GET, POST"),
        ),
        (
            "POST",
            "/integrators/timeline/v3/7/event-templates/1",
            405,
            Some("GET, PUT, DELETE"),
        ),
        (
            "GET",
            "/integrators/timeline/v3/7/event-templates/1/tokens",
            405,
            Some("POST"),
        ),
        (
            "GET",
            "/integrators/timeline/v3/7/event-templates/1/tokens/a",
            405,
            Some("PUT, DELETE"),
        ),
    ] {
        let answer = call(&sandbox, method, path, &Value::Null).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (status, allow),
            "{method} {path}"
        );
        let mut body = answer.json();
        assert!(body["correlationId"].take().is_string(), "{method} {path}");
        // The answer about an unknown object has a category; the answer to an unknown path has none.
        if status == 404 && path != read {
            let told = json!({ "status": "error", "message": "resource not found", "correlationId": null });
            assert_eq!(body, told, "{method} {path}");
        } else {
            assert!(body["category"].is_string(), "{method} {path}");
        }
    }
}
