//! The handle of a sandbox: its clock, its events and its counts.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use timeline_core::sandbox::{Sandbox, TestClock};
use timeline_core::{
    Clock, EventInput, EventTemplate, InvalidEvent, ObjectType, SendBatch, TimelineEvent,
    TokenDefinition,
};

use crate::http::{BATCH, batch, call};
use crate::{event, sandbox};

fn number(name: &str) -> TokenDefinition {
    TokenDefinition::new::<u32>(name, name).expect("a name")
}

struct Named;
impl TimelineEvent for Named {
    fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
        Ok(EventInput::named("Walk taken")
            .id("walk-1")
            .email("ada@example.com")
            .token("steps", 7))
    }

    fn templates() -> Vec<EventTemplate> {
        vec![EventTemplate::new("Walk taken", ObjectType::Contacts).token(number("steps"))]
    }
}

struct Longer;
impl TimelineEvent for Longer {
    fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
        Ok(EventInput::named("Walk taken"))
    }

    fn templates() -> Vec<EventTemplate> {
        let walk = EventTemplate::new("Walk taken", ObjectType::Contacts).token(number("metres"));
        vec![
            walk,
            EventTemplate::new("Fixed", ObjectType::Deals).with_id("77"),
        ]
    }
}

#[tokio::test]
async fn types_are_registered_and_sent() {
    let sandbox = Sandbox::start().await.expect("a port");
    let ids = sandbox.register::<Named>();
    let id = ids.get("Walk taken").expect("registered").to_owned();
    assert_eq!(sandbox.register::<Named>(), ids);
    let both = sandbox.register::<Longer>();
    assert_eq!(
        (both.get("Walk taken"), both.get("Fixed")),
        (Some(&*id), Some("77"))
    );
    let tokens: Vec<String> = sandbox.templates()[0]
        .tokens
        .iter()
        .map(|token| token.name.clone())
        .collect();
    assert_eq!(
        (sandbox.templates().len(), tokens),
        (2, vec!["steps".to_owned(), "metres".to_owned()])
    );

    let client = sandbox
        .client_builder()
        .template_ids(ids)
        .build()
        .expect("a client");
    let report = [Named].send_batch(&client).await.expect("all delivered");
    assert_eq!(report.created(), 1);
    let stored = sandbox.event(&id, "walk-1").expect("held");
    assert_eq!(
        (&*stored.tokens["steps"], stored.writes, stored.sent),
        ("7", 1, 1)
    );
}

#[tokio::test]
async fn an_event_counts_how_often_it_was_sent() {
    let sandbox = sandbox().await;
    batch(&sandbox, &[event("a"), event("b")]).await;
    batch(&sandbox, &[event("a")]).await;
    call(&sandbox, "GET", "/nowhere", &Value::Null).await;
    let counts = |id: &str| {
        let event = sandbox.event(crate::TEMPLATE, id).expect(id);
        (event.writes, event.sent)
    };
    assert_eq!((counts("a"), counts("b")), ((1, 2), (1, 1)));
    assert_eq!((sandbox.requests(), sandbox.event_count()), (3, 2));
    let seen: Vec<(String, String, Option<u16>)> = sandbox
        .seen()
        .into_iter()
        .map(|request| (request.method, request.path, request.status))
        .collect();
    assert_eq!(
        seen,
        [
            ("POST".to_owned(), BATCH.to_owned(), Some(201)),
            ("POST".to_owned(), BATCH.to_owned(), Some(207)),
            ("GET".to_owned(), "/nowhere".to_owned(), Some(404)),
        ]
    );
    sandbox.clear_events();
    assert_eq!((sandbox.requests(), sandbox.events().len()), (3, 0));
    assert_eq!(batch(&sandbox, &[event("a")]).await.status, 201);
}

