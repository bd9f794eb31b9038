//! A sender on an outbox: what it has taken is on disk, whatever becomes of the process.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use timeline_core::outbox::{Outbox, OutboxError, OutboxErrorKind};
use timeline_core::sandbox::Fault;
use timeline_core::{
    Api, EventInput, EventTemplate, NotSentReason, ObjectType, Outcome, Pending, Sandbox, Sender,
    UnknownReason,
};

use super::{Folder, open, until_empty, waiting};
use crate::{Order, bad, order, sandbox, seal};

const MINUTE: Duration = Duration::from_secs(60);

async fn sender(folder: &Folder, sandbox: &Sandbox) -> (Sender, Outbox) {
    let outbox = open(folder.file(), sandbox).await;
    let sender = sandbox.client().sender().outbox(outbox.clone()).build();
    (sender, outbox)
}

fn is_in_outbox(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::NotSent {
            reason: NotSentReason::InOutbox,
            ..
        }
    )
}

/// Outcomes are the final ones, and add up; what is refused is dead in the outbox.
#[tokio::test]
async fn each_event_has_its_outcome() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let told = Arc::new(Mutex::new(Vec::new()));
    let outbox = open(folder.file(), &sandbox).await;
    let tell = Arc::clone(&told);
    let sender = sandbox
        .client()
        .sender()
        .outbox(outbox.clone())
        .on_undelivered(move |outcome| tell.lock().expect("whole").push(outcome.to_string()))
        .build();
    let mut pending = Vec::new();
    for n in 0..250 {
        let event = if n % 100 == 50 { bad(n) } else { order(n) };
        pending.push(sender.send(event).await);
    }
    assert!(pending.iter().all(Pending::is_taken));
    pending.push(sender.try_send(order(250)).expect("room"));
    // The same event twice, and one that cannot be encoded.
    pending.push(sender.send(order(250)).await);
    let broken = Order {
        amount: f64::NAN,
        ..order(251)
    };
    let broken = [
        sender.send(broken.clone()).await,
        sender.try_send(broken).expect("an outcome"),
    ];
    sender.flush().await;
    let outcomes: Vec<Outcome> = futures_util::future::join_all(pending).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        match n {
            50 | 150 => assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome}"),
            _ => assert!(outcome.is_delivered(), "{n}: {outcome}"),
        }
    }
    for broken in broken {
        assert!(!broken.is_taken(), "it is not on disk");
        assert!(matches!(broken.await, Outcome::Rejected(_)));
    }
    let report = sender.shutdown(MINUTE).await;
    assert_eq!((report.total(), report.rejected()), (254, 4), "{report}");
    assert!(!report.has_moved(), "{report}");
    assert_eq!(
        report.created() + report.already_existing(),
        250,
        "{report}"
    );
    assert_eq!(sandbox.event_count(), 249);
    assert_eq!(told.lock().expect("whole").len(), 4);
    let stats = outbox.stats().await.expect("stats");
    assert_eq!((stats.waiting, stats.in_flight, stats.dead), (0, 0, 2));
    // The outcome of a dead event that is sent again says why it is dead.
    let again = sandbox.client().sender().outbox(outbox).build();
    for n in [50, 150] {
        let pending = again.send(bad(n)).await;
        assert!(!pending.is_taken());
        let outcome = pending.known().expect("at once").to_string();
        assert!(
            outcome.contains("dead") && outcome.contains("invalid email"),
            "{outcome}"
        );
    }
    // After a shutdown nothing is taken.
    assert!(matches!(
        sender.send(order(300)).await.await,
        Outcome::NotSent {
            reason: NotSentReason::Stopped,
            ..
        }
    ));
}

