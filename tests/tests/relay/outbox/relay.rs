//! The outbox as the queue of relays.

use std::time::Duration;

use futures_util::FutureExt;
use timeline_core::outbox::Outbox;
use timeline_core::sandbox::Fault;
use timeline_core::{Queue, SealedEvent};

use super::{Folder, open, until_empty, waiting};
use crate::{order, sandbox, seal};

fn orders(client: &timeline_core::Client, count: usize) -> Vec<SealedEvent> {
    (0..count).map(|n| seal(client, &order(n))).collect()
}

/// Events that come while the relay waits leave at once, and not only when the relay asks again.
#[tokio::test]
async fn new_events_are_noticed_at_once() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let (clock, events) = (sandbox.clock(), orders(&client, 300));
    let writing = async {
        clock.sleep(Duration::from_secs(100)).await;
        // Three full batches: none waits for more events.
        outbox.enqueue_all(&events).await.expect("room");
        let before = clock.elapsed();
        while sandbox.event_count() < 300 {
            clock.sleep(Duration::from_millis(10)).await;
        }
        assert!(clock.elapsed() - before < Duration::from_millis(200));
        until_empty(&outbox, &sandbox).await;
    };
    let report = client.relay(outbox.clone()).stop_on(writing).await;
    assert_eq!(report.expect("a sound outbox").done(), 300);
}

/// An outage of an hour: everything is given back and comes again, and nothing becomes a dead letter. The outbox is
/// opened again in the middle of it.
#[tokio::test]
async fn an_outage_buries_nothing() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let hour = Duration::from_secs(3600);
    sandbox.inject(Fault::status(503).lasting(hour));
    let outbox = open(folder.file(), &sandbox).await;
    outbox
        .enqueue_all(&orders(&client, 300))
        .await
        .expect("room");
    let half = sandbox.clock();
    let report = client
        .relay(outbox.clone())
        .stop_on(half.sleep(hour / 2))
        .await
        .expect("a sound outbox");
    assert!(report.given_back() > 300, "{report}");
    outbox.close().await.expect("open");

    let outbox = open(folder.file(), &sandbox).await;
    assert_eq!(waiting(&outbox).await, 300);
    let empty = until_empty(&outbox, &sandbox);
    let report = client.relay(outbox.clone()).stop_on(empty).await;
    let report = report.expect("a sound outbox");
    assert_eq!((report.done(), report.parked()), (300, 0), "{report}");
    assert!(sandbox.events().iter().all(|event| event.sent == 1));
    assert!(sandbox.clock().elapsed() < hour + Duration::from_secs(30));
}

/// Two relays share an outbox: each event goes out once.
#[tokio::test]
async fn two_relays() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    outbox
        .enqueue_all(&orders(&client, 3_000))
        .await
        .expect("room");
    let other = sandbox.client();
    let (one, two) = tokio::join!(
        client
            .relay(outbox.clone())
            .stop_on(until_empty(&outbox, &sandbox)),
        other
            .relay(outbox.clone())
            .stop_on(until_empty(&outbox, &sandbox)),
    );
    let (one, two) = (one.expect("sound"), two.expect("sound"));
    assert_eq!(one.done() + two.done(), 3_000, "{one}; {two}");
    assert!(one.done() > 0 && two.done() > 0, "{one}; {two}");
    assert_eq!(sandbox.event_count(), 3_000);
    assert!(sandbox.events().iter().all(|event| event.sent == 1));
}

/// A relay that was dropped has its events back in the outbox when their leases are over; a relay whose leases are held
/// keeps them.
#[tokio::test]
async fn leases_end() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let mut outbox = open(folder.file(), &sandbox).await;
    outbox.enqueue_all(&orders(&client, 5)).await.expect("room");
    let clock = sandbox.clock();
    let held = outbox.receive(2).await.expect("a sound outbox");
    drop(outbox.receive(3).await.expect("a sound outbox"));
    assert_eq!(outbox.stats().await.expect("stats").in_flight, 5);
    for _ in 0..7 {
        clock.sleep(Duration::from_secs(4)).await;
        let tickets: Vec<_> = held.iter().map(|(_, ticket)| ticket).collect();
        outbox.hold(&tickets).await.expect("a sound outbox");
    }
    let before = clock.elapsed();
    let again = outbox.receive(5).await.expect("a sound outbox");
    assert_eq!(again.len(), 3);
    assert!(clock.elapsed() - before <= Duration::from_secs(2));
}

