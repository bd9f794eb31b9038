//! Senders for many accounts: made when they are needed, gone when they are idle, and ended together.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Route};
use timeline_core::{
    Api, Client, Credentials, CredentialsErrorKind, EventTypes, Fault, NotSentReason, OAuth,
    Outcome, RateLimit, Sandbox, Senders, SendersBuilder,
};
use tokio::runtime::Handle;

use crate::{Order, Visit, order, orders, sandbox, visits, words};

const LONG: Duration = Duration::from_secs(3600);

/// The accounts 1 to 50 have installed the app.
fn install(sandbox: &Sandbox) {
    for id in 1..=50 {
        sandbox.add_portal(id, format!("refresh-{id}"));
    }
}

fn token(sandbox: &Sandbox, id: u64) -> Option<Credentials> {
    sandbox.access_token_of(id).map(Credentials::access_token)
}

/// A builder whose function knows the accounts that have installed the app, and the number of times that it was asked.
fn builder(sandbox: &Sandbox, root: &Client) -> (SendersBuilder, Arc<AtomicUsize>) {
    install(sandbox);
    let known: BTreeMap<u64, Credentials> = (1..=50)
        .filter_map(|id| Some((id, token(sandbox, id)?)))
        .collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let senders = root.senders(move |id| {
        count.fetch_add(1, Ordering::SeqCst);
        ready(known.get(&id).cloned())
    });
    (senders, asked)
}

fn senders(sandbox: &Sandbox) -> (Senders, Arc<AtomicUsize>) {
    let (builder, asked) = builder(sandbox, &sandbox.client());
    (builder.build(), asked)
}

/// Lets the time pass on the sandbox's clock.
async fn pass(sandbox: &Sandbox, time: Duration) {
    sandbox.clock().sleep(time).await;
}

