//! Being watched: counters that add up. What is logged is in `logs.rs`, which needs a process of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN};
use timeline_core::{Client, Fault, Metrics, OAuth, RateLimit, SendBatch, metrics};

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

    // An event that is refused before it leaves counts, too.
    let rejected = counters.get(metrics::EVENTS_REJECTED);
    let bad = Order {
        amount: f64::NAN,
        ..order("bad")
    };
    assert!(client.send(&bad).await.is_err());
    assert_eq!(counters.get(metrics::EVENTS_REJECTED), rejected + 1);

    // A call that is dropped leaves no gap.
    let mut sending = visits(250).send_batch(&client);
    assert!(futures_util::FutureExt::now_or_never(&mut sending).is_none());
    drop(sending);
    assert!(counters.get(metrics::EVENTS_DROPPED) > 0);
    assert_eq!(counters.get(metrics::EVENTS_TAKEN), counters.ended());
}
