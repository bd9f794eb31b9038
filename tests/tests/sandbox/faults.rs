//! Faults, one by one, and what the sandbox holds afterwards.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use timeline_core::Fault;
use timeline_core::sandbox::{REFRESH_TOKEN, Route, Sandbox, TestClock};

use crate::http::{Answer, BATCH, EVENTS, batch, call, raw};
use crate::{TEMPLATE, event, held, sandbox};

async fn try_batch(sandbox: &Sandbox, ids: &[&str]) -> std::io::Result<Answer> {
    let events: Vec<Value> = ids.iter().map(|id| event(id)).collect();
    raw(
        sandbox,
        "POST",
        BATCH,
        json!({ "inputs": events }).to_string().as_bytes(),
    )
    .await
}

fn listed(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let results = body["results"].as_array().expect("a list").iter();
    let mut ids: Vec<String> = results
        .map(|result| result["id"].as_str().expect("an id").to_owned())
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn an_answer_of_the_tests_choice() {
    let sandbox = sandbox().await;
    let over = r#"{"errorType":"RATE_LIMIT"}"#;
    for (fault, status, body, stored) in [
        (Fault::status(503), 503, None, false),
        (Fault::status(503).stored(), 503, None, true),
        (
            Fault::status(429).body(over).header("Retry-After", "2"),
            429,
            Some(over),
            false,
        ),
        (
            Fault::status(502).body("<html>"),
            502,
            Some("<html>"),
            false,
        ),
        (
            Fault::status(200).body("nonsense").stored(),
            200,
            Some("nonsense"),
            true,
        ),
        (Fault::status(204), 204, Some(""), false),
        (Fault::status(200), 200, Some("{}"), false),
        (Fault::slow(Duration::ZERO).body("{"), 201, Some("{"), true),
    ] {
        sandbox.clear_events();
        sandbox.inject(fault.clone().header("X-Trace", "7"));
        let answer = try_batch(&sandbox, &["a"]).await.expect("an answer");
        assert_eq!(
            (answer.status, sandbox.event_count()),
            (status, usize::from(stored)),
            "{fault:?}"
        );
        assert_eq!(answer.header("x-trace"), Some("7"));
        let json = (status != 204).then_some("application/json;charset=utf-8");
        assert_eq!(answer.header("content-type"), json, "{fault:?}");
        match body {
            Some(body) => assert_eq!(String::from_utf8_lossy(&answer.body), body, "{fault:?}"),
            None => assert_eq!(answer.json()["category"], "INTERNAL_ERROR", "{fault:?}"),
        }
        // A fault happens once by default.
        assert_eq!(sandbox.faults(), 0);
    }
    sandbox.inject(Fault::status(502).header("content-type", "text/html"));
    let answer = try_batch(&sandbox, &["a"]).await.expect("an answer");
    assert_eq!(answer.header("content-type"), Some("text/html"));
    sandbox.inject(Fault::status(403));
    let body = try_batch(&sandbox, &["a"]).await.expect("an answer").json();
    assert_eq!(
        body["errors"][0]["context"]["requiredGranularScopes"],
        json!(["timeline"])
    );
    sandbox.inject(Fault::status(429));
    let body = try_batch(&sandbox, &["a"]).await.expect("an answer").json();
    assert_eq!(
        (&body["errorType"], &body["policyName"]),
        (&json!("RATE_LIMIT"), &json!("TEN_SECONDLY_ROLLING"))
    );
    for impossible in [
        Fault::status(99),
        Fault::status(101),
        Fault::status(1000),
        Fault::status(503).header("a b", "c"),
    ] {
        sandbox.inject(impossible);
        let answer = try_batch(&sandbox, &["a"]).await.expect("an answer");
        assert_eq!(answer.status, 500);
        assert!(String::from_utf8_lossy(&answer.body).contains("the injected fault"));
    }
}

#[tokio::test]
async fn a_lost_answer() {
    let sandbox = sandbox().await;
    for (fault, stored, status) in [
        (Fault::cut_before(), false, None),
        (Fault::cut_after(), true, None),
        (Fault::cut_after().not_stored(), false, None),
        (Fault::truncated(), true, Some(201)),
        (Fault::truncated().not_stored(), false, Some(201)),
    ] {
        sandbox.clear_events();
        sandbox.inject(fault.clone());
        let answer = try_batch(&sandbox, &["a", "b"]).await;
        let error = answer.err().map(|error| error.kind());
        assert!(
            matches!(
                error,
                Some(ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset)
            ),
            "{fault:?}: {error:?}"
        );
        let left = (
            sandbox.event_count(),
            sandbox.seen().last().and_then(|last| last.status),
        );
        assert_eq!(left, (if stored { 2 } else { 0 }, status), "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_never_comes() {
    let sandbox = sandbox().await;
    for (fault, stored) in [
        (Fault::stall_before(), false),
        (Fault::stall_after(), true),
        (Fault::stall_in_body(), true),
    ] {
        sandbox.clear_events();
        sandbox.inject(fault.clone());
        let answer =
            tokio::time::timeout(Duration::from_millis(100), try_batch(&sandbox, &["a"])).await;
        assert!(answer.is_err(), "{fault:?}");
        assert_eq!(sandbox.event_count(), usize::from(stored), "{fault:?}");
        // Other requests are served in the meantime.
        assert!(try_batch(&sandbox, &["b"]).await.is_ok());
    }
}

#[tokio::test]
async fn half_of_a_truncated_answer_arrives() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let sandbox = sandbox().await;
    sandbox.inject(Fault::truncated());
    let body = json!({ "inputs": [event("a")] }).to_string();
    let request = format!(
        "POST {BATCH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sandbox-access-token\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let address = sandbox.base_url().strip_prefix("http://").expect("http");
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("connects");
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(60), read).await;
    read.expect("the connection is closed").expect("reads");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let promised = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .expect("a length");
    assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    assert_eq!(body.len(), promised.parse::<usize>().expect("a number") / 2);
    assert!(body.contains("results"), "{body}");
}

#[tokio::test]
async fn an_answer_that_is_false() {
    let sandbox = sandbox().await;
    for (fault, results, stored) in [
        (Fault::empty_results(), 0, 3),
        (Fault::empty_results().not_stored(), 0, 0),
        (Fault::results_without(1), 2, 3),
        (Fault::results_without(9), 0, 3),
        (Fault::strangers(2), 5, 3),
        (Fault::slow(Duration::ZERO).not_stored(), 3, 0),
    ] {
        sandbox.clear_events();
        sandbox.inject(fault.clone());
        let answer = try_batch(&sandbox, &["a", "b", "c"])
            .await
            .expect("an answer");
        assert_eq!(answer.json()["status"], "COMPLETE");
        assert_eq!(
            (answer.status, listed(&answer).len()),
            (201, results),
            "{fault:?}"
        );
        assert_eq!(sandbox.event_count(), stored, "{fault:?}");
    }
    sandbox.clear_events();
    sandbox.inject(Fault::oversized(5_000_000));
    let answer = try_batch(&sandbox, &["a"]).await.expect("an answer");
    assert!(answer.body.len() > 5_000_000);
    assert_eq!(listed(&answer), ["a"]);
}

#[tokio::test]
async fn a_false_answer_about_events_that_exist() {
    let sandbox = sandbox().await;
    assert_eq!(
        try_batch(&sandbox, &["a"]).await.expect("an answer").status,
        201
    );
    sandbox.inject(Fault::slow(Duration::ZERO).not_stored());
    let answer = try_batch(&sandbox, &["a", "b", "b"])
        .await
        .expect("an answer");
    assert_eq!(
        (
            answer.status,
            listed(&answer),
            answer.json()["numErrors"].clone()
        ),
        (207, vec!["b".to_owned()], json!(2))
    );
    let event = sandbox.event(TEMPLATE, "a").expect("held");
    assert_eq!(
        (held(&sandbox), event.writes, event.sent),
        (vec!["a".to_owned()], 1, 1)
    );
}

#[tokio::test]
async fn faults_follow_a_script() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503).after(2).times(2));
    sandbox.inject(Fault::status(500));
    let mut statuses = Vec::new();
    for number in 0..6 {
        let id = number.to_string();
        statuses.push(try_batch(&sandbox, &[&id]).await.expect("an answer").status);
    }
    assert_eq!(statuses, [201, 201, 503, 503, 500, 201]);
    sandbox.inject(Fault::status(500).forever());
    for _ in 0..3 {
        assert_eq!(
            try_batch(&sandbox, &["x"]).await.expect("an answer").status,
            500
        );
    }
    assert_eq!(sandbox.faults(), 1);
    sandbox.clear_faults();
    assert_eq!(
        try_batch(&sandbox, &["x"]).await.expect("an answer").status,
        201
    );
}

