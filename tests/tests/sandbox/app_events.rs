//! App events: a request is taken as a whole or not at all.

use serde_json::{Value, json};
use timeline_core::sandbox::{ErrorId, Fault, Rules};
use timeline_core::{Api, EventTemplate, ObjectType, Sandbox, TokenDefinition, limits};

use crate::http::{EVENTS as V3_EVENTS, call};
use crate::{event as v3_event, sandbox, template, with};

const BATCH: &str = "/integrators/timeline/2026-03/events/batch";
const SINGLE: &str = "/integrators/timeline/2026-03/events";
const TYPES: &str = "/integrators/timeline/2026-03/types/projects";

async fn with_types() -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.add_event_type("adopted", template());
    let car = EventTemplate::new("Car sold", ObjectType::Custom("2-7".to_owned()));
    sandbox.add_event_type("sold", car);
    sandbox
}

fn event(id: &str) -> Value {
    json!({
        "eventTypeName": "adopted",
        "id": id,
        "email": "ada@example.com",
        "properties": { "petName": "Rex", "petAge": "3" },
    })
}

/// Status and body.
async fn post(sandbox: &Sandbox, path: &str, body: &Value) -> (u16, Value) {
    let answer = call(sandbox, "POST", path, body).await;
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status, body)
}

async fn batch(sandbox: &Sandbox, inputs: &[Value]) -> (u16, Value) {
    post(sandbox, BATCH, &json!({ "inputs": inputs })).await
}

#[tokio::test]
async fn a_batch_and_its_answer() {
    let sandbox = with_types().await;
    for path in [
        BATCH,
        &BATCH.replace("2026-03", "2026-09"),
        &BATCH.replace("2026-03", "v4"),
    ] {
        sandbox.clear_events();
        let inputs = json!({ "inputs": [event("a"), event("b")] });
        let (status, body) = post(&sandbox, path, &inputs).await;
        assert_eq!((status, &body["status"]), (200, &json!("COMPLETE")));
        let results = body["results"].as_array().expect("a list");
        let a = results
            .iter()
            .find(|result| result["id"] == "a")
            .expect("it is listed");
        assert_eq!(a["eventTypeName"], "adopted");
        assert_eq!(a["properties"], json!({ "petName": "Rex", "petAge": "3" }));
        assert!(a["objectId"].is_string() && a["timestamp"].is_string());
        for key in ["createdAt", "objectType", "eventTemplateId", "tokens"] {
            assert!(a.get(key).is_none(), "{key}");
        }
        for key in ["startedAt", "completedAt"] {
            assert!(body[key].is_string(), "{key}");
        }
        assert!(body.get("errors").is_none() && body.get("numErrors").is_none());
        assert!(
            sandbox
                .events()
                .iter()
                .all(|event| event.api == Api::AppEvents)
        );
    }
    assert_eq!(batch(&sandbox, &[]).await.0, 200);
}

#[tokio::test]
async fn one_bad_event_refuses_its_request() {
    let sandbox = with_types().await;
    for (what, keys) in [
        (
            "an unknown event type",
            vec![("eventTypeName", json!("vanished"))],
        ),
        (
            "an unknown property",
            vec![("properties", json!({ "petname": "Rex" }))],
        ),
        (
            "a value of another type",
            vec![("properties", json!({ "petAge": "old" }))],
        ),
        ("no identifier", vec![("email", Value::Null)]),
        ("an e-mail that is none", vec![("email", json!("ada"))]),
        ("no properties", vec![("properties", Value::Null)]),
        ("no id", vec![("id", Value::Null)]),
        ("no event type", vec![("eventTypeName", Value::Null)]),
        (
            "a custom object's name",
            vec![("objectTypeFullyQualifiedName", json!("p1_car"))],
        ),
        ("too long an id", vec![("id", json!("x".repeat(501)))]),
    ] {
        let bad = with(event("bad"), &keys);
        let (status, body) = batch(&sandbox, &[event("good"), bad.clone(), event("better")]).await;
        assert_eq!(status, 400, "{what}: {body}");
        assert_eq!(post(&sandbox, SINGLE, &bad).await.0, 400, "{what}");
        assert_eq!(sandbox.event_count(), 0, "{what}");
    }
    let many: Vec<Value> = (0..=limits::APP_EVENTS_PER_BATCH)
        .map(|n| event(&n.to_string()))
        .collect();
    assert_eq!(batch(&sandbox, &many).await.0, 400);
    assert_eq!(batch(&sandbox, &many[1..]).await.0, 200);
}