/// HubSpot is down: events are taken all the same, and the next process sends them.
#[tokio::test]
async fn the_next_process_sends_what_is_left() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    sandbox.inject(Fault::status(503).lasting(10 * MINUTE));
    let (sender, outbox) = sender(&folder, &sandbox).await;
    let mut pending = Vec::new();
    for n in 0..150 {
        pending.push(sender.send(order(n)).await);
        pending.push(sender.try_send(order(1_000 + n)).expect("a disk"));
    }
    assert_eq!(waiting(&outbox).await, 300);
    let report = sender.shutdown(MINUTE).await;
    assert_eq!(report.total(), 300, "{report}");
    assert_eq!(report.not_sent() + report.unknown(), 300, "{report}");
    for pending in pending {
        let outcome = pending.await;
        let is_uncertain = matches!(
            outcome,
            Outcome::Unknown {
                reason: UnknownReason::Stopped,
                ..
            }
        );
        assert!(is_in_outbox(&outcome) || is_uncertain, "{outcome}");
    }
    assert_eq!(waiting(&outbox).await, 300);
    outbox.close().await.expect("open");

    // Another process sends them a day later; it takes some events of its own, too.
    sandbox.clock().sleep(1_440 * MINUTE).await;
    let (sender, outbox) = self::sender(&folder, &sandbox).await;
    let one = sender.send(order(150)).await;
    until_empty(&outbox, &sandbox).await;
    assert!(one.await.is_delivered());
    let report = sender.shutdown(MINUTE).await;
    assert_eq!((report.total(), report.created()), (1, 1), "{report}");
    assert_eq!(sandbox.event_count(), 301);
}

/// At a shutdown without a server, or without an access token, no event has left: all are in the outbox, and no dead letter is
/// written.
#[tokio::test]
async fn a_shutdown_before_anything_has_left() {
    for token in ["sandbox-access-token", "wrong"] {
        let (folder, sandbox) = (Folder::new(), sandbox().await);
        let outbox = open(folder.file(), &sandbox).await;
        let told = Arc::new(Mutex::new(0));
        let tell = Arc::clone(&told);
        let url = match token {
            // No server listens there.
            "sandbox-access-token" => "http://127.0.0.1:1",
            _ => sandbox.base_url(),
        };
        let client = timeline_core::Client::builder()
            .base_url(url)
            .access_token(token)
            .portal_id(sandbox.portal_id())
            .clock(sandbox.clock())
            .build()
            .expect("good settings");
        let sender = client
            .sender()
            .outbox(outbox.clone())
            .on_undelivered(move |_| *tell.lock().expect("whole") += 1)
            .build();
        let mut pending = Vec::new();
        for n in 0..1_200 {
            pending.push(sender.send(order(n)).await);
        }
        sandbox.clock().sleep(MINUTE / 2).await;
        let report = sender.shutdown(MINUTE / 2).await;
        let counts = (report.total(), report.not_sent());
        assert_eq!(counts, (1_200, 1_200), "{token}: {report}");
        for pending in pending {
            let outcome = pending.await;
            assert!(is_in_outbox(&outcome), "{token}: {outcome}");
        }
        assert_eq!(*told.lock().expect("whole"), 0, "{token}");
        assert_eq!(waiting(&outbox).await, 1_200, "{token}");
    }
}

/// A shutdown does not wait for events that are tried again only after its limit: they are in the outbox. With a longer
/// limit it waits.
#[tokio::test]
async fn a_shutdown_waits_for_nothing_that_is_tried_later() {
    for (limit, created) in [(MINUTE / 2, 0), (2 * MINUTE, 20)] {
        let (folder, sandbox) = (Folder::new(), sandbox().await);
        // The events are tried again after a minute each time.
        sandbox.inject(Fault::missing_scopes(["timeline"]).lasting(MINUTE / 4));
        let (sender, outbox) = sender(&folder, &sandbox).await;
        let mut ids = std::collections::HashSet::new();
        for n in 0..20 {
            let pending = sender.send(order(n)).await;
            ids.insert(pending.id().expect("it has one").to_owned());
        }
        assert_eq!(ids.len(), 20);
        let clock = sandbox.clock();
        let before = clock.elapsed();
        let report = sender.shutdown(limit).await;
        let took = clock.elapsed() - before;
        assert_eq!(report.created(), created, "{report}");
        assert_eq!(report.not_sent(), 20 - created, "{report}");
        assert_eq!(report.in_outbox(), 20 - created, "{report}");
        let said = report.to_string().contains("(20 of them in the outbox");
        assert_eq!(said, created == 0, "{report}");
        let stats = outbox.stats().await.expect("open");
        assert_eq!(stats.waiting, 20 - created);
        let left = stats.next_try.map(|at| at.duration_since(clock.now()));
        match left {
            Some(left) => assert!(left.expect("ahead") > MINUTE / 2),
            None => assert_eq!(created, 20),
        }
        match created {
            0 => assert!(took < MINUTE / 6, "{took:?}"),
            _ => assert!(took >= MINUTE, "{took:?}"),
        }
    }
}