#[tokio::test]
async fn faults_by_route() {
    let sandbox = sandbox().await;
    let read = format!("{EVENTS}/{TEMPLATE}/a");
    batch(&sandbox, &[event("a")]).await;
    for route in [Route::Read, Route::Templates, Route::Token] {
        sandbox.inject(Fault::status(500).on(route));
    }
    assert_eq!(
        try_batch(&sandbox, &["b"]).await.expect("an answer").status,
        201
    );
    assert_eq!(
        call(&sandbox, "POST", EVENTS, &event("c")).await.status,
        201
    );
    for path in [&*read, "/integrators/timeline/v3/7/event-templates"] {
        assert_eq!(
            call(&sandbox, "GET", path, &Value::Null).await.status,
            500,
            "{path}"
        );
        assert_eq!(
            call(&sandbox, "GET", path, &Value::Null).await.status,
            200,
            "{path}"
        );
    }
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let form = format!(
        "grant_type=refresh_token&client_id=sandbox-client-id&client_secret=sandbox-client-secret&refresh_token={REFRESH_TOKEN}"
    );
    for status in [500, 200] {
        let answer = crate::http::send(
            &sandbox,
            "POST",
            "/oauth/v1/token",
            &headers,
            form.as_bytes(),
        )
        .await;
        assert_eq!(answer.expect("an answer").status, status);
    }
    sandbox.inject(Fault::status(500).on(Route::Any).times(2));
    assert_eq!(
        call(&sandbox, "GET", "/nowhere", &Value::Null).await.status,
        500
    );
    assert_eq!(call(&sandbox, "GET", &read, &Value::Null).await.status, 500);
    assert_eq!(
        call(&sandbox, "GET", "/nowhere", &Value::Null).await.status,
        404
    );
}

