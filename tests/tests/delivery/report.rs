//! The report, and what it shows.

use timeline_core::sandbox::Fault;
use timeline_core::{BatchError, Outcome, SendBatch};

use crate::{Order, order, sandbox, visits};

#[tokio::test]
async fn the_counts_add_up_and_the_order_is_the_inputs() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    client.send(&order("there")).await.expect("created");
    let bad = Order {
        amount: f64::NAN,
        ..order("bad")
    };
    let error = [order("new"), bad, order("there")]
        .send_batch(&client)
        .await
        .expect_err("one is bad");
    let report = error.report();
    assert_eq!(
        (
            report.total(),
            report.created(),
            report.already_existing(),
            report.rejected()
        ),
        (3, 1, 1, 1)
    );
    assert_eq!((report.not_sent(), report.unknown()), (0, 0));
    let ids: Vec<_> = report.outcomes().iter().map(Outcome::id).collect();
    assert_eq!(ids, [Some("new"), Some("bad"), Some("there")]);
    let undelivered: Vec<usize> = report.undelivered().map(|(index, _)| index).collect();
    assert_eq!(undelivered, [1]);
}

#[tokio::test]
async fn one_line_says_it() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503));
    let events = [
        order("a"),
        Order {
            amount: f64::NAN,
            ..order("b")
        },
    ];
    let error: BatchError = events
        .send_batch(&sandbox.client())
        .await
        .expect_err("one is bad");
    let line = error.to_string();
    assert!(
        line.starts_with(
            "not every event is on HubSpot (POST /integrators/timeline/v3/events/batch/create): 2 events: 1 created, 0 already there, 1 rejected, 0 not sent, 0 unknown \
             (2 requests, 1 retry, "
        ),
        "{line}"
    );
    assert!(
        line.ends_with(
            "the first is event 1: b rejected: token `amount` is NaN or infinite, not a number (template 1001299)"
        ),
        "{line}"
    );
    assert_eq!(format!("{error:?}"), format!("BatchError({line})"));
}

#[tokio::test]
async fn it_serializes_without_payloads() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(403).after(1));
    let client = sandbox
        .client_builder()
        .batch_size(1)
        .concurrency(1)
        .build()
        .expect("good settings");
    let report = [order("a"), order("b")].send_batch(&client).report().await;
    let mut json = serde_json::to_value(&report).expect("JSON");
    json["elapsedMilliseconds"] = 0.into();
    json["outcomes"][0]["createdAt"] = "then".into();
    let object_id = json["outcomes"][0]["objectId"].take();
    assert!(object_id.is_string(), "{object_id}");
    assert_eq!(
        json,
        serde_json::json!({
            "total": 2, "created": 1, "alreadyExisting": 0, "rejected": 0, "notSent": 1, "unknown": 0,
            "requests": 2, "retries": 0, "elapsedMilliseconds": 0,
            "outcomes": [
                {"outcome": "created", "id": "a", "objectId": null, "createdAt": "then"},
                {"outcome": "notSent", "id": "b", "templateId": "1001299", "reason": "the access token may not do this (403): it lacks the scope `timeline`"},
            ],
        })
    );
}

#[tokio::test]
async fn progress_is_told_as_it_comes() {
    let sandbox = sandbox().await;
    let mut steps = Vec::new();
    let client = sandbox
        .client_builder()
        .concurrency(1)
        .build()
        .expect("good settings");
    visits(250)
        .send_batch(&client)
        .on_progress(|progress| {
            steps.push((progress.delivered, progress.undelivered, progress.expected));
        })
        .await
        .expect("all created");
    assert_eq!(
        steps,
        [
            (100, 0, Some(250)),
            (200, 0, Some(250)),
            (250, 0, Some(250))
        ]
    );
}

/// An id can come from anywhere; a log line stays one line.
#[tokio::test]
async fn control_characters_of_an_id_are_not_shown() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(403));
    let events = [order("a\nERROR forged\u{1b}[31m")];
    let error = events.send_batch(&sandbox.client()).await.expect_err("403");
    assert!(!error.to_string().contains(char::is_control), "{error}");
    assert!(
        !format!("{error:?}").contains(char::is_control),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("a ERROR forged [31m not sent"),
        "{error}"
    );
}
