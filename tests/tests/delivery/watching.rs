//! Being watched: counters that add up, spans, and a line for each event that is not there.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, Sandbox};
use timeline_core::{Client, Fault, Metrics, OAuth, RateLimit, RetryPolicy, SendBatch, metrics};
use tracing_subscriber::fmt::MakeWriter;

use crate::{Order, order, orders, sandbox, visits};

#[derive(Clone, Default)]
struct Counters(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Metrics for Counters {
    fn add(&self, counter: &'static str, by: u64) {
        *self
            .0
            .lock()
            .expect("not poisoned")
            .entry(counter)
            .or_default() += by;
    }

    fn record(&self, duration: &'static str, _: Duration) {
        self.add(duration, 1);
    }
}

impl Counters {
    fn get(&self, counter: &str) -> u64 {
        let counters = self.0.lock().expect("not poisoned");
        counters.get(counter).copied().unwrap_or_default()
    }

    fn ended(&self) -> u64 {
        [
            metrics::EVENTS_CREATED,
            metrics::EVENTS_ALREADY_EXISTING,
            metrics::EVENTS_REJECTED,
            metrics::EVENTS_NOT_SENT,
            metrics::EVENTS_UNKNOWN,
            metrics::EVENTS_DROPPED,
        ]
        .map(|counter| self.get(counter))
        .iter()
        .sum()
    }
}

#[tokio::test]
async fn the_counters_add_up_and_agree_with_the_reports() {
    let sandbox = sandbox().await;
    let counters = Counters::default();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .clock(sandbox.clock())
        .rate_limit(RateLimit::unlimited())
        .oauth(OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN))
        .metrics(counters.clone())
        .build()
        .expect("good settings");
    sandbox.inject(Fault::status(503).times(8));
    sandbox.inject(Fault::status(429));
    let bad = Order {
        amount: f64::NAN,
        ..order("bad")
    };
    let events = orders(300).into_iter().chain([bad, order("order-7")]);
    let report = events.send_batch(&client).report().await;
    let sent = client.send(&order("order-8")).await;
    assert!(sent.is_ok());
    for (counter, expected) in [
        (metrics::EVENTS_TAKEN, 303),
        (metrics::EVENTS_CREATED, report.created() as u64),
        (
            metrics::EVENTS_ALREADY_EXISTING,
            report.already_existing() as u64 + 1,
        ),
        (metrics::EVENTS_REJECTED, 1),
        // The event that was there already is read back.
        (metrics::REQUESTS, report.requests() + 2),
        (metrics::RETRIES, report.retries()),
        (metrics::RATE_LIMITED, 1),
        (metrics::OUTAGES, 1),
        (metrics::TOKEN_REFRESHES, 1),
        (metrics::REQUEST_TIME, counters.get(metrics::REQUESTS)),
    ] {
        assert_eq!(counters.get(counter), expected, "{counter}");
    }
    assert_eq!(counters.get(metrics::EVENTS_TAKEN), counters.ended());

    // A call that is dropped leaves no gap.
    let mut sending = visits(250).send_batch(&client);
    assert!(futures_util::FutureExt::now_or_never(&mut sending).is_none());
    drop(sending);
    assert!(counters.get(metrics::EVENTS_DROPPED) > 0);
    assert_eq!(counters.get(metrics::EVENTS_TAKEN), counters.ended());
}

/// Everything that anybody logs, down to TRACE.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        let bytes = self.0.lock().expect("not poisoned");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Log;

    fn make_writer(&'w self) -> Log {
        self.clone()
    }
}

/// For the thread of a test: its runtime has no other.
pub(crate) fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn a_line_for_each_event_that_is_not_there() {
    let sandbox: Sandbox = sandbox().await;
    let client = sandbox.client_builder().retry(RetryPolicy::none());
    let client = client.build().expect("good settings");
    sandbox.inject(Fault::status(400).body(
        r#"{"category":"VALIDATION_ERROR","message":"ada@example.com is bad","correlationId":"c-17"}"#,
    ));
    let (log, listening) = listen();
    let report = [order("order-1")].send_batch(&client).report().await;
    drop(listening);
    assert_eq!(report.rejected(), 1);
    let log = log.text();
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains(" WARN ")).collect();
    let [warning] = warnings[..] else {
        panic!("{log}");
    };
    for part in [
        "event not delivered",
        r#"outcome="rejected""#,
        "order-1",
        "1001299",
        "VALIDATION_ERROR",
        "c-17",
        "attempts=1",
    ] {
        assert!(warning.contains(part), "{part} in {warning}");
    }
    assert!(!log.contains("ada@example.com"), "{log}");
    for span in [
        "timeline.batch{events=1}",
        r#"timeline.attempt{method="POST" path="/integrators/timeline/v3/events/batch/create" number=1"#,
    ] {
        assert!(log.contains(span), "{span} in {log}");
    }
}
