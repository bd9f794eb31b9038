//! HubSpot's calls as its page has them: one event as it is stored, and the answer to a batch.

use std::error::Error as _;
use std::time::Duration;

use serde_json::{Value, json};
use timeline_core::sandbox::{Fault, Route, Rules, SameId};
use timeline_core::{
    BatchStatus, Client, Error, EventInput, InvalidEvent, OAuth, ObjectType, RateLimit,
    TimelineEvent, TimelineIFrame,
};

use crate::{Order, Seat, order, orders, sandbox, sandbox_with, visits};

fn full() -> EventInput<'static> {
    EventInput::new("1001299")
        .id("full")
        .email("Ada@example.com")
        .utk("cookie")
        .object_id("512")
        .domain("example.com")
        .timestamp(std::time::UNIX_EPOCH + Duration::from_millis(1_785_585_599_999))
        .token("amount", 12.5)
        .extra_data(json!({ "list": [1, 2.5, null, "x"] }))
        .iframe(TimelineIFrame {
            link_label: "Open".into(),
            header_label: "Order".into(),
            url: "https://example.com".into(),
            width: 800,
            height: 300,
        })
}

async fn refusal(client: &Client) -> Error {
    let refused = client.batch_create(&[order("a"), order("b")]).await;
    refused.expect_err("refused")
}

#[tokio::test]
async fn an_event_is_read_back_with_every_field() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    client.send(&full()).await.expect("created");
    let record = client
        .event("1001299", "full")
        .await
        .expect("an answer")
        .expect("it is there");
    assert_eq!(
        (&*record.id, &*record.event_template_id),
        ("full", "1001299")
    );
    assert_eq!(record.object_type, ObjectType::Contacts);
    assert_eq!(record.tokens["amount"], "12.5");
    assert_eq!(record.email.as_deref(), Some("Ada@example.com"));
    assert_eq!(record.utk.as_deref(), Some("cookie"));
    assert_eq!(record.object_id.as_deref(), Some("512"));
    assert_eq!(record.domain.as_deref(), Some("example.com"));
    assert_eq!(record.custom_object_type_id, None);
    assert_eq!(
        record.timestamp.as_deref(),
        Some("2026-08-01T11:59:59.999Z")
    );
    assert_eq!(
        record.extra_data,
        Some(json!({ "list": [1, 2.5, null, "x"] }))
    );
    let iframe = record.timeline_iframe.expect("one");
    assert_eq!((&*iframe.link_label, iframe.width), ("Open", 800));
}

#[tokio::test]
async fn a_batch_is_one_request_and_its_answer() {
    let sandbox = sandbox().await;
    let response = sandbox
        .client()
        .batch_create(&orders(3))
        .await
        .expect("created");
    assert_eq!(sandbox.requests(), 1);
    assert_eq!(response.status, BatchStatus::Complete);
    assert!(
        response.started_at.starts_with("2026-08-01T12:00:00"),
        "{response:?}"
    );
    assert!(!response.completed_at.is_empty());
    assert_eq!((response.num_errors, response.errors.len()), (None, 0));
    let mut ids: Vec<&str> = response.results.iter().map(|record| &*record.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["order-0", "order-1", "order-2"]);
    assert!(
        response
            .results
            .iter()
            .all(|record| record.tokens["amount"] == "12.5")
    );
    assert!(
        response
            .results
            .iter()
            .all(|record| record.object_id.is_some())
    );
}

/// HubSpot's errors about events are given with all their fields, and the other events are there.
#[tokio::test]
async fn a_207_is_an_answer() {
    let sandbox = sandbox().await;
    let event = |id: &str, token: &'static str| {
        let event = EventInput::new("1001299").id(id.to_owned());
        event.email("ada@example.com").token(token, 1)
    };
    let events = [
        event("a", "amount"),
        event("b", "undeclared"),
        event("c", "amount"),
        event("d", "undeclared"),
    ];
    let response = sandbox.client().batch_create(&events).await;
    let response = response.expect("an answer");
    assert_eq!((response.results.len(), response.num_errors), (2, Some(2)));
    assert_eq!(response.errors.len(), 2);
    for error in &response.errors {
        assert_eq!(
            (&*error.status, &*error.category),
            ("error", "VALIDATION_ERROR")
        );
        assert!(!error.message.is_empty() && !error.errors[0].message.is_empty());
        assert!(error.errors[0].code.is_some());
    }
    assert_eq!((sandbox.event_count(), sandbox.requests()), (2, 1));
}

