//! The sender: events one by one, and nothing is dropped.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use timeline_core::{
    Client, Fault, NotSentReason, Outcome, RetryPolicy, Sandbox, Sender, UnknownReason,
};

use tokio::runtime::{Builder, Runtime};

use crate::{Order, Visit, order, orders, sandbox, visits, words};

const LONG: Duration = Duration::from_secs(3600);

fn sender(sandbox: &Sandbox) -> Sender {
    sandbox.client().sender().build()
}

/// A sandbox on the system's clock, for a sender that is to wait.
async fn real() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.expect("a free port");
    sandbox.register::<Visit>();
    sandbox.register::<Order>();
    let client = sandbox.client();
    (sandbox, client)
}

#[tokio::test]
async fn events_from_many_tasks_leave_in_full_batches() {
    let sandbox = sandbox().await;
    let sender = sender(&sandbox);
    let tasks = (0..10).map(|_| {
        let sender = sender.clone();
        tokio::spawn(async move {
            let mut pending = Vec::new();
            for visit in visits(50) {
                pending.push(sender.send(visit).await);
            }
            join_all(pending).await
        })
    });
    for outcomes in join_all(tasks).await {
        assert_eq!(words(&outcomes.expect("no panic")), "created*50");
    }
    assert_eq!((sandbox.event_count(), sandbox.requests()), (500, 5));
    let report = sender.shutdown(LONG).await;
    assert_eq!((report.total(), report.created()), (500, 500));
    assert!(report.is_delivered() && report.undelivered().is_empty());
}

#[tokio::test]
async fn a_batch_that_does_not_fill_leaves_after_the_linger_time() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let linger = Duration::from_secs(7);
    let sender = client.sender().linger(linger).build();
    let before = sandbox.clock().elapsed();
    let pending = [
        sender.send(&order("a")).await,
        sender.send(&order("b")).await,
    ];
    let outcomes = join_all(pending).await;
    assert_eq!(words(&outcomes), "created*2");
    assert_eq!(sandbox.clock().elapsed() - before, linger);
    assert_eq!(sandbox.requests(), 1);
}

#[tokio::test]
async fn a_flush_does_not_linger_and_waits_for_all_before_it() {
    let (sandbox, client) = real().await;
    let sender = client.sender().linger(LONG).build();
    sender.flush().await;
    assert_eq!(sandbox.requests(), 0);
    let mut pending = Vec::new();
    for order in orders(3) {
        pending.push(sender.send(order).await);
    }
    sender.flush().await;
    let outcomes: Option<Vec<_>> = pending.into_iter().map(FutureExt::now_or_never).collect();
    assert_eq!(words(&outcomes.expect("all are known")), "created*3");
}

/// A full sender refuses or waits, and drops nothing.
#[tokio::test]
async fn the_queue_is_bounded() {
    let (sandbox, client) = real().await;
    sandbox.inject(Fault::slow(Duration::from_millis(200)));
    let sender = client.sender().capacity(5).linger(Duration::ZERO).build();
    let mut pending = Vec::new();
    for visit in visits(5) {
        pending.push(sender.try_send(visit).expect("room"));
    }
    let full = sender.try_send(&visits(1)[0]).expect_err("no room");
    assert_eq!(
        full.to_string(),
        "the sender is full: as many events as its `capacity` have no outcome yet"
    );
    assert!(sender.send(&visits(1)[0]).now_or_never().is_none(), "waits");
    pending.push(sender.send(&visits(1)[0]).await);
    assert_eq!(words(&join_all(pending).await), "created*6");
    assert_eq!(sender.shutdown(LONG).await.total(), 6);
}

/// An event is sent even if its outcome is not waited for.
#[tokio::test]
async fn an_event_whose_outcome_is_not_awaited_is_sent() {
    let sandbox = sandbox().await;
    let sender = sender(&sandbox);
    for visit in visits(250) {
        drop(sender.send(visit).await);
    }
    // Without a shutdown: after the last handle is dropped, the events that were taken are delivered.
    drop(sender);
    while sandbox.event_count() < 250 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_encoded_is_rejected() {
    let sandbox = sandbox().await;
    let sender = sender(&sandbox);
    let mut bad = order("bad");
    bad.amount = f64::NAN;
    assert_eq!(words(&[sender.send(bad).await.await]), "rejected");
    let report = sender.shutdown(LONG).await;
    assert_eq!((report.total(), report.rejected()), (1, 1));
}

/// An event that is sent while the service stops ends as `NotSent`, and `on_undelivered` is told of it.
#[tokio::test]
async fn what_comes_after_a_shutdown_is_told() {
    let sandbox = sandbox().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let (teller, client) = (Arc::clone(&told), sandbox.client());
    let sender = client.sender().capacity(1).on_undelivered(move |outcome| {
        teller.lock().expect("no panic").push(outcome.clone());
    });
    let sender = sender.build();
    let first = sender.send(order("first")).await;
    // These wait for room, and there will be none for them.
    let waiting = join_all((0..3).map(|_| sender.send(order("waiting"))));
    let (_, waiting) = futures_util::future::join(sender.shutdown(LONG), waiting).await;
    drop(sender.send(order("late")).await);
    assert!(first.await.is_delivered());
    assert_eq!(words(&join_all(waiting).await), "not-sent*3");
    let told = told.lock().expect("no panic");
    assert_eq!(words(&told), "not-sent*4");
    let mut ids: Vec<_> = told.iter().filter_map(Outcome::id).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["late", "waiting", "waiting", "waiting"]);
    assert!(told[0].json().is_some(), "fit for a dead letter");
}