/// Until no task is left but that of the test.
async fn all_is_quiet(tasks: usize) {
    let alive = || Handle::current().metrics().num_alive_tasks();
    for _ in 0..10_000 {
        if alive() <= tasks {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} tasks instead of {tasks}", alive());
}

#[tokio::test]
async fn each_account_has_a_sender_and_one_report_has_the_sums() {
    let sandbox = sandbox().await;
    let (senders, asked) = senders(&sandbox);
    let tasks = (1..=40_u64).map(|id| {
        let senders = senders.clone();
        tokio::spawn(async move {
            let mut pending = Vec::new();
            for visit in visits(30) {
                pending.push(senders.send(id, visit).await);
            }
            join_all(pending).await
        })
    });
    for outcomes in join_all(tasks).await {
        assert_eq!(words(&outcomes.expect("no panic")), "created*30");
    }
    assert_eq!(senders.awake(), 40);
    let report = senders.shutdown(LONG).await;
    assert_eq!((report.total(), report.created()), (1200, 1200), "{report}");
    // One batch for each account, and each event in its own account.
    assert_eq!(sandbox.requests(), 40);
    let mut stored: BTreeMap<u64, usize> = BTreeMap::new();
    for event in sandbox.events() {
        *stored.entry(event.portal_id).or_default() += 1;
    }
    assert_eq!(stored, (1..=40).map(|id| (id, 30)).collect());
    assert_eq!(asked.load(Ordering::SeqCst), 40, "once for each");
}

#[tokio::test]
async fn an_idle_account_falls_asleep_and_wakes_again() {
    let sandbox = sandbox().await;
    let (builder, asked) = builder(&sandbox, &sandbox.client());
    let builder = builder.idle_after(Duration::from_secs(30));
    let senders = builder.linger(Duration::ZERO).build();
    let mut kept = Vec::new();
    for round in 1..=3 {
        for id in 1..=40 {
            kept.push(senders.send(id, order(&format!("{round}-{id}"))).await);
            // One after the other, by one connection.
            senders.flush().await;
        }
        pass(&sandbox, Duration::from_secs(29)).await;
        assert_eq!(senders.awake(), 40, "round {round}");
        pass(&sandbox, Duration::from_secs(5)).await;
        assert_eq!(senders.awake(), 0, "round {round}");
        // The tasks that are left are those of the connection that the accounts share.
        all_is_quiet(2).await;
        assert_eq!(asked.load(Ordering::SeqCst), 40 * round);
    }
    // Outcomes outlive the senders.
    assert_eq!(words(&join_all(kept).await), "created*120");
    let report = senders.shutdown(LONG).await;
    assert_eq!((report.total(), report.created()), (120, 120), "{report}");
}

/// The time without events begins with the last outcome, and anew with each event.
#[tokio::test]
async fn an_account_with_events_stays_awake() {
    let sandbox = sandbox().await;
    let (senders, asked) = senders(&sandbox);
    for id in [1, 2] {
        drop(senders.send(id, order(&format!("first-{id}"))).await);
    }
    for n in 0..5 {
        pass(&sandbox, Duration::from_secs(50)).await;
        drop(senders.send(1, order(&format!("{n}"))).await);
        // These end at once.
        let bad = Order {
            amount: f64::NAN,
            ..order("bad")
        };
        drop(senders.send(3, bad).await);
    }
    assert_eq!((senders.awake(), asked.load(Ordering::SeqCst)), (2, 3));
    // An account whose event takes long is not idle: an outage that lasts longer than the time without events.
    sandbox.inject(Fault::status(503).lasting(Duration::from_secs(90)));
    let pending = senders.send(1, order("late")).await;
    pass(&sandbox, Duration::from_secs(80)).await;
    assert_eq!(senders.awake(), 1);
    assert!(pending.await.is_delivered());
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    let report = senders.shutdown(LONG).await;
    assert_eq!((report.created(), report.rejected()), (8, 5), "{report}");
}

/// Accounts fall asleep at the very moment at which other tasks send: nothing is lost, nothing is doubled, and the report
/// adds up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_while_its_account_falls_asleep_is_sent() {
    const ROUNDS: usize = 300;
    let sandbox = sandbox().await;
    let clock = sandbox.clock();
    let (builder, asked) = builder(&sandbox, &sandbox.client());
    let idle_after = Duration::from_millis(10);
    let builder = builder.idle_after(idle_after).linger(Duration::ZERO);
    let senders = builder.build();
    let tasks = (0..3_u64).map(|task| {
        let (senders, clock) = (senders.clone(), Arc::clone(&clock));
        tokio::spawn(async move {
            let mut random = fastrand::Rng::with_seed(task);
            let mut outcomes = Vec::new();
            for n in 0..ROUNDS {
                // Mostly exactly when the account falls asleep.
                let pause = [9, 10, 10, 10, 11][random.usize(..5)];
                clock.sleep(Duration::from_millis(pause)).await;
                let id = random.u64(1..=2);
                let event = order(&format!("{task}-{n}"));
                let pending = match n % 2 {
                    0 => senders.send(id, event).await,
                    _ => senders.try_send(id, event).expect("room"),
                };
                if random.bool() {
                    outcomes.push(pending.await);
                }
            }
            outcomes
        })
    });
    for outcomes in join_all(tasks).await {
        let outcomes = outcomes.expect("no panic");
        assert!(
            outcomes.iter().all(Outcome::is_delivered),
            "{}",
            words(&outcomes)
        );
    }
    let report = senders.shutdown(LONG).await;
    let total = 3 * ROUNDS;
    assert_eq!(
        (report.total(), report.created()),
        (total, total),
        "{report}"
    );
    assert_eq!(sandbox.event_count(), total);
    let asked = asked.load(Ordering::SeqCst);
    println!("{total} events, and accounts woke {asked} times");
    assert!(asked > 100, "they woke {asked} times");
}