#[tokio::test]
async fn whatever_the_answer_says_of_its_status_is_told() {
    let sandbox = sandbox().await;
    for (word, status) in [
        ("CANCELED", BatchStatus::Canceled),
        ("COMPLETE", BatchStatus::Complete),
        ("PENDING", BatchStatus::Pending),
        ("PROCESSING", BatchStatus::Processing),
        ("PAUSED", BatchStatus::Other("PAUSED".into())),
    ] {
        let body = json!({
            "status": word, "results": [], "startedAt": "then", "completedAt": "later", "requestedAt": "before",
            "links": { "self": "https://example.com" },
        });
        sandbox.inject(Fault::status(201).body(body.to_string()));
        let response = sandbox
            .client()
            .batch_create(&orders(1))
            .await
            .expect("an answer");
        assert_eq!(
            (response.status.as_str(), &response.status),
            (word, &status)
        );
        assert_eq!(response.requested_at.as_deref(), Some("before"));
        assert_eq!(response.links["self"], "https://example.com");
        assert_eq!(
            serde_json::to_value(&response).expect("JSON")["status"],
            word
        );
    }
}

/// Any 2xx is read the same way. An answer that is no JSON object, or not whole, cannot be read.
#[tokio::test]
async fn answers_that_cannot_be_read() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    for (fault, why) in [
        (Fault::status(200).body("{\"status\":"), "could not be read"),
        (Fault::status(201).body(""), "could not be read"),
        (Fault::status(201).body("[]"), "could not be read"),
        (Fault::status(207).body("<html>"), "could not be read"),
        (Fault::status(204).body(""), "could not be read"),
        (Fault::truncated(), "could not be read"),
        (Fault::oversized(5_000_000), "could not be read"),
        (Fault::cut_after(), "the connection ended"),
        (Fault::cut_before(), "the connection ended"),
    ] {
        sandbox.inject(fault.clone());
        let before = sandbox.requests();
        let error = refusal(&client).await;
        assert!(error.to_string().contains(why), "{fault:?}: {error}");
        assert!(
            error
                .to_string()
                .starts_with("POST /integrators/timeline/v3/events/batch/create: ")
        );
        assert_eq!(
            (error.attempts(), sandbox.requests() - before),
            (1, 1),
            "{fault:?}"
        );
        assert_eq!((error.index(), error.response()), (None, None), "{fault:?}");
    }
    for body in [json!({}), json!({ "results": 7, "errors": "none" })] {
        sandbox.inject(Fault::status(200).body(body.to_string()));
        let response = client.batch_create(&orders(2)).await.expect("an answer");
        assert_eq!(
            (response.results.len(), response.errors.len()),
            (0, 0),
            "{body}"
        );
        assert_eq!(serde_json::to_value(&response).expect("JSON"), body);
    }
}

#[tokio::test]
async fn a_time_out_is_told_as_one() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::stall_after());
    let client = sandbox
        .client_builder()
        .timeout(Duration::from_millis(200))
        .build()
        .expect("good settings");
    let error = refusal(&client).await;
    assert!(error.is_timeout(), "{error}");
    assert_eq!((error.status(), sandbox.event_count()), (None, 2));
}