/// A function that sends an event for each event that did not get there is not called for its own events: that would
/// have no end.
#[tokio::test]
async fn a_callback_that_sends_events_comes_to_an_end() {
    let sandbox = sandbox().await;
    let told = Arc::new(Mutex::new(0));
    let inside = Arc::new(Mutex::new(None::<Sender>));
    let (count, own) = (Arc::clone(&told), Arc::clone(&inside));
    let sender = sandbox.client().sender().on_undelivered(move |_| {
        *count.lock().expect("no panic") += 1;
        let sender = own.lock().expect("no panic").clone();
        drop(sender.map(|sender| sender.try_send(order("alert"))));
    });
    let sender = sender.build();
    *inside.lock().expect("no panic") = Some(sender.clone());
    sandbox.inject(Fault::status(400));
    drop(sender.send(order("a")).await);
    drop(sender.shutdown(LONG).await);
    drop(sender.send(order("late")).await);
    assert_eq!(*told.lock().expect("no panic"), 2);
    *inside.lock().expect("no panic") = None;
}

#[tokio::test]
async fn after_a_shutdown_events_are_not_sent() {
    let sandbox = sandbox().await;
    let sender = sender(&sandbox);
    let clone = sender.clone();
    drop(sender.send(order("a")).await);
    let report = sender.shutdown(LONG).await;
    assert_eq!((report.total(), report.created()), (1, 1));
    for pending in [
        clone.send(order("b")).await,
        clone.try_send(order("c")).expect("an answer"),
    ] {
        let Outcome::NotSent { reason, .. } = pending.await else {
            panic!("sent after the shutdown");
        };
        assert_eq!(reason, NotSentReason::Stopped);
    }
    clone.flush().await;
    assert_eq!(clone.shutdown(LONG).await.total(), 1, "told again");
    assert_eq!(sandbox.event_count(), 1);
}

/// A shutdown that runs out of time gives up, and says of every event what is known.
#[tokio::test]
async fn a_shutdown_accounts_for_every_event() {
    let (sandbox, client) = real().await;
    sandbox.inject(Fault::stall_before());
    let sender = client.sender().concurrency(1).build();
    let mut pending = Vec::new();
    for order in orders(150) {
        pending.push(sender.send(order).await);
    }
    let report = sender.shutdown(Duration::from_millis(300)).await;
    assert_eq!(
        (report.total(), report.unknown(), report.not_sent()),
        (150, 100, 50),
        "{report}"
    );
    let outcomes = join_all(pending).await;
    assert_eq!(words(&outcomes), "unknown*100 not-sent*50");
    let Outcome::Unknown { reason, .. } = &outcomes[0] else {
        panic!("{:?}", outcomes[0]);
    };
    assert_eq!(reason, &UnknownReason::Stopped);
    assert_eq!(report.undelivered().len(), 150);

    let mut file = Vec::new();
    assert_eq!(report.write_undelivered(&mut file).expect("room"), 150);
    sandbox.clear_faults();
    let report = client.replay(&file[..]).await.expect("all there");
    assert_eq!((report.total(), sandbox.event_count()), (150, 150));
}

