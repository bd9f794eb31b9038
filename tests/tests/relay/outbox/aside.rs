//! Events that wait are listed, and put aside so that they do not leave.

use std::fs;
use std::time::Duration;

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET};
use timeline_core::{Fault, NotSentReason, OAuth, Outcome, Queue, SealedEvent};

use super::{Folder, open, until_empty, waiting};
use crate::{order, sandbox, seal};

/// Longer than a relay has an event without holding it.
const LEASE: Duration = Duration::from_secs(3_600);

fn ids(events: &[SealedEvent]) -> Vec<String> {
    events.iter().map(|event| event.id().to_owned()).collect()
}

#[tokio::test]
async fn what_waits_is_put_aside_and_deleted_or_waits_again() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let mut outbox = open(folder.file(), &sandbox).await;
    let events: Vec<_> = (0..6).map(|n| seal(&client, &order(n))).collect();
    outbox.enqueue_all(&events).await.expect("room");
    let out = outbox.receive(2).await.expect("a sound outbox");
    assert_eq!(out.len(), 2);

    let listed = outbox.waiting().await.expect("a sound file");
    let read = listed
        .iter()
        .map(|one| one.event().expect("as it was taken"));
    assert_eq!(read.collect::<Vec<_>>(), events);
    let named: Vec<_> = listed.iter().map(|one| one.id().to_owned()).collect();
    assert_eq!(named, ids(&events));
    assert!(
        listed
            .iter()
            .all(|one| one.taken_at() == listed[0].taken_at())
    );
    assert!(!format!("{listed:?}").contains("example.com"));

    // Events that a relay has are left alone, and so are ids that are not there.
    let all = [&named[..], &["none of ours".to_owned()]].concat();
    for aside in [4, 0] {
        assert_eq!(outbox.put_aside(&all).await.expect("a sound file"), aside);
        let stats = outbox.stats().await.expect("stats");
        assert_eq!((stats.waiting, stats.in_flight, stats.dead), (2, 2, 4));
    }
    let dead = outbox.dead().await.expect("a sound file");
    assert!(dead.iter().all(|one| one.reason().contains("put it aside")));
    assert!(
        dead.iter()
            .all(|one| events[2..].contains(&one.event().expect("sound")))
    );

    // The lease of the relay is over.
    sandbox.clock().sleep(LEASE).await;
    assert_eq!(outbox.put_aside(&all).await.expect("a sound file"), 2);
    assert_eq!(waiting(&outbox).await, 0);

    assert_eq!(outbox.discard(&named[..4]).await.expect("a sound file"), 4);
    outbox.close().await.expect("open");
    let outbox = open(folder.file(), &sandbox).await;
    assert_eq!(outbox.revive(&all).await.expect("a sound file"), 2);
    let empty = until_empty(&outbox, &sandbox);
    let report = client.relay(outbox.clone()).stop_on(empty).await;
    assert_eq!(report.expect("a sound outbox").done(), 2);
    let mut sent: Vec<_> = sandbox.events().into_iter().map(|event| event.id).collect();
    sent.sort();
    assert_eq!(sent, named[4..]);
}

/// The outcomes are given at once, and not at the shutdown.
#[tokio::test]
async fn those_who_wait_for_an_outcome_are_told() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let outbox = open(folder.file(), &sandbox).await;
    let lost = sandbox.client();
    sandbox.inject(Fault::cut_after().not_stored().forever());
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, "uninstalled");
    let uninstalled = sandbox.client_builder().oauth(oauth).build();
    for (client, is_uncertain) in [(uninstalled.expect("good settings"), false), (lost, true)] {
        let sender = client.sender().outbox(outbox.clone()).build();
        let mut pending = Vec::new();
        for n in [0, 1, 1] {
            pending.push(sender.send(order(n)).await);
        }
        // The event has been tried, and is not with the relay.
        loop {
            sandbox.clock().sleep(Duration::from_secs(1)).await;
            let stats = outbox.stats().await.expect("stats");
            if stats.next_try.is_some() && stats.in_flight == 0 {
                break;
            }
        }
        let listed = outbox.waiting().await.expect("a sound file");
        let named: Vec<_> = listed.iter().map(|one| one.id().to_owned()).collect();
        assert_eq!(named.len(), 2);
        assert_eq!(outbox.put_aside(&named).await.expect("a sound file"), 2);
        for (n, pending) in pending.into_iter().enumerate() {
            match pending.await {
                Outcome::Unknown { .. } if is_uncertain => {}
                // The second of two may have found that the first one has left.
                Outcome::Unknown { .. } if n == 2 => {}
                Outcome::NotSent { reason, .. } => {
                    assert!(!is_uncertain);
                    assert_eq!(reason, NotSentReason::InOutbox);
                }
                other => panic!("{other}"),
            }
        }
        assert_eq!(outbox.discard(&named).await.expect("a sound file"), 2);
        let report = sender.shutdown(Duration::from_secs(3)).await;
        assert_eq!((report.total(), report.rejected()), (3, 0), "{report}");
        assert_eq!(waiting(&outbox).await, 0);
    }
    assert_eq!(sandbox.event_count(), 0);
}