/// An event that waits for the room of all accounts waits longer than its account is awake: it is sent like any other.
#[tokio::test]
async fn an_event_that_waits_while_its_account_falls_asleep_is_sent() {
    let sandbox = sandbox().await;
    let (builder, asked) = builder(&sandbox, &sandbox.client());
    let builder = builder.idle_after(Duration::from_secs(5));
    let builder = builder.linger(Duration::ZERO).capacity_in_all(1);
    let senders = builder.build();
    sandbox.inject(Fault::slow(Duration::from_secs(20)));
    let slow = senders.send(1, order("slow")).await;
    let waiting = [2, 3].map(|id| {
        let senders = senders.clone();
        tokio::spawn(async move { senders.send(id, order(&format!("{id}"))).await.await })
    });
    pass(&sandbox, Duration::from_secs(10)).await;
    // The accounts are asleep, so another event wakes its account anew.
    assert!(senders.try_send(2, order("full")).is_err());
    pass(&sandbox, Duration::from_secs(1)).await;
    assert_eq!(asked.load(Ordering::SeqCst), 4, "each woke, and one again");
    assert!(slow.await.is_delivered());
    for outcome in join_all(waiting).await {
        let outcome = outcome.expect("no panic");
        assert!(outcome.is_delivered(), "{outcome}");
    }
    let report = senders.shutdown(LONG).await;
    assert_eq!((report.total(), report.created()), (3, 3), "{report}");
}

/// The events of an account without credentials are refused with their reason, and can be written as dead letters; the
/// function is asked again ten seconds later.
#[tokio::test]
async fn an_account_that_is_not_known() {
    let sandbox = sandbox().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    let installed = Arc::new(Mutex::new(BTreeSet::from([1_u64])));
    let asked = Arc::new(AtomicUsize::new(0));
    let (knows, count) = (Arc::clone(&installed), Arc::clone(&asked));
    let credentials = Credentials::access_token(sandbox.access_token());
    let senders = sandbox.client().senders(move |id| {
        count.fetch_add(1, Ordering::SeqCst);
        let is_known = knows.lock().expect("no panic").contains(&id);
        ready(is_known.then(|| credentials.clone()))
    });
    let senders = senders
        .on_undelivered(move |id, outcome| {
            teller.lock().expect("no panic").push((id, outcome.clone()));
        })
        .build();
    let known = senders.send(1, order("known")).await;
    let mut unknown = Vec::new();
    for id in [98, 99, 99] {
        unknown.push(senders.send(id, order(&format!("of-{id}"))).await);
    }
    assert!(known.await.is_delivered());
    let outcomes = join_all(unknown).await;
    assert_eq!(words(&outcomes), "rejected*3");
    assert_eq!(
        outcomes[1].to_string(),
        "of-99 rejected: no credentials were found for account 99: let it install the app, and the function given to \
         `Client::senders` find them (template 1001299)"
    );
    assert!(outcomes[1].json().is_some(), "fit for a dead letter");
    let told = told.lock().expect("no panic").clone();
    let mut ids: Vec<_> = told
        .iter()
        .map(|(id, outcome)| (*id, outcome.id()))
        .collect();
    ids.sort_unstable();
    let expected = [
        (98, Some("of-98")),
        (99, Some("of-99")),
        (99, Some("of-99")),
    ];
    assert_eq!(ids, expected);
    assert_eq!(asked.load(Ordering::SeqCst), 3);

    // For ten seconds the answer holds; then the app is found to be installed.
    installed.lock().expect("no panic").insert(99);
    pass(&sandbox, Duration::from_secs(5)).await;
    assert_eq!(
        words(&[senders.send(99, order("soon")).await.await]),
        "rejected"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    pass(&sandbox, Duration::from_secs(6)).await;
    assert_eq!(
        words(&[senders.send(99, order("later")).await.await]),
        "created"
    );
    let report = senders.shutdown(LONG).await;
    assert_eq!(
        (report.total(), report.created(), report.rejected()),
        (6, 2, 4),
        "{report}"
    );
}

/// A database that fails is asked again, and its events wait.
#[tokio::test]
async fn a_lookup_that_fails_is_tried_again() {
    let sandbox = sandbox().await;
    let failures = Arc::new(AtomicUsize::new(4));
    let credentials = Credentials::access_token(sandbox.access_token());
    let left = Arc::clone(&failures);
    let senders = sandbox.client().senders(move |_| {
        let (left, credentials) = (Arc::clone(&left), credentials.clone());
        async move {
            let failing = |left: usize| left.checked_sub(1);
            match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, failing) {
                Err(_) => Ok(Some(credentials)),
                Ok(4) => panic!("in the user's code"),
                Ok(_) => Err(std::io::Error::other("the database is down")),
            }
        }
    });
    let senders = senders.build();
    let pending = [
        senders.send(1, order("a")).await,
        senders.send(2, order("b")).await,
    ];
    assert_eq!(words(&join_all(pending).await), "created*2");

    failures.store(usize::MAX, Ordering::SeqCst);
    let before = sandbox.clock().elapsed();
    let pending = [
        senders.send(3, order("c")).await,
        senders.send(4, order("d")).await,
    ];
    let outcomes = join_all(pending).await;
    assert_eq!(words(&outcomes), "not-sent*2");
    let waited = sandbox.clock().elapsed() - before;
    assert!(waited >= Duration::from_secs(120), "{waited:?}");
    let Outcome::NotSent { reason, .. } = &outcomes[0] else {
        panic!("{:?}", outcomes[0]);
    };
    let NotSentReason::NoAccessToken(error) = reason else {
        panic!("{reason:?}");
    };
    assert_eq!(error.kind(), CredentialsErrorKind::LookupFailed);
    let source = std::error::Error::source(error).map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("the database is down"));
    assert!(!error.to_string().contains("database"), "{error}");
    let report = senders.shutdown(LONG).await;
    assert_eq!(
        (report.total(), report.created(), report.not_sent()),
        (4, 2, 2)
    );
}