/// There is no second try, and the error has all that HubSpot said.
#[tokio::test]
async fn a_refusal_is_an_error_with_all_that_was_said() {
    let sandbox = sandbox().await;
    let discreet = sandbox.client_builder().show_messages(false);
    let client = discreet.build().expect("good settings");
    let body = |category: &str| {
        json!({
            "status": "error", "category": category, "message": "no ada@example.com", "correlationId": "c-1",
            "errors": [{ "message": "why", "code": "INVALID", "in": "tokens", "subCategory": "fine" }],
        })
        .to_string()
    };
    for status in [
        400, 404, 409, 413, 415, 422, 423, 429, 477, 500, 502, 503, 521, 302,
    ] {
        sandbox.inject(
            Fault::status(status)
                .body(body("VALIDATION_ERROR"))
                .header("Retry-After", "7"),
        );
        let before = sandbox.requests();
        let error = refusal(&client).await;
        assert_eq!(
            (error.status(), sandbox.requests() - before),
            (Some(status), 1)
        );
        assert_eq!(error.category(), Some("VALIDATION_ERROR"), "{status}");
        assert_eq!(error.correlation_id(), Some("c-1"), "{status}");
        assert_eq!(error.message(), Some("no ada@example.com"), "{status}");
        assert_eq!(
            error.retry_after(),
            Some(Duration::from_secs(7)),
            "{status}"
        );
        let response = error.response().expect("a body");
        assert_eq!(
            response.errors[0].in_field.as_deref(),
            Some("tokens"),
            "{status}"
        );
        assert_eq!(
            response.errors[0].sub_category,
            Some("fine".into()),
            "{status}"
        );
        let shown = format!("{error} {error:?} {response:?}");
        // After a failure of HubSpot's, the events may be there all the same.
        assert_eq!(
            error.to_string().contains(": refused ("),
            status < 500,
            "{shown}"
        );
        assert_eq!(
            error.to_string().contains("failed over the request"),
            status >= 500,
            "{shown}"
        );
        assert!(
            shown.contains("VALIDATION_ERROR, correlation id c-1"),
            "{shown}"
        );
        assert!(!shown.contains("ada@"), "{shown}");
    }
    sandbox.inject(Fault::status(400).body(body("VALIDATION_ERROR")));
    let error = refusal(&sandbox.client()).await;
    assert!(error.to_string().contains("no ada@example.com"), "{error}");

    sandbox.inject(Fault::status(502).body("<html>"));
    let error = refusal(&client).await;
    assert_eq!(
        (error.status(), error.category(), error.message()),
        (Some(502), None, None)
    );
    assert_eq!(sandbox.event_count(), 0);
}

#[tokio::test]
async fn the_missing_scopes_of_a_403() {
    let sandbox = sandbox().await;
    let body = |scopes: &[&str]| {
        json!({
            "status": "error", "category": "MISSING_SCOPES", "message": "no", "correlationId": "c-1",
            "errors": [{ "message": "one of", "context": { "requiredGranularScopes": scopes } }],
        })
        .to_string()
    };
    sandbox.inject(Fault::status(403).body(body(&["timeline", "oauth"])));
    let error = refusal(&sandbox.client()).await;
    assert_eq!(error.missing_scopes(), ["timeline", "oauth"]);
    assert_eq!(
        (error.status(), error.category()),
        (Some(403), Some("MISSING_SCOPES"))
    );
    let shown = "the access token may not do this (403): it lacks the scopes `timeline`, `oauth` (1 attempt";
    assert!(error.to_string().contains(shown), "{error}");

    sandbox.inject(Fault::status(403).body(body(&["timeline"])).on(Route::Read));
    let error = sandbox
        .client()
        .event("1001299", "a")
        .await
        .expect_err("refused");
    assert_eq!(error.missing_scopes(), ["timeline"]);

    sandbox.inject(Fault::status(403).body("{}"));
    let error = refusal(&sandbox.client()).await;
    assert_eq!(
        (error.status(), error.missing_scopes().len()),
        (Some(403), 0)
    );
}

