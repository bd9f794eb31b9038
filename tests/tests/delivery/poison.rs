//! Events on which the server fails: however many there are, they cost the others nothing but time.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use timeline_core::{BatchReport, Fault, Outcome, RateLimit, RetryPolicy, Sandbox, SendBatch};

use crate::{Order, order, orders, sandbox, words};

const INTERNAL: &str = r#"{"results":[],"errors":[{"category":"INTERNAL_ERROR"}]}"#;

fn faults() -> [Fault; 4] {
    [
        Fault::status(500),
        Fault::status(503),
        Fault::cut_before(),
        Fault::status(207).body(INTERNAL),
    ]
}

/// The server fails on every request that carries one of these events.
fn poison(sandbox: &Sandbox, fault: &Fault, ids: &[String]) {
    for id in ids {
        sandbox.inject(fault.clone().with_event(id).forever());
    }
}

/// The id of one event in each batch of a hundred, somewhere in the batch.
fn one_in_each(events: usize) -> Vec<String> {
    (0..events / 100)
        .map(|batch| format!("order-{}", batch * 100 + (batch * 37 + 63) % 100))
        .collect()
}

/// The bound that is promised for refused events, plus the probes and repetitions that it takes to find these events: a
/// few whole tries of each batch and a last event that is tried until patience ends.
fn bound(bad: usize, events: usize) -> u64 {
    let depth = events.next_power_of_two().ilog2() as usize;
    let split = (2 * events - 1).min(2 * bad * depth + 1);
    let batches = events.div_ceil(100);
    u64::try_from(split + 4 * batches + 12 * bad + 30).expect("small")
}

fn assert_only_they_suffer(report: &BatchReport, sandbox: &Sandbox, bad: &[String], what: &str) {
    let good = report.total() - bad.len();
    assert_eq!(report.created(), good, "{what}: {report}");
    assert_eq!(report.unknown(), bad.len(), "{what}: {report}");
    assert_eq!(sandbox.event_count(), good, "{what}");
    let limit = bound(bad.len(), report.total());
    assert!(
        report.requests() <= limit,
        "{what}: {report}, at most {limit}"
    );
    assert!(
        report.elapsed() <= Duration::from_secs(130),
        "{what}: {report}"
    );
}

#[tokio::test]
async fn one_in_each_batch() {
    for fault in faults() {
        for events in [200, 300, 1000] {
            let sandbox = sandbox().await;
            let bad = one_in_each(events);
            poison(&sandbox, &fault, &bad);
            let report = orders(events).send_batch(&sandbox.client()).report().await;
            let what = format!("{} of {events}, {fault:?}", bad.len());
            println!("{what}: {report}");
            assert_only_they_suffer(&report, &sandbox, &bad, &what);
        }
    }
}

#[tokio::test]
async fn several_in_one_batch() {
    for fault in faults() {
        for bad in [2, 4, 9] {
            let sandbox = sandbox().await;
            let bad: Vec<String> = (0..bad).map(|n| format!("order-{}", 11 * n)).collect();
            poison(&sandbox, &fault, &bad);
            let report = orders(100).send_batch(&sandbox.client()).report().await;
            let what = format!("{} of 100, {fault:?}", bad.len());
            println!("{what}: {report}");
            assert_only_they_suffer(&report, &sandbox, &bad, &what);
        }
    }
}

/// Bad events at the beginning, at the end, and half of all.
#[tokio::test]
async fn wherever_they_are() {
    for bad in [0..6, 94..100, 0..50] {
        let sandbox = sandbox().await;
        let bad: Vec<String> = bad.map(|n| format!("order-{n}")).collect();
        poison(&sandbox, &Fault::status(500), &bad);
        let report = orders(100).send_batch(&sandbox.client()).report().await;
        println!("{} of 100: {report}", bad.len());
        assert_eq!(report.created(), 100 - bad.len(), "{report}");
    }
}

#[tokio::test]
async fn in_two_calls_at_once() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let bad = one_in_each(400);
    poison(&sandbox, &Fault::status(500), &bad);
    let mut all = orders(400);
    let second = all.split_off(200);
    let calls = [all, second].map(|events| events.send_batch(&client).report());
    for report in join_all(calls).await {
        assert_eq!((report.created(), report.unknown()), (198, 2), "{report}");
    }
    assert_eq!(sandbox.event_count(), 396);
}

