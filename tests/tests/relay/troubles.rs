//! Errors of the queue itself.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use timeline_core::sandbox::Fault as SandboxFault;
use timeline_core::{Clock, Queue, Settled};

use crate::queue::{Broken, Fault, InMemory, Store};
use crate::{json, order, sandbox, seal, until_empty};

/// The queue is asked again with pauses, and nothing is lost or doubled.
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
    let shown = format!("RelayError({:?})", error.to_string());
    assert_eq!(format!("{error:?}"), shown);
    assert!(error.source().is_some_and(<dyn Error>::is::<Broken>));
    assert!(
        error
            .to_string()
            .contains("the queue is broken (3 received: 3 done"),
        "{error}"
    );
}

/// A queue whose calls are always ready, and which gives at once what was given back.
struct Ready {
    message: Vec<u8>,
    settles: bool,
    received: Arc<AtomicUsize>,
}

impl Queue for Ready {
    type Ticket = ();
    type Error = Broken;

    async fn receive(&mut self, at_most: usize) -> Result<Vec<(Vec<u8>, ())>, Broken> {
        self.received.fetch_add(1, Ordering::Relaxed);
        Ok(vec![(self.message.clone(), ()); at_most])
    }

    async fn settle(&mut self, _: Vec<Settled<()>>) -> Result<(), Broken> {
        self.settles.then_some(()).ok_or(Broken)
    }
}

/// The queue keeps no other task of the thread from running, and a stop is noticed.
#[tokio::test]
async fn a_queue_that_is_always_ready() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let newer = String::from_utf8(json(&seal(&client, &order(1)))).expect("UTF-8");
    let queue = Ready {
        message: newer
            .replace(r#""version":1"#, r#""version":99"#)
            .into_bytes(),
        settles: true,
        received: Arc::default(),
    };
    let received = Arc::clone(&queue.received);
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let other = tokio::spawn(async move {
        while received.load(Ordering::Relaxed) < 20 {
            tokio::task::yield_now().await;
        }
        stop.send(()).expect("it runs");
    });
    let report = client
        .relay(queue)
        .stop_on(stopped)
        .await
        .expect("a sound queue");
    other.await.expect("no panic");
    assert!(report.given_back() >= 20 * 500, "{report}");
    assert_eq!(report.received(), report.given_back(), "{report}");
}

/// Messages are received, and none can be settled: they are not sent again and again without end.
#[tokio::test]
async fn a_queue_that_never_settles() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let queue = Ready {
        message: json(&seal(&client, &order(1))),
        settles: false,
        received: Arc::default(),
    };
    let received = Arc::clone(&queue.received);
    let error = client.relay(queue).await.expect_err("nothing is settled");
    assert!(
        error.report().queue_errors() > 2 && error.report().done() == 0,
        "{error}"
    );
    assert!(received.load(Ordering::Relaxed) < 60, "{received:?}");
    let elapsed = sandbox.clock().elapsed();
    assert!(elapsed < Duration::from_secs(40), "{elapsed:?}");
}

/// A queue that gives messages, and cannot settle any until some time.
struct SettlesLate {
    queue: InMemory,
    clock: Arc<dyn Clock>,
    from: Duration,
}

impl Queue for SettlesLate {
    type Ticket = <InMemory as Queue>::Ticket;
    type Error = Broken;

    async fn receive(&mut self, at_most: usize) -> Result<Vec<(Vec<u8>, Self::Ticket)>, Broken> {
        self.queue.receive(at_most).await
    }

    async fn settle(&mut self, settled: Vec<Settled<Self::Ticket>>) -> Result<(), Broken> {
        match self.clock.elapsed() < self.from {
            true => Err(Broken),
            false => self.queue.settle(settled).await,
        }
    }

    async fn hold(&mut self, tickets: &[&Self::Ticket]) -> Result<(), Broken> {
        self.queue.hold(tickets).await
    }
}

/// More outcomes than are settled together come while the queue cannot settle: the relay waits for the queue.
#[tokio::test]
async fn outcomes_that_cannot_be_settled_wait() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let store = Store::new(sandbox.clock());
    for n in 0..6_000 {
        store.push(json(&seal(&client, &order(n))));
    }
    sandbox.inject(SandboxFault::slow(Duration::from_millis(100)).forever());
    let queue = SettlesLate {
        queue: store.queue(),
        clock: sandbox.clock(),
        from: Duration::from_secs(8),
    };
    let report = client.relay(queue).stop_on(until_empty(&store)).await;
    let report = report.expect("it settles again within its patience");
    assert!(report.queue_errors() > 0, "{report}");
    assert_eq!(sandbox.event_count(), 6_000);
}