/// Our own check comes first, and names the place of an event that it refuses.
#[tokio::test]
async fn nothing_is_sent_if_an_event_cannot_be() {
    let sandbox = sandbox().await;
    let bad = |id: &str| Order {
        amount: f64::NAN,
        ..order(id)
    };
    let events = [order("a"), bad("b"), order("c"), bad("d")];
    let error = sandbox
        .client()
        .batch_create(&events)
        .await
        .expect_err("one is bad");
    assert_eq!(
        (error.index(), error.attempts(), error.status()),
        (Some(1), 0, None)
    );
    assert_eq!(
        error.to_string(),
        "POST /integrators/timeline/v3/events/batch/create: nothing was sent, since event 1 cannot be: token `amount` is \
         NaN or infinite, not a number"
    );
    let source = error.source().expect("a cause");
    assert!(source.downcast_ref::<InvalidEvent>().is_some(), "{source}");

    // A key needs to know the account.
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .access_token("t")
        .build()
        .expect("good settings");
    let seat = Seat {
        row: 1,
        who: "ada@example.com".into(),
    };
    let error = client.batch_create(&[seat]).await.expect_err("no account");
    assert_eq!(error.index(), Some(0));
    assert_eq!(sandbox.requests(), 0);
}

/// No event is left out, merged or split: HubSpot decides about all of them.
#[tokio::test]
async fn what_is_given_goes_out_as_it_is() {
    let sandbox = sandbox_with(Rules::default().same_id(SameId::Updates)).await;
    let client = sandbox.client();
    let response = client
        .batch_create(&[order("a"), order("a"), order("b")])
        .await
        .expect("an answer");
    assert_eq!(response.results.len(), 3);
    assert_eq!((sandbox.event_count(), sandbox.events()[0].sent), (2, 2));

    let error = client
        .batch_create(&visits(101))
        .await
        .expect_err("too many");
    assert_eq!((error.status(), sandbox.requests()), (Some(400), 2));
    assert_eq!(sandbox.event_count(), 2);

    let none: [Order; 0] = [];
    let answered = client.batch_create(&none).await;
    assert_eq!(sandbox.requests(), 3);
    assert!(answered.is_ok_and(|response| response.results.is_empty()));
}

/// Every event has an id and a time, as in every other call.
#[tokio::test]
async fn ids_and_times_are_as_ever() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let seat = Seat {
        row: 1,
        who: "ada@example.com".into(),
    };
    let response = client
        .batch_create(std::slice::from_ref(&seat))
        .await
        .expect("created");
    assert_eq!(
        response.results[0].id,
        client.event_id(&seat).expect("an id")
    );
    let response = client.batch_create(&visits(2)).await.expect("created");
    assert!(
        response
            .results
            .iter()
            .all(|record| record.id.len() == 36 && record.timestamp.is_some())
    );

    let mixed: Vec<Box<dyn TimelineEvent + Send + Sync>> =
        vec![Box::new(order("a")), Box::new(seat)];
    let sent = tokio::spawn({
        let client = client.clone();
        async move { client.batch_create(&mixed).await }
    });
    let response = sent.await.expect("no panic").expect("an answer");
    assert_eq!((response.results.len(), response.errors.len()), (1, 1));
}

#[tokio::test]
async fn it_keeps_the_rate_limit() {
    let sandbox = sandbox().await;
    let limit = RateLimit::new(2, Duration::from_secs(10));
    let client = sandbox
        .client_builder()
        .rate_limit(limit)
        .build()
        .expect("good settings");
    let clock = sandbox.clock();
    let started = clock.elapsed();
    for n in 0..5 {
        client
            .batch_create(&[order(&format!("paced-{n}"))])
            .await
            .expect("created");
    }
    assert!(clock.elapsed() - started >= Duration::from_secs(20));
}

/// A client that refreshes its access tokens.
fn over_oauth(sandbox: &timeline_core::Sandbox) -> Client {
    let oauth = OAuth::new(
        timeline_core::sandbox::CLIENT_ID,
        timeline_core::sandbox::CLIENT_SECRET,
        sandbox.refresh_token(),
    );
    let builder = sandbox.client_builder().oauth(oauth);
    builder.build().expect("good settings")
}