/// A type that the project lacks is found when an event is to leave: all its events are taken, and put aside. After the
/// upload they are revived, without a restart; those that were misspelt are discarded, and corrected ones take their
/// ids.
#[tokio::test]
async fn events_whose_types_the_project_lacks() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client_builder().api(Api::AppEvents);
    let client = client.project("pet-shelter").build();
    let client = client.expect("good settings");
    let outbox = open(folder.file(), &sandbox).await;
    let sender = client.sender().outbox(outbox.clone()).build();
    let event = |type_name: &'static str, n: usize| {
        let input = EventInput::of_type(type_name).email("ada@example.com");
        input.id(format!("{}-{n}", &type_name[..2]))
    };
    for type_name in ["visited", "bouhgt"] {
        for n in 0..2 {
            // The second one is taken, too, although the first one's lookup has said that there is no such type.
            let pending = sender.send(event(type_name, n)).await;
            assert!(pending.is_taken());
            let outcome = pending.await;
            assert!(outcome.needs_setting(), "{outcome}");
        }
    }
    for symbol in ["visited", "bought"] {
        let full = format!("a0001_{symbol}");
        sandbox.add_event_type(&full, EventTemplate::new(symbol, ObjectType::Contacts));
        sandbox.add_project_type("pet-shelter", symbol, &full);
    }
    let dead = outbox.dead().await.expect("open");
    let ids = |start: &str| {
        let ids = dead.iter().map(|dead| dead.id().to_owned());
        ids.filter(|id| id.starts_with(start)).collect::<Vec<_>>()
    };
    assert_eq!((ids("vi").len(), ids("bo").len()), (2, 2));
    sandbox.clock().sleep(MINUTE).await;
    assert_eq!(outbox.revive(&ids("vi")).await.expect("open"), 2);
    assert_eq!(outbox.discard(&ids("bo")).await.expect("open"), 2);
    for n in 0..2 {
        let outcome = sender.send(event("bought", n)).await.await;
        assert!(outcome.is_delivered(), "{outcome}");
    }
    until_empty(&outbox, &sandbox).await;
    assert_eq!(sandbox.event_count(), 4);
    let stats = outbox.stats().await.expect("open");
    assert_eq!((stats.waiting, stats.dead), (0, 0));
    let report = sender.shutdown(Duration::from_secs(3)).await;
    assert_eq!((report.created(), report.rejected()), (2, 4), "{report}");
}

/// Beyond its capacity the sender does not follow events, and takes them all the same.
#[tokio::test]
async fn no_room_in_memory_is_room_on_disk() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    sandbox.inject(Fault::status(503).lasting(MINUTE));
    let outbox = open(folder.file(), &sandbox).await;
    let settings = sandbox.client().sender().capacity(3);
    let sender = settings.outbox(outbox.clone()).build();
    let mut pending = Vec::new();
    for n in 0..5 {
        pending.push(sender.send(order(n)).await);
        pending.push(sender.try_send(order(100 + n)).expect("room on disk"));
    }
    assert!(pending.iter().all(Pending::is_taken));
    let known = pending.iter().filter_map(|pending| pending.known());
    assert_eq!(known.filter(|outcome| is_in_outbox(outcome)).count(), 7);
    until_empty(&outbox, &sandbox).await;
    let report = sender.shutdown(MINUTE).await;
    assert_eq!(
        (report.total(), report.created(), report.not_sent()),
        (10, 3, 7),
        "{report}"
    );
    assert!(report.undelivered().is_empty());
    assert_eq!(sandbox.event_count(), 10);
}