#[tokio::test]
async fn a_rate_limit_has_a_rolling_window_and_headers() {
    let clock = TestClock::new();
    let builder = Sandbox::builder().clock(Arc::new(clock.clone()));
    let sandbox = builder
        .rate_limit(2, Duration::from_secs(10))
        .start()
        .await
        .expect("a port");
    for (wait, status, remaining) in [
        (0, 201, "1"),
        (6, 201, "0"),
        (3, 429, "0"),
        (1, 201, "0"),
        (0, 429, "0"),
    ] {
        clock.advance(Duration::from_secs(wait));
        let answer = batch(&sandbox, &[]).await;
        assert_eq!(answer.status, status);
        for (name, value) in [
            ("X-HubSpot-RateLimit-Max", "2"),
            ("X-HubSpot-RateLimit-Remaining", remaining),
            ("X-HubSpot-RateLimit-Interval-Milliseconds", "10000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
        if status == 429 {
            let mut body = answer.json();
            body["correlationId"].take();
            assert_eq!(
                body,
                json!({
                    "status": "error",
                    "message": "You have reached your ten_secondly_rolling limit.",
                    "errorType": "RATE_LIMIT",
                    "policyName": "TEN_SECONDLY_ROLLING",
                    "category": "RATE_LIMITS",
                    "correlationId": null,
                })
            );
        }
    }
    assert_eq!(sandbox.requests(), 5);
    let times: Vec<u64> = sandbox
        .seen()
        .iter()
        .map(|request| request.at.as_secs())
        .collect();
    assert_eq!(times, [0, 6, 9, 10, 10]);
    let unlimited = crate::sandbox().await;
    assert_eq!(
        batch(&unlimited, &[])
            .await
            .header("X-HubSpot-RateLimit-Max"),
        None
    );
}

#[tokio::test]
async fn a_test_clock_never_waits_and_never_goes_back() {
    let start = UNIX_EPOCH + Duration::from_secs(1000);
    let clock = TestClock::starting_at(start);
    let begun = Instant::now();
    let (long, short) = (
        clock.sleep(Duration::from_secs(3600)),
        clock.sleep(Duration::from_secs(60)),
    );
    assert_eq!(clock.elapsed(), Duration::ZERO);
    long.await;
    assert_eq!(clock.elapsed(), Duration::from_secs(3600));
    short.await;
    assert_eq!(clock.elapsed(), Duration::from_secs(3600));
    clock.advance(Duration::from_secs(1));
    assert_eq!(clock.clone().now(), start + Duration::from_secs(3601));
    assert!(begun.elapsed() < Duration::from_secs(10));
    clock.sleep(Duration::MAX).await;
    assert!(clock.now() >= start);
}

#[tokio::test]
async fn a_sandbox_ends_when_it_is_dropped() {
    let sandbox = sandbox().await;
    let address = sandbox
        .base_url()
        .strip_prefix("http://")
        .expect("http")
        .to_owned();
    sandbox.inject(timeline_core::Fault::stall_after());
    let body = json!({ "inputs": [event("a")] });
    let waiting =
        async { crate::http::raw(&sandbox, "POST", BATCH, body.to_string().as_bytes()).await };
    assert!(
        tokio::time::timeout(Duration::from_millis(50), waiting)
            .await
            .is_err()
    );
    let port: u16 = address
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("a port");
    assert!(Sandbox::builder().port(port).start().await.is_err());
    let begun = Instant::now();
    sandbox.shutdown();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
    assert!(Sandbox::builder().port(port).start().await.is_ok());
}

#[test]
fn it_needs_no_runtime_but_to_start() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let sandbox = runtime.block_on(sandbox());
    assert_eq!(runtime.block_on(batch(&sandbox, &[event("a")])).status, 201);
    drop(runtime);
    assert_eq!(sandbox.events().len(), 1);
    assert!(format!("{sandbox:?}").contains("events: 1"));
}

#[tokio::test]
async fn seventy_thousand_events_go_in_quickly() {
    let sandbox = Sandbox::start().await.expect("a port");
    sandbox.add_template(crate::template());
    let begun = Instant::now();
    let client = sandbox.client();
    let inputs = (0..70_000).map(|number| {
        EventInput::new(crate::TEMPLATE)
            .id(format!("event-{number}"))
            .email(format!("owner-{}@example.com", number % 5000))
            .timestamp(SystemTime::now())
            .token("petName", "Rex")
            .token("petAge", number)
    });
    let report = inputs.send_batch(&client).await.expect("all delivered");
    assert_eq!(
        (report.created(), sandbox.event_count(), sandbox.requests()),
        (70_000, 70_000, 700)
    );
    assert!(
        sandbox
            .events()
            .iter()
            .all(|event| event.writes == 1 && event.sent == 1)
    );
    println!("{:?}", begun.elapsed());
    // A few seconds on two busy cores, in a debug build; minutes if the time were quadratic.
    assert!(begun.elapsed() < Duration::from_secs(60));
}
