//! Errors of the queue itself.

use std::error::Error;
use std::time::Duration;

use crate::queue::{Broken, Fault, Store};
use crate::{json, order, sandbox, seal, until_empty};

/// It is asked again with pauses, and nothing is lost or doubled.
#[tokio::test]
async fn a_queue_that_fails_now_and_then() {
    for fault in [Fault::Before, Fault::After] {
        let sandbox = sandbox().await;
        let client = sandbox.client();
        let store = Store::new(sandbox.clock());
        for n in 0..250 {
            store.push(json(&seal(&client, &order(n))));
        }
        // Every second call, twenty times.
        store.inject([Some(fault), None].repeat(20));
        let report = client
            .relay(store.queue())
            .stop_on(until_empty(&store))
            .await
            .expect("it works again");
        assert!(report.queue_errors() >= 3, "{report}");
        let settled = report.done() + report.given_back() + report.parked() + report.unsettled();
        assert_eq!(report.received(), settled, "{report}");
        assert_eq!(sandbox.event_count(), 250);
        assert!(sandbox.events().iter().all(|event| event.writes == 1));
    }
}

#[tokio::test]
async fn a_queue_that_is_gone() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let store = Store::new(sandbox.clock());
    for n in 0..3 {
        store.push(json(&seal(&client, &order(n))));
    }
    let gone = store.clone();
    let clock = sandbox.clock();
    let breaks = async {
        clock.sleep(Duration::from_secs(10)).await;
        gone.breaks(true);
    };
    let patience = Duration::from_secs(20);
    let relay = async {
        let relay = client.relay(store.queue()).queue_patience(patience);
        relay.await.expect_err("the queue is gone")
    };
    let ((), error) = tokio::join!(breaks, relay);
    let waited = sandbox.clock().elapsed();
    assert!(
        waited >= Duration::from_secs(30) && waited < Duration::from_secs(40),
        "{waited:?}"
    );
    assert_eq!(error.report().done(), 3);
    assert!(error.source().is_some_and(<dyn Error>::is::<Broken>));
    assert!(
        error
            .to_string()
            .contains("the queue is broken (3 received: 3 done"),
        "{error}"
    );
}