/// A service whose accounts never fall asleep learns of new credentials all the same.
#[tokio::test]
async fn refused_credentials_are_looked_up_again() {
    let sandbox = sandbox().await;
    let stored = Arc::new(Mutex::new(String::from("stale")));
    let (knows, asked) = (Arc::clone(&stored), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    let senders = sandbox.client().senders(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        let token = knows.lock().expect("no panic").clone();
        ready(Ok::<_, Infallible>(Some(Credentials::access_token(token))))
    });
    let senders = senders.build();
    let mut outcomes = Vec::new();
    for n in 0..12 {
        if n == 5 {
            *stored.lock().expect("no panic") = sandbox.access_token();
        }
        outcomes.push(senders.send(1, order(&format!("{n}"))).await.await);
        pass(&sandbox, Duration::from_secs(2)).await;
    }
    let words = words(&outcomes);
    assert!(
        words.starts_with("not-sent") && words.contains(" created*"),
        "{words}"
    );
    assert!(!words.contains("created not"), "{words}");
    let asked = asked.load(Ordering::SeqCst);
    assert!((2..=3).contains(&asked), "{asked}: {words}");
    let report = senders.shutdown(LONG).await;
    assert_eq!(report.total(), 12);
    assert_eq!(report.created() + report.not_sent(), 12, "{report}");
}

/// Room is bounded for each account, so that a busy one leaves the others theirs, and for all together.
#[tokio::test]
async fn room_is_bounded_for_each_account_and_in_all() {
    let sandbox = Sandbox::start().await.expect("a free port");
    sandbox.register::<Order>();
    sandbox.inject(Fault::slow(Duration::from_millis(300)).forever());
    let (builder, _) = builder(&sandbox, &sandbox.client());
    let builder = builder.capacity(3).capacity_in_all(5);
    let senders = builder.linger(Duration::ZERO).build();
    let mut pending = Vec::new();
    for n in 0..3 {
        pending.push(senders.try_send(1, order(&format!("1-{n}"))).expect("room"));
    }
    let full = senders
        .try_send(1, order("full"))
        .expect_err("no room of its own");
    assert_eq!(words(&[full.into_outcome()]), "not-sent");
    for n in 0..2 {
        pending.push(senders.try_send(2, order(&format!("2-{n}"))).expect("room"));
    }
    let full = senders
        .try_send(3, order("in-all"))
        .expect_err("no room in all");
    assert_eq!(full.outcome().id(), Some("in-all"));
    assert!(senders.send(3, order("waits")).now_or_never().is_none());
    let waited = senders.send(3, order("waited")).await;
    pending.push(waited);
    assert_eq!(words(&join_all(pending).await), "created*6");
    sandbox.clear_faults();
    let report = senders.shutdown(LONG).await;
    assert_eq!((report.total(), report.created()), (6, 6), "{report}");
}