#[tokio::test]
async fn faults_that_are_about_one_event() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(500).with_event("poison").forever());
    sandbox.inject(
        Fault::refuse_event("bad")
            .category(409, "CONFLICT")
            .times(2),
    );
    assert_eq!(
        try_batch(&sandbox, &["a", "poison"])
            .await
            .expect("an answer")
            .status,
        500
    );
    assert_eq!(
        call(&sandbox, "POST", EVENTS, &event("poison"))
            .await
            .status,
        500
    );
    let answer = try_batch(&sandbox, &["a", "bad"]).await.expect("an answer");
    assert_eq!(
        (answer.status, listed(&answer)),
        (207, vec!["a".to_owned()])
    );
    assert_eq!(answer.json()["errors"][0]["category"], "CONFLICT");
    assert_eq!(
        call(&sandbox, "POST", EVENTS, &event("bad")).await.status,
        409
    );
    assert_eq!(
        call(&sandbox, "POST", EVENTS, &event("bad")).await.status,
        201
    );
    assert_eq!(
        (held(&sandbox), sandbox.faults()),
        (vec!["a".to_owned(), "bad".to_owned()], 1)
    );
}

#[tokio::test]
async fn a_delayed_answer_moves_the_sandboxs_clock() {
    let clock = TestClock::new();
    let sandbox = Sandbox::builder()
        .clock(Arc::new(clock.clone()))
        .start()
        .await
        .expect("a port");
    sandbox.add_template(crate::template());
    sandbox.inject(Fault::slow(Duration::from_secs(40)));
    sandbox.inject(Fault::status(503).delay(Duration::from_secs(2)));
    let begun = std::time::Instant::now();
    assert_eq!(
        try_batch(&sandbox, &["a"]).await.expect("an answer").status,
        201
    );
    assert_eq!(
        try_batch(&sandbox, &["b"]).await.expect("an answer").status,
        503
    );
    assert_eq!(
        timeline_core::Clock::elapsed(&clock),
        Duration::from_secs(42)
    );
    assert!(begun.elapsed() < Duration::from_secs(10));

    let sandbox = sandbox_on_real_time().await;
    sandbox.inject(Fault::slow(Duration::from_millis(30)));
    let begun = std::time::Instant::now();
    assert_eq!(
        try_batch(&sandbox, &["a"]).await.expect("an answer").status,
        201
    );
    assert!(begun.elapsed() >= Duration::from_millis(30));
}

