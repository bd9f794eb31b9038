//! Delivery: whatever happens on the way, every event ends in exactly one outcome, and the right one.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

mod again;
mod answers;
mod blocking;
mod cancel;
mod checks;
mod clocks;
mod connections;
mod credentials;
mod enums;
mod faults;
mod hooks;
mod ids;
mod lengths;
mod letters;
mod network;
mod outages;
mod pace;
mod panics;
mod poison;
mod portals;
mod property;
mod proxies;
mod records;
mod refusals;
mod replay;
mod report;
mod rotation;
mod sealed;
mod secrets;
mod sender;
mod senders;
mod shown;
mod soak;
mod splitting;
mod stalls;
mod stopping;
mod stream;
mod transports;
mod turns;
mod undriven;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use timeline_core::sandbox::{Rules, Sandbox, SandboxBuilder, TestClock};
use timeline_core::{Api, Client, ClientBuilder, Outcome, RetryPolicy, SendBatch, TimelineEvent};

/// An event with an id of the client's making.
#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Visit {
    #[timeline(email)]
    who: String,
    page: String,
}

/// An event with an id of the user's own.
#[derive(Clone, TimelineEvent)]
#[timeline(template_id = "1001299")]
struct Order {
    #[timeline(id)]
    id: String,
    #[timeline(email)]
    who: String,
    amount: f64,
}

/// An event whose id follows from a key.
#[derive(Clone, TimelineEvent)]
#[timeline(template_id = "1001300")]
struct Seat {
    #[timeline(key)]
    row: u32,
    #[timeline(email)]
    who: String,
}

fn visits(count: usize) -> Vec<Visit> {
    let visit = |n: usize| Visit {
        who: format!("visitor-{n}@example.com"),
        page: format!("/page/{n}"),
    };
    (0..count).map(visit).collect()
}

fn order(id: &str) -> Order {
    Order {
        id: id.to_owned(),
        who: "ada@example.com".to_owned(),
        amount: 12.5,
    }
}

fn orders(count: usize) -> Vec<Order> {
    (0..count).map(|n| order(&format!("order-{n}"))).collect()
}

/// `TIMELINE_API=app-events` runs these tests through app events.
fn api() -> Api {
    match std::env::var("TIMELINE_API").as_deref() {
        Ok("app-events") => Api::AppEvents,
        _ => Api::V3,
    }
}

async fn start(builder: SandboxBuilder) -> Sandbox {
    let sandbox = builder
        .api(api())
        .clock(Arc::new(TestClock::new()))
        .start()
        .await
        .expect("a free port");
    sandbox.register::<Visit>();
    sandbox.register::<Order>();
    sandbox.register::<Seat>();
    // What app events call them, for the tests that send through either API.
    let templates = [Visit::templates(), Order::templates(), Seat::templates()].concat();
    for (name, template) in ["visit", "order", "seat"].into_iter().zip(templates) {
        sandbox.add_event_type(name, template);
    }
    sandbox
}

async fn sandbox() -> Sandbox {
    start(Sandbox::builder()).await
}

async fn sandbox_with(rules: Rules) -> Sandbox {
    start(Sandbox::builder().rules(rules)).await
}

/// A client that makes one request at a time and loses patience soon.
fn steady(sandbox: &Sandbox) -> Client {
    let builder = steady_builder(sandbox);
    builder.build().expect("good settings")
}

/// The same client with a short time limit for each answer. That time is real, so only tests of stalls use it: on a
/// busy machine an answer can be as late.
fn brisk(sandbox: &Sandbox) -> Client {
    brisk_builder(sandbox).build().expect("good settings")
}

fn brisk_builder(sandbox: &Sandbox) -> ClientBuilder {
    steady_builder(sandbox).timeout(Duration::from_millis(400))
}

fn steady_builder(sandbox: &Sandbox) -> ClientBuilder {
    sandbox
        .client_builder()
        .retry(RetryPolicy::default().patience(Duration::from_secs(20)))
        .concurrency(1)
}

/// The outcomes in a word each, equal neighbours counted.
fn words(outcomes: &[Outcome]) -> String {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Created(_) => "created",
        Outcome::AlreadyExists { .. } => "exists",
        Outcome::Rejected(_) => "rejected",
        Outcome::NotSent { .. } => "not-sent",
        Outcome::Unknown { .. } => "unknown",
    };
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for outcome in outcomes {
        match runs.last_mut() {
            Some((last, count)) if *last == word(outcome) => *count += 1,
            _ => runs.push((word(outcome), 1)),
        }
    }
    let runs: Vec<String> = runs
        .iter()
        .map(|(word, count)| {
            if *count == 1 {
                (*word).to_owned()
            } else {
                format!("{word}*{count}")
            }
        })
        .collect();
    runs.join(" ")
}