/// What is refused for want of room is tried again under the same id, and by no other account.
#[tokio::test]
async fn what_is_refused_is_tried_again_in_its_account() {
    let sandbox = Sandbox::start().await.expect("a free port");
    sandbox.register::<Visit>();
    sandbox.inject(Fault::slow(Duration::from_millis(200)));
    let (builder, _) = builder(&sandbox, &sandbox.client());
    let senders = builder.capacity(1).linger(Duration::ZERO).build();
    let visit = &visits(1)[0];
    let first = senders.try_send(1, visit).expect("room");
    let full = senders.try_send(1, visit).expect_err("no room");
    let id = full.outcome().id().map(str::to_owned);
    let full = senders.try_again(1, full).expect_err("still no room");
    let elsewhere = senders.try_again(2, full.clone()).expect("room");
    let again = senders.send_again(1, full).await;
    assert!(first.await.is_delivered());
    let again = again.await;
    assert_eq!(again.id(), id.as_deref());
    let outcomes = [again, elsewhere.await];
    assert_eq!(words(&outcomes), "created rejected");
    assert!(outcomes[1].json().is_some(), "fit for a dead letter");
    assert_eq!(
        outcomes[1].to_string(),
        format!(
            "{} rejected: the event was sealed for account 1, and the client is for 2: send it by a client for its account (template \
             1001298)",
            id.expect("an id")
        )
    );
    assert_eq!(senders.shutdown(LONG).await.total(), 3);
}

/// The most requests to this path that have arrived at one moment of the clock.
fn most_at_once(sandbox: &Sandbox, path: &str) -> usize {
    let mut at: BTreeMap<Duration, usize> = BTreeMap::new();
    for seen in sandbox.seen() {
        if seen.path.contains(path) {
            *at.entry(seen.at).or_default() += 1;
        }
    }
    at.into_values().max().unwrap_or_default()
}

/// However many accounts have events at the same moment, the process has a bounded number of connections.
#[tokio::test]
async fn accounts_take_turns() {
    const ACCOUNTS: u64 = 150;
    let sandbox = sandbox().await;
    for id in 1..=ACCOUNTS {
        sandbox.add_portal(id, format!("refresh-{id}"));
    }
    let slow = Duration::from_millis(100);
    sandbox.inject(Fault::slow(slow).forever());
    sandbox.inject(Fault::slow(slow).on(Route::Token).forever());
    let oauth = |id| OAuth::new(CLIENT_ID, CLIENT_SECRET, format!("refresh-{id}"));
    let senders = sandbox.client().senders(move |id| ready(Some(oauth(id))));
    let senders = senders.concurrency_in_all(7).build();
    let begun = sandbox.clock().elapsed();
    for id in 1..=ACCOUNTS {
        drop(senders.send(id, order(&format!("{id}"))).await);
    }
    senders.flush().await;
    let report = senders.shutdown(LONG).await;
    assert_eq!(report.created(), ACCOUNTS as usize, "{report}");
    assert_eq!(most_at_once(&sandbox, "/events"), 7);
    assert_eq!(most_at_once(&sandbox, "/oauth/"), 64);
    // All connections are always in use.
    let took = sandbox.clock().elapsed() - begun;
    assert!(took <= Duration::from_millis(3_600), "{took:?}");
}

