//! The sandbox's page over plain HTTP: what it answers, and that looking at it changes nothing.

use std::time::Duration;

use serde_json::{Value, json};
use timeline_core::sandbox::{Fault, Route};
use timeline_core::{Api, EventTemplate, ObjectType, Sandbox};

use crate::http::{Answer, batch, call};
use crate::{event, sandbox};

async fn get(sandbox: &Sandbox, path: &str) -> Answer {
    call(sandbox, "GET", path, &Value::Null).await
}

async fn state(sandbox: &Sandbox, query: &str) -> Value {
    get(sandbox, &format!("/console/state?{query}"))
        .await
        .json()
}

#[tokio::test]
async fn its_files_run_nothing_from_elsewhere() {
    let sandbox = sandbox().await;
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/console/page.css", "text/css; charset=utf-8"),
        ("/console/page.js", "text/javascript; charset=utf-8"),
        ("/console/icon.svg", "image/svg+xml"),
        ("/console/state", "application/json"),
    ] {
        let answer = get(&sandbox, path).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(content_type)),
            "{path}"
        );
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    let page = String::from_utf8(get(&sandbox, "/").await.body).expect("UTF-8");
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "everything is its own"
    );
    assert_eq!(get(&sandbox, "/console/none").await.status, 404);
}

/// The page is outside of limits, faults, access tokens and counts.
#[tokio::test]
async fn looking_changes_nothing() {
    let builder = Sandbox::builder().rate_limit(1, Duration::from_secs(10));
    let sandbox = builder.start().await.expect("a free port");
    sandbox.inject(Fault::status(503).on(Route::Any).forever());
    for _ in 0..5 {
        assert_eq!(get(&sandbox, "/").await.status, 200);
        assert_eq!(get(&sandbox, "/console/state").await.status, 200);
    }
    assert_eq!((sandbox.requests(), sandbox.seen().len()), (0, 0));
    assert_eq!(sandbox.faults(), 1);
    assert_eq!(batch(&sandbox, &[event("order-1")]).await.status, 503);
}

#[tokio::test]
async fn records_cards_and_requests() {
    let sandbox = sandbox().await;
    let mut second = event("order-2");
    second["email"] = json!("grace@example.com");
    second["timestamp"] = json!("2026-08-02T12:00:00Z");
    let mut bad = event("order-3");
    bad["email"] = json!("nobody");
    let mut worse = event("order-4");
    worse["eventTemplateId"] = json!("4711");
    batch(&sandbox, &[event("order-1"), second, bad, worse]).await;

    let all = state(&sandbox, "").await;
    assert_eq!((&all["events"], &all["requests"]), (&json!(2), &json!(1)));
    assert_eq!(all["records"][0]["name"], "grace@example.com");
    assert_eq!(
        (&all["record"], &all["cards"][0]["id"]),
        (&all["records"][0]["key"], &json!("order-2"))
    );
    assert_eq!(all["cards"][0]["json"]["id"], "order-2");
    let log = &all["log"][0];
    assert_eq!(
        (&log["status"], &log["method"]),
        (&json!(207), &json!("POST"))
    );
    let ids = |list: &Value| {
        let list = list.as_array().expect("a list").iter();
        let mut ids: Vec<String> = list
            .map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect();
        // HubSpot promises no order.
        ids.sort();
        ids
    };
    assert_eq!(ids(&log["taken"]), ["order-1", "order-2"]);
    assert_eq!(log["taken"][0]["template"], crate::TEMPLATE);
    assert_eq!(ids(&log["refused"]), ["order-3", "order-4"]);
    assert!(
        log["refused"][0]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("nobody"))
    );

    // The search, and another record.
    let found = state(&sandbox, "search=GRACE").await;
    assert_eq!(found["records"].as_array().map(Vec::len), Some(1));
    let other = all["records"][1]["key"]
        .as_str()
        .expect("a key")
        .replace(' ', "%20");
    let chosen = state(&sandbox, &format!("record={other}")).await;
    assert_eq!(chosen["cards"][0]["id"], "order-1");

    // A state that the page knows already is not sent again; every change is.
    let version = |of: &Value| of["version"].as_str().expect("a version").to_owned();
    let known = format!("version={}", version(&all).replace(' ', "%20"));
    assert_eq!(state(&sandbox, &known).await, json!({ "same": true }));
    sandbox.add_template(EventTemplate::new("New", ObjectType::Deals));
    let changed = state(&sandbox, &known).await;
    assert_eq!(changed["templates"].as_array().map(Vec::len), Some(3));
    sandbox.clear_events();
    assert_eq!(
        state(
            &sandbox,
            &format!("version={}", version(&changed).replace(' ', "%20"))
        )
        .await["events"],
        0
    );
}

/// Both APIs, refusals of a whole request, and answers that are lost.
#[tokio::test]
async fn what_the_log_says() {
    let builder = Sandbox::builder().api(Api::AppEvents);
    let sandbox = builder.start().await.expect("a free port");
    sandbox.add_event_type(
        "visited",
        EventTemplate::new("Visited", ObjectType::Contacts),
    );
    let visit = |id: &str, email: &str| json!({ "eventTypeName": "visited", "id": id, "email": email, "properties": {} });
    let path = "/integrators/timeline/2026-03/events/batch";
    let send =
        async |inputs: Value| call(&sandbox, "POST", path, &json!({ "inputs": inputs })).await;
    send(json!([
        visit("1", "ada@example.com"),
        visit("2", "nobody"),
        visit("3", "no one")
    ]))
    .await;
    sandbox.inject(Fault::status(503));
    send(json!([visit("4", "ada@example.com")])).await;
    send(json!([visit("5", "ada@example.com")])).await;

    let all = state(&sandbox, "").await;
    let [taken, faulty, refused] = &all["log"].as_array().expect("a list")[..] else {
        panic!("three requests: {all}");
    };
    assert_eq!(
        (
            &refused["status"],
            refused["taken"].as_array().map(Vec::len)
        ),
        (&json!(400), Some(0))
    );
    assert_eq!(refused["refused"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&faulty["status"], &faulty["fault"]),
        (&json!(503), &json!(true))
    );
    assert_eq!(
        (&taken["status"], &taken["taken"][0]["id"]),
        (&json!(200), &json!("5"))
    );
    assert_eq!(
        (&all["cards"][0]["api"], &all["cards"][0]["template"]),
        (&json!("app events"), &json!("Visited"))
    );
}

/// The log keeps the last requests, and the page looks at the newest events alone.
#[tokio::test]
async fn memory_has_an_end() {
    let sandbox = sandbox().await;
    for n in 0..205 {
        batch(&sandbox, &[event(&format!("order-{n}"))]).await;
    }
    let all = state(&sandbox, "").await;
    assert_eq!(
        (&all["requests"], all["log"].as_array().map(Vec::len)),
        (&json!(205), Some(200))
    );
    assert_eq!(all["log"][0]["number"], 205);
    assert_eq!(
        (
            &all["records"][0]["count"],
            all["cards"].as_array().map(Vec::len)
        ),
        (&json!(205), Some(200))
    );
}