#[tokio::test]
async fn anything_that_yields_events_can_be_sent() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let visits = visits(3);

    visits
        .iter()
        .send_batch(&client)
        .await
        .expect("by reference");
    (&visits).send_batch(&client).await.expect("a slice");
    visits.send_batch(&client).await.expect("by value");
    [order("a"), order("b")]
        .send_batch(&client)
        .await
        .expect("an array");
    let mapped = (0..2).map(|n| order(&format!("mapped-{n}")));
    mapped.send_batch(&client).await.expect("an iterator");
    let mixed: Vec<Box<dyn TimelineEvent + Send + Sync>> = vec![
        Box::new(order("mixed")),
        Box::new(Seat {
            row: 1,
            who: "ada@example.com".into(),
        }),
    ];
    mixed.send_batch(&client).await.expect("a mix");
    let nothing: [Visit; 0] = [];
    let report = nothing.send_batch(&client).await.expect("nothing");

    assert_eq!((report.total(), report.requests()), (0, 0));
    assert_eq!(sandbox.event_count(), 3 + 3 + 3 + 2 + 2 + 2);
}

#[tokio::test]
async fn a_batch_has_at_most_100_events_and_none_more_than_needed() {
    let sandbox = sandbox().await;
    let report = visits(250)
        .send_batch(&sandbox.client())
        .await
        .expect("all created");
    assert_eq!(
        (report.total(), report.created(), report.requests()),
        (250, 250, 3)
    );
    assert_eq!(sandbox.requests(), 3);

    let client = sandbox
        .client_builder()
        .batch_size(7)
        .build()
        .expect("good settings");
    let report = visits(21).send_batch(&client).await.expect("all created");
    assert_eq!(report.requests(), 3);
}

#[tokio::test]
async fn a_batch_has_at_most_4_mb() {
    let sandbox = sandbox().await;
    let large = |n: usize| Visit {
        who: format!("visitor-{n}@example.com"),
        page: "x".repeat(500_000),
    };
    let events: Vec<Visit> = (0..20).map(large).collect();
    let report = events
        .send_batch(&sandbox.client())
        .await
        .expect("all created");
    assert_eq!((report.created(), report.requests()), (20, 3));
    assert!(
        sandbox
            .seen()
            .iter()
            .all(|request| request.bytes <= 4_000_000)
    );
}

#[tokio::test]
async fn one_event() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let created = client.send(&order("one")).await.expect("created");
    assert_eq!(created.id, "one");
    assert!(created.object_id.is_some());
    // HubSpot's recorded answers have no `createdAt`. If an answer has one, it is passed on.
    assert_eq!(created.created_at, None);
    sandbox.set_rules(Rules::default().created_at(true));
    let told = client.send(&order("told")).await.expect("created");
    assert_eq!(told.created_at.as_deref(), Some("2026-08-01T12:00:00.000Z"));

    let again = client.send(&order("one")).await.expect("there already");
    assert_eq!(again.id, "one");

    let mut bad = order("two");
    bad.amount = f64::NAN;
    let error = client.send(&bad).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "the event is not on HubSpot: two rejected: token `amount` is NaN or infinite, not a number (template 1001299)"
    );
    assert!(matches!(error.outcome(), Outcome::Rejected(_)));
}

#[tokio::test]
async fn an_event_can_be_read() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    client.send(&order("a/b c?#%")).await.expect("created");
    let read = client
        .event("1001299", "a/b c?#%")
        .await
        .expect("an answer");
    assert_eq!(read.map(|event| event.id).as_deref(), Some("a/b c?#%"));
    assert_eq!(
        client.event("1001299", "nobody").await.expect("an answer"),
        None
    );
}

#[tokio::test]
async fn what_no_url_can_hold_is_not_asked_for() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    client.send(&order("..")).await.expect("created");
    let sent = sandbox.requests();
    for id in ["", ".", ".."] {
        let error = client.event("1001299", id).await.expect_err("no such path");
        assert!(
            error.to_string().contains("cannot stand in a URL"),
            "{error}"
        );
    }
    assert_eq!(sandbox.requests(), sent);
}