/// There is no second try, not even after a 401; but the next call has a token that works.
#[tokio::test]
async fn there_is_no_second_try() {
    let sandbox = sandbox().await;
    let client = over_oauth(&sandbox);
    client.batch_create(&[order("a")]).await.expect("created");
    sandbox.expire_tokens();
    let calls = |sandbox: &timeline_core::Sandbox| {
        let seen = sandbox.seen();
        seen.iter()
            .filter(|request| request.path.ends_with("/batch/create"))
            .count()
    };
    let before = calls(&sandbox);
    let error = client
        .batch_create(&[order("b")])
        .await
        .expect_err("an old token");
    assert_eq!((error.status(), error.attempts()), (Some(401), 1));
    assert_eq!(error.category(), Some("EXPIRED_AUTHENTICATION"));
    assert!(
        error
            .to_string()
            .contains("the access token was refused (401)"),
        "{error}"
    );
    assert_eq!(calls(&sandbox) - before, 1);
    client.batch_create(&[order("b")]).await.expect("created");
    assert_eq!(sandbox.tokens_issued(), 2);
}

#[test]
fn without_an_async_runtime() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sandbox = runtime.block_on(sandbox());
    let client = timeline_core::blocking::Client::new(sandbox.client()).expect("a thread");
    let response = client
        .batch_create(&[order("a"), order("b")])
        .expect("created");
    assert_eq!(response.results.len(), 2);
    let record = client
        .event("1001299", "a")
        .expect("an answer")
        .expect("there");
    assert_eq!(record.tokens["amount"], "12.5");
    let value: Value = serde_json::to_value(&record).expect("JSON");
    assert_eq!(value["eventTemplateId"], "1001299");
}

/// The answer is believed for the event that was asked for, and for no other.
#[tokio::test]
async fn another_event_is_no_answer() {
    let sandbox = sandbox().await;
    let told = |template: &str, id: &str| {
        let body = json!({ "eventTemplateId": template, "id": id, "objectType": "contacts", "tokens": {} });
        Fault::status(200).body(body.to_string()).on(Route::Read)
    };
    sandbox.inject(told("1001299", "b"));
    sandbox.inject(told("1001298", "a"));
    sandbox.inject(Fault::truncated().on(Route::Read));
    sandbox.inject(told("1001299", "a"));
    let client = sandbox.client();
    client.send(&order("a")).await.expect("created");
    for case in ["another id", "another template", "cut off"] {
        let error = client.event("1001299", "a").await.expect_err(case);
        assert!(
            error.to_string().contains("could not be read"),
            "{case}: {error}"
        );
    }
    let record = client.event("1001299", "a").await.expect("an answer");
    assert_eq!(record.map(|record| record.id).as_deref(), Some("a"));
}

#[tokio::test]
async fn an_event_is_read_with_a_fresh_token() {
    let sandbox = sandbox().await;
    let client = over_oauth(&sandbox);
    client.send(&order("a")).await.expect("created");
    sandbox.expire_tokens();
    let record = client.event("1001299", "a").await.expect("an answer");
    assert!(record.is_some());
}

/// The sandbox can give all the fields that HubSpot's page has.
#[tokio::test]
async fn what_the_page_has_and_few_answers_tell() {
    let rules = Rules::default()
        .status("PROCESSING")
        .requested_at(true)
        .links([("self", "https://example.com/batch")])
        .created_at(true);
    let sandbox = sandbox_with(rules).await;
    let response = sandbox
        .client()
        .batch_create(&orders(2))
        .await
        .expect("an answer");
    assert_eq!(response.status, BatchStatus::Processing);
    assert!(
        response
            .requested_at
            .is_some_and(|time| time.starts_with("2026-08-01T12:00:00"))
    );
    assert_eq!(response.links["self"], "https://example.com/batch");
    assert!(
        response
            .results
            .iter()
            .all(|record| record.created_at.is_some())
    );
    assert!(response.other.is_empty());
}

#[tokio::test]
async fn an_error_shows_itself_in_debug_as_in_display() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(403));
    let error = refusal(&sandbox.client()).await;
    assert_eq!(
        format!("{error:?}"),
        format!("Error({:?})", error.to_string())
    );
}