/// Requests that wait for the limit of their account take no turn.
#[tokio::test]
async fn an_account_at_its_limit_takes_no_turn_from_others() {
    let sandbox = sandbox().await;
    let root = sandbox.client_builder().batch_size(1);
    let root = root.rate_limit(RateLimit::new(2, Duration::from_secs(10)));
    let root = root.build().expect("good settings");
    let (builder, _) = builder(&sandbox, &root);
    let senders = builder.concurrency_in_all(2).build();
    for n in 0..20 {
        drop(senders.send(1, order(&format!("busy-{n}"))).await);
    }
    let begun = sandbox.clock().elapsed();
    let quiet = senders.send(2, order("quiet")).await;
    assert!(quiet.await.is_delivered());
    assert_eq!(sandbox.clock().elapsed(), begun);
    assert_eq!(senders.shutdown(LONG).await.created(), 21);
}

#[tokio::test]
async fn a_flush_is_for_all_accounts() {
    let sandbox = Sandbox::start().await.expect("a free port");
    sandbox.register::<Order>();
    let (builder, _) = builder(&sandbox, &sandbox.client());
    let senders = builder.linger(LONG).build();
    senders.flush().await;
    let mut pending = Vec::new();
    for id in 1..=5 {
        for order in orders(2) {
            let order = Order {
                id: format!("{id}-{}", order.id),
                ..order
            };
            pending.push(senders.send(id, order).await);
        }
    }
    senders.flush().await;
    let outcomes: Option<Vec<_>> = pending.into_iter().map(FutureExt::now_or_never).collect();
    assert_eq!(words(&outcomes.expect("all are known")), "created*10");
}

/// One time limit for all accounts, also for those whose credentials are still being looked up.
#[tokio::test]
async fn a_shutdown_accounts_for_the_events_of_all_accounts() {
    let sandbox = Sandbox::start().await.expect("a free port");
    sandbox.register::<Order>();
    install(&sandbox);
    sandbox.inject(Fault::stall_before().forever());
    let credentials = Credentials::access_token(sandbox.access_token());
    let senders = sandbox.client().senders(move |id| {
        let credentials = credentials.clone();
        async move {
            if id > 10 {
                std::future::pending::<()>().await;
            }
            Some(credentials)
        }
    });
    let senders = senders.idle_after(LONG).linger(Duration::ZERO).build();
    let mut pending = Vec::new();
    for id in [1, 2, 3, 11, 12] {
        for n in 0..20 {
            pending.push(senders.send(id, order(&format!("{id}-{n}"))).await);
        }
    }
    while sandbox.requests() < 3 {
        tokio::task::yield_now().await;
    }
    let report = senders.shutdown(Duration::from_millis(300)).await;
    assert_eq!(
        (report.total(), report.unknown(), report.not_sent()),
        (100, 60, 40),
        "{report}"
    );
    for id in [1, 2, 3, 11, 12] {
        let of_one = report.undelivered().iter();
        let of_one = of_one.filter(|outcome| outcome.portal_id() == Some(id));
        assert_eq!(of_one.count(), 20, "{id}");
    }
    assert_eq!(words(&join_all(pending).await), "unknown*60 not-sent*40");
    // Events that come later, for accounts that were awake and for one that was not.
    for id in [1, 11, 5] {
        let late = senders.send(id, order("late")).await.await;
        let Outcome::NotSent { reason, .. } = late else {
            panic!("{late:?}");
        };
        assert_eq!(reason, NotSentReason::Stopped);
    }
    senders.flush().await;
    let again = senders.shutdown(LONG).await;
    assert_eq!((again.total(), again.unknown()), (100, 60), "told again");
}

