//! A backlog at its limit refuses, or waits; it drops nothing.

use std::time::Duration;

use futures_util::FutureExt;
use timeline_core::SealedEvent;
use timeline_core::outbox::{Outbox, OutboxErrorKind};

use super::{Folder, until_empty, waiting};
use crate::{order, sandbox, seal};

#[tokio::test]
async fn it_refuses() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let settings = Outbox::builder().backlog_limit(10).clock(sandbox.clock());
    let outbox = settings.open(folder.file()).await.expect("an outbox");
    let events: Vec<SealedEvent> = (0..12).map(|n| seal(&client, &order(n))).collect();
    outbox.enqueue_all(&events[..9]).await.expect("room");
    for refused in [
        outbox.enqueue_all(&events[9..11]).await,
        outbox.enqueue_all(&events).await,
    ] {
        let refused = refused.expect_err("no room");
        assert_eq!(refused.kind(), OutboxErrorKind::BacklogFull, "{refused}");
        assert!(refused.to_string().contains("(10)"), "{refused}");
    }
    outbox.enqueue(&events[9]).await.expect("room for one");
    let refused = outbox.enqueue(&events[10]).await.expect_err("no room");
    assert_eq!(refused.kind(), OutboxErrorKind::BacklogFull);
    // Events that are there already need no room.
    outbox.enqueue_all(&events[3..7]).await.expect("the same");
    assert_eq!(waiting(&outbox).await, 10);
    // Once HubSpot has them, there is room.
    let empty = until_empty(&outbox, &sandbox);
    let report = client.relay(outbox.clone()).stop_on(empty).await;
    assert_eq!(report.expect("a sound outbox").done(), 10);
    outbox.enqueue_all(&events[10..]).await.expect("room");
}

#[tokio::test]
async fn it_waits_in_order() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let settings = Outbox::builder().backlog_limit(10).wait_for_room(true);
    let outbox = settings.clock(sandbox.clock()).open(folder.file()).await;
    let outbox = outbox.expect("an outbox");
    let events: Vec<SealedEvent> = (0..100).map(|n| seal(&client, &order(n))).collect();
    outbox.enqueue_all(&events[..10]).await.expect("room");
    // A call with more events than ever fit does not wait.
    let refused = outbox.enqueue_all(&events[..11]).await.expect_err("never");
    assert_eq!(refused.kind(), OutboxErrorKind::BacklogFull);
    // One call is given up while it waits.
    let mut given_up = Box::pin(outbox.enqueue(&events[99]));
    assert!(given_up.as_mut().now_or_never().is_none());
    drop(given_up);
    let waits = (10..99).map(|n| {
        let (outbox, event) = (outbox.clone(), events[n].clone());
        tokio::spawn(async move { outbox.enqueue(&event).await })
    });
    let waits: Vec<_> = waits.collect();
    sandbox.clock().sleep(Duration::from_secs(1)).await;
    assert!(waits.iter().all(|wait| !wait.is_finished()));
    let all_in = async {
        for wait in waits {
            wait.await.expect("no panic").expect("room in the end");
        }
        until_empty(&outbox, &sandbox).await;
    };
    let report = client.relay(outbox.clone()).stop_on(all_in).await;
    assert_eq!(report.expect("a sound outbox").done(), 99);
    assert_eq!(sandbox.event_count(), 99);
    let there: std::collections::BTreeSet<String> =
        sandbox.events().into_iter().map(|event| event.id).collect();
    assert!(!there.contains(events[99].id()));
}