/// An event that the outbox does not take comes back with the reason, and can be written as a dead letter like any
/// other.
#[tokio::test]
async fn an_outbox_that_takes_nothing() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    sandbox.inject(Fault::status(503).forever());
    let settings = Outbox::builder().backlog_limit(2).clock(sandbox.clock());
    let outbox = settings.open(folder.file()).await.expect("an outbox");
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let sender = sandbox
        .client()
        .sender()
        .outbox(outbox)
        .on_undelivered(move |outcome| tell.lock().expect("whole").push(outcome.clone()))
        .build();
    for n in 0..2 {
        assert!(sender.send(order(n)).await.is_taken());
    }
    let kind_of = |error: &(dyn Error + 'static)| {
        let error = error.downcast_ref::<OutboxError>();
        error.map(OutboxError::kind)
    };
    for n in 2..4 {
        let full = sender.try_send(order(n)).expect_err("no room");
        assert_eq!(
            full.source().and_then(kind_of),
            Some(OutboxErrorKind::BacklogFull)
        );
        assert!(full.to_string().contains("backlog"), "{full}");
        let mut line = Vec::new();
        full.write_undelivered(&mut line).expect("a letter");
        assert!(
            String::from_utf8(line)
                .expect("UTF-8")
                .contains(r#""reason":"the outbox could not take it"#)
        );
        let full = sender.try_again(full).expect_err("no room");
        let outcome = sender.send_again(full).await.await;
        let Outcome::NotSent {
            reason: reason @ NotSentReason::NotKept(_),
            ..
        } = &outcome
        else {
            panic!("{outcome}");
        };
        assert_eq!(
            reason.source().and_then(kind_of),
            Some(OutboxErrorKind::BacklogFull)
        );
    }
    assert_eq!(told.lock().expect("whole").len(), 2);
    // An event with the id of another one is at fault itself.
    let other = Order {
        amount: 99.0,
        ..order(0)
    };
    for outcome in [
        sender.send(other.clone()).await.await,
        sender.try_send(other).expect("an outcome").await,
    ] {
        assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome}");
        let id = outcome.id().expect("its own");
        assert_eq!(outcome.to_string().matches(id).count(), 1, "{outcome}");
    }
}

/// The event of a `send` that is given up while it writes is reported as uncertain: it may be on disk.
#[tokio::test]
async fn a_send_that_is_given_up() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let outbox = open(folder.file(), &sandbox).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let sender = sandbox
        .client()
        .sender()
        .outbox(outbox.clone())
        .on_undelivered(move |outcome| tell.lock().expect("whole").push(outcome.clone()))
        .build();
    let mut given_up = 0;
    for n in 0..50 {
        given_up += usize::from(Box::pin(sender.send(order(n))).now_or_never().is_none());
    }
    assert!(given_up > 0);
    let told = told.lock().expect("whole").clone();
    assert_eq!(told.len(), given_up);
    assert!(
        told.iter()
            .all(|outcome| matches!(outcome, Outcome::Unknown { .. }))
    );
    until_empty(&outbox, &sandbox).await;
    assert_eq!(sandbox.event_count(), 50);
}

/// A sender sends only its own account's events from its outbox: others' events wait for their own client.
#[tokio::test]
async fn events_of_other_accounts_stay() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let (sender, outbox) = sender(&folder, &sandbox).await;
    let foreign = sandbox.client_builder().portal_id(4711).build();
    let foreign = foreign.expect("good settings");
    for n in 0..2 {
        outbox
            .enqueue(&seal(&foreign, &order(n)))
            .await
            .expect("room");
    }
    assert!(sender.send(order(7)).await.await.is_delivered());
    sandbox.clock().sleep(5 * MINUTE).await;
    let report = sender.shutdown(MINUTE).await;
    assert_eq!(report.created(), 1, "{report}");
    let stats = outbox.stats().await.expect("stats");
    assert_eq!((stats.waiting, stats.dead), (2, 0));
}