/// A function that is told of undelivered events may send others by the same senders, for any account.
#[tokio::test]
async fn a_callback_that_sends_events_comes_to_an_end() {
    let sandbox = sandbox().await;
    let inside = Arc::new(Mutex::new(None::<Senders>));
    let own = Arc::clone(&inside);
    let (builder, _) = builder(&sandbox, &sandbox.client());
    let builder = builder.on_undelivered(move |id, outcome| {
        let senders = own.lock().expect("no panic").clone();
        let alert = order(&format!("alert-{}", outcome.id().unwrap_or_default()));
        drop(senders.map(|senders| senders.try_send(id + 1, alert)));
    });
    let senders = builder.build();
    *inside.lock().expect("no panic") = Some(senders.clone());
    for id in [1, 60, 61] {
        drop(senders.send(id, order(&format!("{id}"))).await);
    }
    senders.flush().await;
    // 60 and 61 are no accounts. Their events cause others, which cause others in turn.
    pass(&sandbox, Duration::from_secs(1)).await;
    let report = senders.shutdown(LONG).await;
    assert_eq!(report.created(), 1, "{report}");
    assert_eq!(report.rejected() + 1, report.total(), "{report}");
    assert!(report.total() >= 5, "{report}");
    *inside.lock().expect("no panic") = None;
}

/// An account that is found to have moved stays so while it sleeps, and the report says so.
#[tokio::test]
async fn an_account_that_has_moved_is_remembered() {
    let sandbox = sandbox().await;
    let root = sandbox.client_builder().api(Api::V3);
    let types = EventTypes::from([("1001298", "visit")]);
    let root = root.move_to_app_events(true).event_types(types).build();
    let root = root.expect("good settings");
    install(&sandbox);
    let oauth = |id| OAuth::new(CLIENT_ID, CLIENT_SECRET, format!("refresh-{id}"));
    let senders = root.senders(move |id| ready(Some(oauth(id))));
    let senders = senders.idle_after(Duration::from_secs(30)).build();
    sandbox.move_portal_to_app_events(2);
    for _ in 0..2 {
        for id in [1, 2] {
            let visit = &visits(1)[0];
            assert!(senders.send(id, visit).await.await.is_delivered());
        }
        pass(&sandbox, Duration::from_secs(40)).await;
        assert_eq!(senders.awake(), 0);
    }
    // Two tries by v3, with an access token and with a fresh one, and none later.
    let refused = sandbox.seen().into_iter();
    let refused = refused.filter(|seen| seen.status == Some(401));
    assert_eq!(refused.count(), 2);
    let apis: Vec<_> = sandbox
        .events()
        .iter()
        .map(|event| (event.portal_id, event.api))
        .collect();
    let (v3, moved) = ((1, Api::V3), (2, Api::AppEvents));
    assert_eq!(apis, [v3, moved, v3, moved]);
    let report = senders.shutdown(LONG).await;
    assert!(report.has_moved() && report.created() == 4, "{report}");
}

/// Without a shutdown: after the last handle is dropped, the events that were taken are delivered, and no task is left.
#[tokio::test]
async fn without_a_handle_what_was_taken_is_delivered() {
    let sandbox = sandbox().await;
    let (senders, _) = senders(&sandbox);
    let tasks = Handle::current().metrics().num_alive_tasks();
    for id in 1..=5 {
        for visit in visits(10) {
            drop(senders.send(id, visit).await);
        }
    }
    drop(senders);
    while sandbox.event_count() < 50 {
        tokio::task::yield_now().await;
    }
    all_is_quiet(tasks).await;
}

/// A runtime ends, and with it the tasks: every event that was taken has an outcome, and events that come later are not
/// taken.
#[test]
fn a_runtime_that_is_shut_down_takes_nothing_with_it() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let (doomed, other) = (runtime(), runtime());
    let sandbox = other.block_on(Sandbox::start()).expect("a free port");
    sandbox.register::<Order>();
    let senders = {
        let _inside = doomed.enter();
        builder(&sandbox, &sandbox.client()).0.linger(LONG).build()
    };
    let mut pending = Vec::new();
    for id in [1, 2, 2, 3] {
        pending.push(other.block_on(senders.send(id, order("early"))));
    }
    doomed.shutdown_timeout(LONG);
    for id in [3, 4] {
        pending.push(other.block_on(senders.send(id, order("late"))));
    }
    other.block_on(async {
        assert_eq!(words(&join_all(pending).await), "not-sent*6");
        let report = senders.shutdown(LONG).await;
        assert!((4..=6).contains(&report.total()), "{report}");
        assert_eq!(report.total(), report.not_sent(), "{report}");
    });
}