/// An event that may have left before it was put aside is as uncertain after it was revived.
#[tokio::test]
async fn a_revived_event_may_have_left() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let events: Vec<_> = (0..2).map(|n| seal(&client, &order(n))).collect();
    outbox.enqueue_all(&events).await.expect("room");
    let named = ids(&events);
    assert_eq!(outbox.put_aside(&named).await.expect("a sound file"), 2);
    assert_eq!(outbox.revive(&named).await.expect("a sound file"), 2);
    // Nothing is sent, so that the sender knows no more than that.
    sandbox.inject(Fault::stall_before().forever());
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, "uninstalled");
    let uninstalled = sandbox.client_builder().oauth(oauth).build();
    let uninstalled = uninstalled.expect("good settings");
    let sender = uninstalled.sender().outbox(outbox.clone()).build();
    for n in 0..2 {
        let pending = sender.send(order(n)).await;
        loop {
            if outbox.put_aside(&named[n..=n]).await.expect("a sound file") == 1 {
                break;
            }
            sandbox.clock().sleep(Duration::from_secs(1)).await;
        }
        assert!(matches!(pending.await, Outcome::Unknown { .. }), "{n}");
    }
    drop(sender.shutdown(Duration::from_secs(3)).await);
}

/// What is gone is in the file no more, once the file was rewritten.
#[tokio::test]
async fn nothing_is_left_of_events_that_are_gone() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let events: Vec<_> = (0..60).map(|n| seal(&client, &order(n))).collect();
    outbox.enqueue_all(&events).await.expect("room");
    // Two stay: one that waits, and one that is dead.
    let aside = ids(&events[1..]);
    assert_eq!(outbox.put_aside(&aside).await.expect("a sound file"), 59);
    assert_eq!(outbox.discard(&aside[1..]).await.expect("a sound file"), 58);

    outbox.vacuum().await.expect("a sound file");
    let stats = outbox.stats().await.expect("stats");
    assert_eq!((stats.waiting, stats.dead), (1, 1));
    let mut bytes = Vec::new();
    for file in fs::read_dir(&folder.0).expect("the folder") {
        bytes.extend(fs::read(file.expect("a file").path()).expect("readable"));
    }
    let is_there = |n: usize| {
        let email = format!("customer-{n}@");
        bytes
            .windows(email.len())
            .any(|part| part == email.as_bytes())
    };
    let there: Vec<usize> = (0..60).filter(|n| is_there(*n)).collect();
    assert_eq!(there, [0, 1]);

    // It goes on as before.
    outbox.revive(&aside).await.expect("a sound file");
    let empty = until_empty(&outbox, &sandbox);
    let report = client.relay(outbox.clone()).stop_on(empty).await;
    assert_eq!(report.expect("a sound outbox").done(), 2);
}

/// A relay keeps its events while the file is rewritten, however long that takes.
#[tokio::test]
async fn leases_outlast_a_vacuum() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let mut outbox = open(folder.file(), &sandbox).await;
    let events: Vec<_> = (0..4).map(|n| seal(&client, &order(n))).collect();
    outbox.enqueue_all(&events).await.expect("room");
    assert_eq!(outbox.receive(2).await.expect("a sound outbox").len(), 2);
    for _ in 0..3 {
        outbox.vacuum().await.expect("a sound file");
        let stats = outbox.stats().await.expect("stats");
        assert_eq!((stats.waiting, stats.in_flight), (4, 2));
        assert_eq!(
            outbox.put_aside(&ids(&events)).await.expect("a sound file"),
            2
        );
        assert_eq!(outbox.revive(&ids(&events)).await.expect("a sound file"), 2);
    }
}