#[tokio::test]
async fn an_id_that_exists_is_a_conflict_for_all() {
    let sandbox = with_types().await;
    assert_eq!(batch(&sandbox, &[event("a")]).await.0, 200);
    for inputs in [
        vec![event("b"), event("a")],
        vec![event("c"), event("c")],
        vec![
            with(event("a"), &[("email", json!("bob@example.com"))]),
            event("d"),
        ],
    ] {
        let (status, body) = batch(&sandbox, &inputs).await;
        assert_eq!(
            (status, &body["category"]),
            (409, &json!("CONFLICT")),
            "{body}"
        );
    }
    assert_eq!(sandbox.event_count(), 1);
    // The same id in v3 is another event.
    let (status, _) = post(&sandbox, V3_EVENTS, &v3_event("a")).await;
    assert_eq!((status, sandbox.event_count()), (201, 2));
    // If the rules say so, the answer names the events that are at fault.
    sandbox.set_rules(Rules::default().error_id(ErrorId::Context));
    let (_, body) = batch(&sandbox, &[event("b"), event("a")]).await;
    assert!(body.to_string().contains(r#""id":["a"]"#), "{body}");
}

#[tokio::test]
async fn one_event_alone() {
    let sandbox = with_types().await;
    let (status, body) = post(&sandbox, SINGLE, &event("a")).await;
    assert_eq!((status, &body["id"]), (201, &json!("a")));
    assert_eq!(post(&sandbox, SINGLE, &event("a")).await.0, 409);
    sandbox.set_rules(Rules::default().empty_single(true));
    let (status, body) = post(&sandbox, SINGLE, &event("b")).await;
    assert_eq!((status, body), (200, Value::Null));
    assert_eq!(sandbox.event_count(), 2);
}

#[tokio::test]
async fn a_custom_object_goes_by_its_full_name() {
    let sandbox = with_types().await;
    let sold = |keys: &[(&str, Value)]| {
        let sold = json!({ "eventTypeName": "sold", "id": "a", "objectId": "7", "properties": {} });
        with(sold, keys)
    };
    assert_eq!(batch(&sandbox, &[sold(&[])]).await.0, 400);
    let named = sold(&[("objectTypeFullyQualifiedName", json!("p62515_car"))]);
    let (status, body) = batch(&sandbox, &[named]).await;
    assert_eq!(status, 200);
    assert_eq!(
        body["results"][0]["objectTypeFullyQualifiedName"],
        "p62515_car"
    );
}

#[tokio::test]
async fn full_names_of_event_types() {
    let sandbox = with_types().await;
    sandbox.add_project_type("shelter", "adopted", "a1_adopted");
    let asked =
        |symbol: &str, project: &str| json!({ "developerSymbol": symbol, "projectName": project });
    let (status, body) = post(&sandbox, TYPES, &asked("adopted", "shelter")).await;
    assert_eq!(
        (status, &body["fullyQualifiedName"]),
        (200, &json!("a1_adopted"))
    );
    assert_eq!(
        body["developerQualifiedSymbol"],
        asked("adopted", "shelter")
    );
    for (symbol, project) in [("adopted", "other"), ("sold", "shelter")] {
        let (status, body) = post(&sandbox, TYPES, &asked(symbol, project)).await;
        assert_eq!(
            (status, &body["category"]),
            (404, &json!("OBJECT_NOT_FOUND"))
        );
    }
    assert_eq!(
        post(&sandbox, TYPES, &json!({ "projectName": "shelter" }))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn after_the_move_v3_answers_401() {
    let sandbox = with_types().await;
    assert_eq!(post(&sandbox, V3_EVENTS, &v3_event("a")).await.0, 201);
    sandbox.move_to_app_events();
    let (status, body) = post(&sandbox, V3_EVENTS, &v3_event("b")).await;
    assert_eq!(
        (status, &body["category"]),
        (401, &json!("INVALID_AUTHENTICATION"))
    );
    assert_eq!(batch(&sandbox, &[event("b")]).await.0, 200);
}

#[tokio::test]
async fn faults_happen_to_them_too() {
    let sandbox = with_types().await;
    sandbox.inject(Fault::status(503).stored());
    assert_eq!(batch(&sandbox, &[event("a")]).await.0, 503);
    assert_eq!(sandbox.event_count(), 1);
    sandbox.inject(Fault::refuse_event("c"));
    assert_eq!(batch(&sandbox, &[event("b"), event("c")]).await.0, 400);
    assert_eq!(sandbox.event_count(), 1);
}

#[tokio::test]
async fn reserved_names_are_a_warning() {
    let sandbox = sandbox().await;
    let token = |name: &str| TokenDefinition::new::<str>(name, name).expect("a name");
    let template = EventTemplate::new("A", ObjectType::Contacts)
        .token(token("timestamp"))
        .token(token("page"));
    sandbox.add_event_type("visited", template);
    assert_eq!(
        sandbox.warnings(),
        ["the event type visited has a property timestamp, a name that HubSpot reserves"]
    );
}