/// Calls `receive` and drops the call before its answer. The outbox has answered it when this function ends.
async fn drop_a_receive(outbox: &mut Outbox, at_most: usize, known: &SealedEvent) {
    let beside = outbox.clone();
    // While the outbox is at work, no call is answered at once. It knows all these events, so it takes none of them.
    let many = vec![known.clone(); 5_000];
    let mut busy = Box::pin(beside.enqueue_all(&many));
    assert!(busy.as_mut().now_or_never().is_none());
    assert!(outbox.receive(at_most).now_or_never().is_none());
    busy.await.expect("all are known");
    // Commands are answered in their order.
    beside.stats().await.expect("stats");
}

/// A `receive` that is dropped while it takes loses nothing: the next `receive` has the events at once, without waiting
/// for a lease.
#[tokio::test]
async fn a_receive_that_is_dropped() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let mut outbox = open(folder.file(), &sandbox).await;
    let events = orders(&client, 10);
    outbox.enqueue_all(&events).await.expect("room");
    let clock = sandbox.clock();
    drop_a_receive(&mut outbox, 10, &events[0]).await;
    assert_eq!(outbox.stats().await.expect("stats").in_flight, 10);
    let before = clock.elapsed();
    let three = outbox.receive(3).await.expect("a sound outbox");
    let more = outbox.receive(7).await.expect("a sound outbox");
    assert_eq!((three.len(), more.len()), (3, 7));
    assert!(clock.elapsed() - before < Duration::from_secs(1));
    assert_eq!(outbox.stats().await.expect("stats").in_flight, 10);
}

/// What a dropped `receive` has taken is given to the next one only while its lease lasts. When a handle is dropped,
/// others get what it has left.
#[tokio::test]
async fn what_a_dropped_receive_has_taken_is_for_one_relay() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let clock = sandbox.clock();
    let mut outbox = open(folder.file(), &sandbox).await;
    let events = orders(&client, 8);
    outbox.enqueue_all(&events[..5]).await.expect("room");
    let mut beside = outbox.clone();
    drop_a_receive(&mut outbox, 5, &events[0]).await;
    assert_eq!(outbox.stats().await.expect("stats").in_flight, 5);
    clock.sleep(Duration::from_secs(31)).await;
    let others = beside.receive(2).await.expect("a sound outbox");
    let own = outbox.receive(5).await.expect("a sound outbox");
    assert_eq!((others.len(), own.len()), (2, 3));
    assert_eq!(outbox.stats().await.expect("stats").in_flight, 5);

    outbox.enqueue_all(&events).await.expect("room");
    drop_a_receive(&mut outbox, 3, &events[0]).await;
    let one = outbox.receive(1).await.expect("a sound outbox");
    drop(outbox);
    let before = clock.elapsed();
    let rest = beside.receive(3).await.expect("a sound outbox");
    assert_eq!((one.len(), rest.len()), (1, 2));
    assert!(clock.elapsed() - before < Duration::from_secs(1));
}

/// A `receive` was dropped when there was nothing; the next one notices at once what comes after that.
#[tokio::test]
async fn what_comes_after_a_receive_was_dropped() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let mut queue = outbox.clone();
    assert!(queue.receive(10).now_or_never().is_none());
    // Commands are answered in their order, so the dropped `receive` is answered by now.
    assert_eq!(waiting(&outbox).await, 0);
    outbox.enqueue_all(&orders(&client, 2)).await.expect("room");

    let clock = sandbox.clock();
    let before = clock.elapsed();
    let received = queue.receive(10).await.expect("open");
    assert_eq!(received.len(), 2);
    let waited = clock.elapsed() - before;
    assert!(waited < Duration::from_secs(1), "{waited:?}");
}

/// The sandbox's clock waits for the disk, also where a relay has nothing to do for an hour.
#[tokio::test]
async fn the_clock_stands_still_while_events_are_written() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let (clock, events) = (sandbox.clock(), orders(&client, 20));
    let mut took = Vec::new();
    let enqueued = async {
        for event in &events {
            clock.sleep(Duration::from_secs(20)).await;
            let before = clock.elapsed();
            outbox.enqueue(event).await.expect("room");
            took.push(clock.elapsed().saturating_sub(before));
        }
    };
    let report = client.relay(outbox.clone()).stop_on(enqueued).await;
    report.expect("a sound outbox");
    assert_eq!(took, [Duration::ZERO; 20]);
}
