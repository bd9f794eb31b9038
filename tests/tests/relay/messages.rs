//! What becomes of each message.

use std::time::Duration;

use timeline_core::sandbox::Fault;
use timeline_core::{EventInput, Outcome, RetryPolicy, SendBatch, Settle};

use crate::queue::Store;
use crate::{bad, json, order, sandbox, seal, until_empty};

#[tokio::test]
async fn batches_fill_across_messages() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let store = Store::new(sandbox.clock());
    for n in 0..450 {
        store.push(json(&seal(&client, &order(n))));
    }
    let report = client
        .relay(store.queue())
        .stop_on(until_empty(&store))
        .await
        .expect("a sound queue");
    assert_eq!((report.received(), report.done()), (450, 450), "{report}");
    assert_eq!(sandbox.event_count(), 450);
    assert_eq!(sandbox.requests(), 5);
    assert!(store.receipts().iter().all(|times| *times == 1));
}

#[tokio::test]
async fn what_is_refused_is_parked_with_its_reason() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let store = Store::new(sandbox.clock());
    let foreign = sandbox.client_builder().portal_id(4711).build();
    let foreign = seal(&foreign.expect("good settings"), &order(7));
    let newer = String::from_utf8(json(&seal(&client, &order(8)))).expect("UTF-8");
    for message in [
        json(&seal(&client, &order(1))),
        json(&seal(&client, &bad(2))),
        json(&seal(&client, &bad(3))),
        b"no JSON".to_vec(),
        b"{}".to_vec(),
        json(&foreign),
    ] {
        store.push(message);
    }
    let report = client
        .relay(store.queue())
        .stop_on(until_empty(&store))
        .await
        .expect("a sound queue");
    assert_eq!(
        (report.received(), report.done(), report.parked()),
        (6, 1, 5),
        "{report}"
    );
    let mut reasons: Vec<String> = store.dead().into_iter().map(|(_, reason)| reason).collect();
    reasons.sort();
    let expected = [
        "account 4711, for which there is no client",
        "no sealed event",
        "no sealed event",
        "invalid email",
        "invalid email",
    ];
    for expected in expected {
        let at = reasons.iter().position(|reason| reason.contains(expected));
        reasons.remove(at.unwrap_or_else(|| panic!("{expected} in {reasons:?}")));
    }
    // A newer version of the format is for another process: the message stays in the queue.
    store.push(
        newer
            .replace(r#""version":1"#, r#""version":2"#)
            .into_bytes(),
    );
    let clock = sandbox.clock();
    let report = client
        .relay(store.queue())
        .stop_on(clock.sleep(Duration::from_secs(90)))
        .await
        .expect("a sound queue");
    assert_eq!((report.given_back(), report.parked()), (2, 0), "{report}");
    assert_eq!(store.waiting(), 1);
}

/// An event that did not get there comes again under the same id, and is never parked for that.
#[tokio::test]
async fn an_outage_buries_no_event() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let store = Store::new(sandbox.clock());
    for n in 0..300 {
        store.push(json(&seal(&client, &order(n))));
    }
    let hour = Duration::from_secs(3600);
    sandbox.inject(Fault::status(503).lasting(hour));
    let report = client
        .relay(store.queue())
        .stop_on(until_empty(&store))
        .await
        .expect("a sound queue");
    assert_eq!((report.done(), report.parked()), (300, 0), "{report}");
    assert!(report.given_back() > 300, "{report}");
    assert_eq!(sandbox.event_count(), 300);
    assert!(sandbox.events().iter().all(|event| event.sent == 1));
    // An outage costs hundreds of requests, not one for each message.
    assert!(sandbox.requests() < 1_000, "{}", sandbox.requests());
    assert!(sandbox.clock().elapsed() < hour + Duration::from_secs(30));
}

/// The leases of what is in memory are held, however long the server takes.
#[tokio::test]
async fn leases_are_held() {
    let sandbox = sandbox().await;
    let client = sandbox
        .client_builder()
        .timeout(Duration::from_secs(200))
        .build();
    let client = client.expect("good settings");
    let store = Store::new(sandbox.clock());
    for n in 0..200 {
        store.push(json(&seal(&client, &order(n))));
    }
    sandbox.inject(Fault::slow(Duration::from_secs(100)).times(2));
    let report = client
        .relay(store.queue())
        .stop_on(until_empty(&store))
        .await
        .expect("a sound queue");
    assert_eq!((report.received(), report.done()), (200, 200), "{report}");
    assert!(
        store.longest_hold() <= Duration::from_secs(5),
        "{:?}",
        store.longest_hold()
    );
}

#[tokio::test]
async fn a_stop_settles_everything() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let store = Store::new(sandbox.clock());
    for n in 0..5_000 {
        store.push(json(&seal(&client, &order(n))));
    }
    sandbox.inject(Fault::slow(Duration::from_secs(5)).forever());
    let clock = sandbox.clock();
    let mut last = None;
    let report = client
        .relay(store.queue())
        .on_progress(|progress| {
            assert!(progress.in_memory <= 2_000, "{progress:?}");
            last = Some(progress);
        })
        .stop_on(clock.sleep(Duration::from_secs(2)))
        .await
        .expect("a sound queue");
    // Events that had left were waited for; the rest was given back at once.
    assert_eq!(
        report.received(),
        report.done() + report.given_back(),
        "{report}"
    );
    assert!(report.done() > 0 && report.given_back() > 0, "{report}");
    assert_eq!(
        last.map(|last| (last.report, last.in_memory)),
        Some((report, 0))
    );
    assert_eq!(u64::try_from(sandbox.event_count()), Ok(report.done()));
    assert_eq!(store.waiting(), 5_000 - sandbox.event_count());
}

/// The table: what a queue does by an outcome.
#[tokio::test]
async fn outcomes_are_settled() {
    let sandbox = sandbox().await;
    let none = sandbox.client_builder().retry(RetryPolicy::none()).build();
    let client = none.expect("good settings");
    for (status, settle) in [
        (None, Settle::Done),
        (Some(503), Settle::Again(Duration::from_secs(10))),
        (Some(423), Settle::Again(Duration::from_secs(10))),
        (Some(429), Settle::Again(Duration::from_secs(10))),
        (Some(403), Settle::Again(Duration::from_secs(60))),
        (Some(401), Settle::Again(Duration::from_secs(60))),
        (Some(400), Settle::Park),
    ] {
        if let Some(status) = status {
            sandbox.inject(Fault::status(status).forever());
        }
        let report = [order(1)].send_batch(&client).report().await;
        assert_eq!(
            report.outcomes()[0].settle(),
            settle,
            "{status:?}: {report}"
        );
        sandbox.clear_faults();
        sandbox.clock().sleep(Duration::from_secs(20)).await;
    }
    let there = [order(1)].send_batch(&client).report().await;
    assert!(matches!(there.outcomes()[0], Outcome::AlreadyExists { .. }));
    assert_eq!(there.outcomes()[0].settle(), Settle::Done);
    let invalid = [EventInput::new("1001298")]
        .send_batch(&client)
        .report()
        .await;
    assert_eq!(invalid.outcomes()[0].settle(), Settle::Park);
}
