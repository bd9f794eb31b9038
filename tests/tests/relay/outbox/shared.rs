//! Several senders and relays of one process on one outbox: whichever of them sends an event, those who wait for its outcome
//! are told.

use std::time::Duration;

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Fault};
use timeline_core::{OAuth, Outcome};

use super::{Folder, open};
use crate::{order, sandbox};

#[tokio::test]
async fn two_senders_know_all_outcomes() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let outbox = open(folder.file(), &sandbox).await;
    let senders = [(); 2].map(|()| sandbox.client().sender().outbox(outbox.clone()).build());
    let mut pending = Vec::new();
    for n in 0..200 {
        pending.push(senders[n % 2].send(order(n)).await);
    }
    // Without a shutdown, which would end the wait.
    for pending in pending {
        let outcome = pending.await;
        assert!(outcome.is_delivered(), "{outcome}");
    }
    for sender in senders {
        let report = sender.shutdown(Duration::from_secs(30)).await;
        assert_eq!((report.total(), report.created()), (100, 100), "{report}");
    }
}

/// The program's own relay has sent the events, and their answers were lost: they may be there.
#[tokio::test]
async fn events_that_another_relay_has_sent_are_uncertain() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let outbox = open(folder.file(), &sandbox).await;
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, "uninstalled");
    let uninstalled = sandbox.client_builder().oauth(oauth).build();
    let sender = uninstalled.expect("good settings").sender();
    let sender = sender.outbox(outbox.clone()).build();
    let pending = [sender.send(order(0)).await, sender.send(order(1)).await];
    while outbox.stats().await.expect("stats").next_try.is_none() {
        sandbox.clock().sleep(Duration::from_secs(1)).await;
    }
    sandbox.inject(Fault::cut_after().stored().forever());
    let listed = outbox.waiting().await.expect("a sound file");
    let ids: Vec<_> = listed.iter().map(|one| one.id().to_owned()).collect();
    let put_aside = async {
        let mut aside = 0;
        while aside < 2 {
            sandbox.clock().sleep(Duration::from_millis(500)).await;
            if sandbox.event_count() == 2 {
                aside += outbox.put_aside(&ids).await.expect("a sound file");
            }
        }
    };
    let relay = sandbox.client().relay(outbox.clone()).stop_on(put_aside);
    relay.await.expect("a sound outbox");
    for pending in pending {
        let outcome = pending.await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome}");
    }
    drop(sender.shutdown(Duration::from_secs(3)).await);
    assert_eq!(sandbox.event_count(), 2);
}