/// A sender with few events, on some of which the server fails.
#[tokio::test]
async fn in_a_quiet_sender() {
    let sandbox = sandbox().await;
    let clock = sandbox.clock();
    let bad: Vec<String> = ["order-1", "order-4", "order-5", "order-9"]
        .map(str::to_owned)
        .into();
    poison(&sandbox, &Fault::status(500), &bad);
    let sender = sandbox.client().sender().build();
    let mut pending = Vec::new();
    for order in orders(60) {
        clock.sleep(Duration::from_secs(3)).await;
        let id = order.id.clone();
        pending.push((id, clock.elapsed(), sender.send(order).await));
    }
    for (id, _, pending) in pending {
        let outcome = pending.await;
        let is_bad = bad.contains(&id);
        assert_eq!(
            matches!(outcome, Outcome::Created(_)),
            !is_bad,
            "{id}: {outcome}"
        );
        assert_eq!(
            matches!(outcome, Outcome::Unknown { .. }),
            is_bad,
            "{id}: {outcome}"
        );
    }
    let report = sender.shutdown(Duration::from_secs(200)).await;
    assert_eq!((report.created(), report.unknown()), (56, 4), "{report}");
}

/// The server does not fail on events, but on batches.
#[tokio::test]
async fn a_server_that_fails_on_batches_and_takes_single_events() {
    for (events, calls) in [(100, 1), (200, 1), (1000, 1), (200, 3)] {
        let sandbox = sandbox().await;
        sandbox.inject(Fault::status(500).with_more_than(1).forever());
        let client = sandbox.client_builder().rate_limit(RateLimit::unlimited());
        let client = client.build().expect("good settings");
        let of_call = |call: usize| -> Vec<Order> {
            (0..events)
                .map(|n| order(&format!("order-{call}-{n}")))
                .collect()
        };
        let calls = (0..calls).map(|call| of_call(call).send_batch(&client).report());
        for report in join_all(calls).await {
            println!("{report}");
            assert_eq!(words(report.outcomes()), format!("created*{events}"));
            // A binary tree over each batch, and what it takes to see that it is not an outage.
            let limit = u64::try_from(3 * events + 30).expect("small");
            assert!(report.requests() <= limit, "{report}");
        }
    }
}

/// A part has the rest of its batch's patience: parts of one batch end at the same time.
#[tokio::test]
async fn parts_have_no_patience_of_their_own() {
    let sandbox = sandbox().await;
    let bad: Vec<String> = ["order-20", "order-21", "order-77"]
        .map(str::to_owned)
        .into();
    poison(&sandbox, &Fault::status(500), &bad);
    let client = sandbox
        .client_builder()
        .retry(RetryPolicy::default().patience(Duration::from_secs(60)));
    let client = client.build().expect("good settings");
    let report = orders(100).send_batch(&client).report().await;
    assert_eq!((report.created(), report.unknown()), (97, 3), "{report}");
    let whole = Duration::from_secs(60)..=Duration::from_millis(60_500);
    assert!(whole.contains(&report.elapsed()), "{report}");
}

/// A single event is tried within eight seconds. That event is the first of a batch, and the batch is left to chance.
/// If the event were a bad one, the next would be tried after the patience is over.
#[tokio::test]
async fn with_little_patience() {
    for round in 0..5 {
        let sandbox = sandbox().await;
        let bad = ["order-63", "order-101", "order-237", "order-374"];
        let bad = bad.map(str::to_owned).to_vec();
        poison(&sandbox, &Fault::status(500), &bad);
        let client = sandbox
            .client_builder()
            .retry(RetryPolicy::default().patience(Duration::from_secs(12)));
        let client = client.build().expect("good settings");
        let report = orders(400).send_batch(&client).report().await;
        assert_eq!(
            (report.created(), report.unknown()),
            (396, 4),
            "{round}: {report}"
        );
    }
}

/// Events that come while others fail get there soon, by stream as well.
#[tokio::test]
async fn those_that_come_later_do_not_wait_for_patience_to_end() {
    let sandbox = sandbox().await;
    let clock = sandbox.clock();
    let client = sandbox.client();
    let bad: Vec<String> = (0..10).map(|n| format!("order-{n}")).collect();
    poison(&sandbox, &Fault::status(500), &bad);
    let stuck = orders(10).send_batch(&client).report();
    let healthy = async {
        let mut slowest = Duration::ZERO;
        for n in 0..8 {
            clock.sleep(Duration::from_secs(10)).await;
            let before = clock.elapsed();
            let late = stream::iter([order(&format!("late-{n}"))]);
            let outcomes: Vec<_> = client.send_stream(late).collect().await;
            assert!(outcomes[0].1.is_delivered(), "{}", outcomes[0].1);
            slowest = slowest.max(clock.elapsed() - before);
        }
        slowest
    };
    let (stuck, slowest) = tokio::join!(stuck, healthy);
    assert_eq!(stuck.unknown(), 10, "{stuck}");
    println!("{stuck}, {slowest:?}");
    assert!(slowest <= Duration::from_secs(25), "{slowest:?}");
}