#[tokio::test]
async fn undelivered_events_are_told_as_they_come() {
    let sandbox = sandbox().await;
    let client = sandbox.client_builder().retry(RetryPolicy::none());
    let told = Arc::new(Mutex::new(Vec::new()));
    let sender = {
        let told = Arc::clone(&told);
        let client = client.build().expect("good settings");
        client
            .sender()
            .on_undelivered(move |outcome| {
                let mut line = Vec::new();
                outcome.write_undelivered(&mut line).expect("room");
                told.lock().expect("not poisoned").push(line);
            })
            .build()
    };
    sandbox.inject(Fault::status(503));
    let outcomes = [sender.send(order("a")).await];
    sender.flush().await;
    assert_eq!(words(&join_all(outcomes).await), "unknown");
    drop(sender.send(order("b")).await);
    sender.flush().await;
    let told = told.lock().expect("not poisoned");
    assert_eq!(told.len(), 1);
    assert!(String::from_utf8_lossy(&told[0]).contains(r#""id":"a""#));
}

/// A sender outlives a token that is refused: events end at once for ten seconds, then it is tried again.
#[tokio::test]
async fn a_refused_token_is_not_for_ever() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(403));
    let sender = sender(&sandbox);
    assert_eq!(words(&[sender.send(order("a")).await.await]), "not-sent");
    assert_eq!(words(&[sender.send(order("b")).await.await]), "not-sent");
    assert_eq!(sandbox.requests(), 1);
    sandbox.clock().sleep(Duration::from_secs(10)).await;
    assert_eq!(words(&[sender.send(order("c")).await.await]), "created");
}

/// A callback that panics every time does no harm to the sender.
#[tokio::test]
async fn a_callback_that_panics_loses_nothing() {
    let (sandbox, client) = real().await;
    let sender = client.sender().on_undelivered(|_| panic!("no disk"));
    let sender = sender.build();
    let bad = || Order {
        amount: f64::NAN,
        ..order("bad")
    };
    let first = sender.send(bad()).await;
    let mut pending = Vec::new();
    for order in orders(1000) {
        pending.push(sender.send(order).await);
    }
    let last = sender.send(bad()).await;
    assert_eq!(words(&join_all(pending).await), "created*1000");
    assert_eq!(words(&[first.await, last.await]), "rejected*2");
    let report = sender.shutdown(LONG).await;
    assert_eq!(
        (report.total(), report.created(), report.rejected()),
        (1002, 1000, 2)
    );
    assert_eq!(sandbox.event_count(), 1000);
}

/// What a full sender refuses is in the error: to be written down, or to be tried again under the same id.
#[tokio::test]
async fn what_is_refused_is_not_lost() {
    let (sandbox, client) = real().await;
    sandbox.inject(Fault::slow(Duration::from_millis(200)));
    let sender = client.sender().capacity(1).linger(Duration::ZERO).build();
    let first = sender.try_send(order("first")).expect("room");
    // An id of the client's making, so that another try could be another event.
    let full = sender.try_send(&visits(1)[0]).expect_err("no room");
    let Outcome::NotSent { id, reason, .. } = full.outcome() else {
        panic!("{full:?}");
    };
    assert_eq!(reason, NotSentReason::Full);
    assert_eq!(
        format!("{full:?}"),
        format!("Full({id} not sent: the sender had no room for it)")
    );
    let mut bad = order("bad");
    bad.amount = f64::NAN;
    let refused = sender.try_send(bad).expect_err("no room");
    assert_eq!(words(&[refused.into_outcome()]), "rejected");

    let mut file = Vec::new();
    full.write_undelivered(&mut file).expect("room");
    let full = sender.try_again(full).expect_err("still no room");
    let again = sender.send_again(full.clone()).await;
    let (first, again) = (first.await, again.await);
    assert_eq!(words(&[first, again.clone()]), "created*2");
    assert_eq!(again.id(), Some(&*id));
    // Sent in all three ways, it is one event with one time.
    let third = sender.try_again(full).expect("room");
    assert!(third.await.is_delivered());
    client.replay(&file[..]).await.expect("there");
    assert_eq!(sandbox.event_count(), 2);
    let stored = sandbox.events();
    assert!(file.windows(id.len()).any(|part| part == id.as_bytes()));
    assert_eq!(stored[1].id, id);
    assert_eq!(sender.shutdown(LONG).await.total(), 3, "three were taken");
}