async fn sandbox_on_real_time() -> Sandbox {
    let sandbox = Sandbox::start().await.expect("a port");
    sandbox.add_template(crate::template());
    sandbox
}

#[tokio::test]
async fn a_fault_before_the_request_changes_nothing_on_any_route() {
    let sandbox = sandbox().await;
    let templates = "/integrators/timeline/v3/7/event-templates";
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let refresh = format!(
        "grant_type=refresh_token&client_id=sandbox-client-id&client_secret=sandbox-client-secret&refresh_token={REFRESH_TOKEN}"
    );
    let create = json!({ "name": "Order", "objectType": "contacts", "tokens": [] }).to_string();
    for (fault, done) in [
        (Fault::status(500), 0),
        (Fault::cut_before(), 0),
        (Fault::status(500).stored(), 1),
        (Fault::cut_after(), 1),
    ] {
        let (issued, held) = (sandbox.tokens_issued(), sandbox.templates().len());
        sandbox.inject(fault.clone().on(Route::Any).times(2));
        let token = "/oauth/v1/token";
        let lost = crate::http::send(&sandbox, "POST", token, &form, refresh.as_bytes()).await;
        assert!(lost.is_err() || lost.is_ok_and(|answer| answer.status == 500));
        let lost = raw(&sandbox, "POST", templates, create.as_bytes()).await;
        assert!(lost.is_err() || lost.is_ok_and(|answer| answer.status == 500));
        assert_eq!(sandbox.tokens_issued(), issued + done, "{fault:?}");
        assert_eq!(
            sandbox.templates().len() as u64,
            held as u64 + done,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_fault_can_be_only_for_large_batches() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(500).with_more_than(2).forever());
    for (ids, status) in [
        (&["a"][..], 201),
        (&["b", "c"], 201),
        (&["d", "e", "f"], 500),
        (&["d", "e", "f", "g"], 500),
        (&["d", "e"], 201),
    ] {
        let answer = try_batch(&sandbox, ids).await.expect("an answer");
        assert_eq!(answer.status, status, "{ids:?}");
    }
}

/// The fault sets the `status` of one answer, and what is stored and listed.
#[tokio::test]
async fn an_answer_has_another_status() {
    let sandbox = sandbox().await;
    for (fault, id, status, listed) in [
        (Fault::batch_status("CANCELED"), "a", "CANCELED", 1),
        (Fault::empty_results().saying("PENDING"), "b", "PENDING", 0),
        (
            Fault::empty_results().saying("CANCELED").not_stored(),
            "c",
            "CANCELED",
            0,
        ),
    ] {
        sandbox.inject(fault);
        let body = batch(&sandbox, &[event(id)]).await.json();
        let results = body["results"].as_array().map(Vec::len);
        assert_eq!((&body["status"], results), (&json!(status), Some(listed)));
    }
    assert_eq!(held(&sandbox), ["a", "b"]);
    let body = batch(&sandbox, &[event("d")]).await.json();
    assert_eq!(body["status"], "COMPLETE");
}