/// If an outbox is closed under its sender, the events that the sender still followed are reported as kept, and nothing
/// waits for ever.
#[tokio::test]
async fn an_outbox_that_is_closed_beneath() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    sandbox.inject(Fault::status(503).forever());
    let (sender, outbox) = sender(&folder, &sandbox).await;
    let (one, other) = (sender.send(order(1)).await, sender.send(order(2)).await);
    outbox.close().await.expect("open");
    for pending in [one, other] {
        let outcome = pending.await;
        let is_uncertain = matches!(
            outcome,
            Outcome::Unknown {
                reason: UnknownReason::Stopped,
                ..
            }
        );
        assert!(is_in_outbox(&outcome) || is_uncertain, "{outcome}");
    }
    sender.flush().await;
    let late = sender.send(order(3)).await;
    assert!(matches!(
        late.await,
        Outcome::NotSent {
            reason: NotSentReason::NotKept(_),
            ..
        }
    ));
    let report = sender.shutdown(MINUTE).await;
    assert_eq!(report.total(), 2, "{report}");
}

/// An event that is in the outbox already when it is sent: at a shutdown it is kept for certain only if no relay has had it.
#[tokio::test]
async fn events_that_are_in_the_outbox_already() {
    enum Before {
        NoRelay,
        AnotherSender,
        AnEarlierProcess,
    }
    for before in [
        Before::NoRelay,
        Before::AnotherSender,
        Before::AnEarlierProcess,
    ] {
        let (folder, sandbox) = (Folder::new(), sandbox().await);
        sandbox.inject(Fault::slow(60 * MINUTE).forever());
        let mut outbox = open(folder.file(), &sandbox).await;
        let other = match before {
            Before::AnotherSender => Some(sandbox.client().sender().outbox(outbox.clone()).build()),
            Before::NoRelay | Before::AnEarlierProcess => None,
        };
        for n in 0..2 {
            let event = seal(&sandbox.client(), &order(n));
            outbox.enqueue(&event).await.expect("room");
        }
        match before {
            Before::NoRelay => {}
            Before::AnotherSender => sandbox.clock().sleep(MINUTE / 60).await,
            Before::AnEarlierProcess => {
                outbox.close().await.expect("open");
                outbox = open(folder.file(), &sandbox).await;
            }
        }
        // No server listens there, so nothing leaves by this sender. Its relay runs when it is waited for.
        let client = sandbox
            .client_builder()
            .base_url("http://127.0.0.1:1")
            .build();
        let client = client.expect("good settings");
        let sender = client.sender().outbox(outbox.clone()).build();
        let again = [order(0), order(1)].map(|event| sender.try_send(event).expect("a disk"));
        let report = sender.shutdown(MINUTE / 6).await;
        assert_eq!(report.total(), 2, "{report}");
        for pending in again {
            let outcome = pending.await;
            match before {
                Before::NoRelay => assert!(is_in_outbox(&outcome), "{outcome}"),
                Before::AnotherSender | Before::AnEarlierProcess => assert!(
                    matches!(
                        outcome,
                        Outcome::Unknown {
                            reason: UnknownReason::Stopped,
                            ..
                        }
                    ),
                    "{outcome}"
                ),
            }
        }
        if let Some(other) = other {
            let _ = other.shutdown(Duration::ZERO).await;
        }
        assert_eq!(waiting(&outbox).await, 2);
    }
}

/// Events that are on their way at the end of a shutdown may be there.
#[tokio::test]
async fn events_on_their_way_at_the_end_are_uncertain() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let (sender, outbox) = sender(&folder, &sandbox).await;
    sandbox.inject(Fault::slow(Duration::from_secs(20)).forever());
    let pending = [sender.send(order(0)).await, sender.send(order(1)).await];
    while outbox.stats().await.expect("stats").in_flight < 2 || sandbox.requests() == 0 {
        sandbox.clock().sleep(Duration::from_millis(100)).await;
    }
    let report = sender.shutdown(Duration::from_secs(2)).await;
    assert_eq!((report.total(), report.unknown()), (2, 2), "{report}");
    for pending in pending {
        assert!(matches!(pending.await, Outcome::Unknown { .. }));
    }
}