/// A caller that gives up the wait for room has handed over the event already, so the event's outcome is reported.
#[tokio::test]
async fn a_send_that_is_cancelled_is_told() {
    let (sandbox, client) = real().await;
    sandbox.inject(Fault::slow(Duration::from_millis(300)));
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    let sender = client.sender().capacity(1).linger(Duration::ZERO);
    let sender = sender.on_undelivered(move |outcome| {
        teller.lock().expect("no panic").push(outcome.clone());
    });
    let sender = sender.build();
    let first = sender.send(order("first")).await;
    for id in ["second", "third"] {
        let wait = Duration::from_millis(10);
        let given_up = tokio::time::timeout(wait, sender.send(order(id))).await;
        assert!(given_up.is_err(), "no room");
    }
    // Giving up the wait of `reserve` gives no event up.
    let given_up = tokio::time::timeout(Duration::from_millis(10), sender.reserve()).await;
    assert!(given_up.is_err(), "no room");
    let room = sender.reserve().await;
    assert!(sender.try_send(order("other")).is_err(), "it is taken");
    let fourth = room.send(order("fourth"));
    assert_eq!(words(&[first.await, fourth.await]), "created*2");
    drop(sender.reserve().await);
    let report = sender.shutdown(LONG).await;
    assert_eq!((report.total(), report.created()), (2, 2), "{report}");
    let late = sender.reserve().await.send(order("late")).await;
    assert_eq!(words(&[late]), "not-sent");

    let told = told.lock().expect("no panic").clone();
    let ids: Vec<_> = told.iter().filter_map(Outcome::id).collect();
    assert_eq!(ids, ["second", "third", "late"]);
    let mut file = Vec::new();
    for outcome in &told {
        outcome.write_undelivered(&mut file).expect("room");
    }
    assert_eq!(
        told[1].to_string(),
        "third not sent: the sender had no room for it, and the wait for room was given up"
    );
    client.replay(&file[..]).await.expect("created");
    assert_eq!(sandbox.event_count(), 5);
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(2).enable_all();
    builder.build().expect("a runtime")
}

/// Whatever the sender's task does at that moment, also when it has used up the runtime's budget for one task.
#[test]
fn a_runtime_that_is_shut_down_at_any_moment() {
    let other = runtime();
    let (sandbox, client) = other.block_on(real());
    let mut random = fastrand::Rng::with_seed(1);
    for round in 0..100 {
        let told = Arc::new(Mutex::new(0));
        let (doomed, count) = (runtime(), Arc::clone(&told));
        let sender = {
            let _inside = doomed.enter();
            let sender = client.sender().on_undelivered(move |_| {
                *count.lock().expect("no panic") += 1;
            });
            sender.build()
        };
        let pending: Vec<_> = visits(600)
            .into_iter()
            .filter_map(|visit| sender.try_send(visit).ok())
            .collect();
        for _ in 0..random.u32(..1_000_000) {
            std::hint::spin_loop();
        }
        doomed.shutdown_background();
        let report = other.block_on(sender.shutdown(LONG));
        assert_eq!(report.total(), 600, "{round}: {report}");
        let undelivered = report.not_sent() + report.unknown();
        assert_eq!(report.created() + undelivered, 600, "{round}: {report}");
        assert_eq!(*told.lock().expect("no panic"), undelivered, "{round}");
        let outcomes = other.block_on(join_all(pending));
        let created = outcomes.iter().filter(|outcome| outcome.is_delivered());
        assert_eq!(created.count(), report.created(), "{round}: {report}");
        // Events that are reported as created are there, and events that are reported as not sent are not.
        let stored: BTreeSet<String> = sandbox.events().into_iter().map(|event| event.id).collect();
        for outcome in &outcomes {
            let is_stored = stored.contains(outcome.id().expect("an id"));
            match outcome {
                Outcome::Created(_) => assert!(is_stored, "{round}: {outcome}"),
                Outcome::NotSent { .. } => assert!(!is_stored, "{round}: {outcome}"),
                Outcome::Unknown { .. } => {}
                _ => panic!("{round}: {outcome}"),
            }
        }
    }
}

/// The runtime ends, and with it the sender's task: every event that was taken has an outcome.
#[test]
fn a_runtime_that_is_shut_down_takes_nothing_with_it() {
    let (doomed, other) = (runtime(), runtime());
    let (sandbox, client) = other.block_on(real());
    sandbox.inject(Fault::stall_before());
    let (sender, mut pending) = doomed.block_on(async {
        let sender = client.sender().concurrency(1).build();
        let mut pending = Vec::new();
        // More than a runtime lets one task take in one go.
        for order in orders(1000) {
            pending.push(sender.send(order).await);
        }
        while sandbox.requests() == 0 {
            tokio::task::yield_now().await;
        }
        (sender, pending)
    });
    doomed.shutdown_background();
    other.block_on(async {
        pending.push(sender.send(order("late")).await);
        let report = sender.shutdown(LONG).await;
        let outcomes = join_all(pending).await;
        assert_eq!(words(&outcomes[..1000]), "unknown*100 not-sent*900");
        assert!(!outcomes[1000].is_delivered(), "{}", outcomes[1000]);
        // The late one was taken or not, depending on when the runtime was gone.
        assert!((1000..=1001).contains(&report.total()), "{report}");
        assert_eq!(report.total(), report.unknown() + report.not_sent());
    });
}
