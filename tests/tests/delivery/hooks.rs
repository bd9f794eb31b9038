//! Functions of the user's that the client calls: they may panic, and they may use the client.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use timeline_core::sandbox::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, Fault, REFRESH_TOKEN, Sandbox,
};
use timeline_core::{
    Client, ClientBuilder, Credentials, ErrorKind, Metrics, NotSentReason, OAuth, Outcome,
    RateLimit, RetryPolicy, SendBatch, UnknownReason, blocking,
};

use crate::{order, sandbox, start, visits};

/// Panics at these calls, counted from 0.
struct Panicky {
    calls: AtomicUsize,
    at: fn(usize) -> bool,
    nth: usize,
}

impl Panicky {
    fn once(nth: usize) -> Self {
        let at = |call| call == 0;
        let calls = AtomicUsize::new(0);
        Panicky { calls, at, nth }
    }

    fn always() -> Self {
        Panicky {
            calls: AtomicUsize::new(0),
            at: |_| true,
            nth: 0,
        }
    }

    fn call(&self) {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        assert!(
            !(self.at)(call.wrapping_sub(self.nth)),
            "a counter that panics"
        );
    }
}

impl Metrics for Panicky {
    fn add(&self, _: &'static str, _: u64) {
        self.call();
    }

    fn record(&self, _: &'static str, _: Duration) {
        self.call();
    }
}

/// Every way of sending, with a client that refreshes its token, meets an outage and a limit, and is dropped once.
async fn send_in_every_way(metrics: Panicky) {
    let sandbox = sandbox().await;
    let client = oauth_builder(&sandbox)
        .metrics(metrics)
        .batch_size(10)
        .build()
        .expect("good settings");
    sandbox.inject(Fault::status(503).times(6));
    sandbox.inject(Fault::status(429));
    let report = visits(30).send_batch(&client).await.expect("created");
    assert_eq!(report.created(), 30);
    assert!(visits(30).send_batch(&client).now_or_never().is_none());

    let outcomes = client.send_stream(stream::iter(visits(30)));
    let outcomes: Vec<_> = outcomes.collect().await;
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_delivered()));

    let sender = client.sender().build();
    let mut pending = Vec::new();
    for visit in visits(30) {
        pending.push(sender.send(visit).await);
    }
    sender.flush().await;
    for pending in pending {
        assert!(pending.await.is_delivered());
    }
    let report = sender.shutdown(Duration::from_secs(60)).await;
    assert_eq!((report.total(), report.created()), (30, 30));
    let late = sender.send(order("late")).await.await;
    assert!(!late.is_delivered());
    client.send(&order("last")).await.expect("created");
}

#[tokio::test]
async fn a_counter_that_panics_harms_nothing() {
    for nth in 0..40 {
        send_in_every_way(Panicky::once(nth)).await;
    }
    send_in_every_way(Panicky::always()).await;
}

/// A panic that leaves a `Drop` while another one unwinds ends the process.
#[tokio::test]
async fn a_counter_that_panics_while_a_panic_unwinds() {
    let sandbox = sandbox().await;
    let client = oauth_builder(&sandbox).metrics(Panicky::always());
    let client = client.build().expect("good settings");
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let mut sending = visits(30).send_batch(&client);
        assert!((&mut sending).now_or_never().is_none());
        panic!("the caller's own");
    }));
    let panic = unwound.expect_err("it panics");
    assert_eq!(panic.downcast_ref(), Some(&"the caller's own"));
}

fn oauth() -> OAuth {
    OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)
}

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder()
        .base_url(sandbox.base_url())
        .rate_limit(RateLimit::unlimited())
        .clock(sandbox.clock())
}

fn oauth_builder(sandbox: &Sandbox) -> ClientBuilder {
    builder(sandbox).oauth(oauth())
}

/// Makes clients of the root, also when it is dropped: what a user's function holds may run code when it is dropped.
struct MakesClients(Arc<OnceLock<Client>>);

impl MakesClients {
    fn make(&self) {
        if let Some(root) = self.0.get() {
            // The account whose function this is, and another one.
            for portal in [62515, 7] {
                drop(root.for_portal(portal, oauth()));
            }
            drop(root.for_portal(8, Credentials::access_token("token")));
        }
    }
}

impl Drop for MakesClients {
    fn drop(&mut self) {
        self.make();
    }
}

/// Runs the function on a thread of its own: the test is that it ends.
fn ends<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let _ = tell.send(catch_unwind(AssertUnwindSafe(run)));
    });
    match told.recv_timeout(Duration::from_secs(20)) {
        Ok(Ok(ended)) => ended,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(_) => panic!("it hangs"),
    }
}

#[test]
fn functions_may_make_clients_for_accounts() {
    ends(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let sandbox = start(Sandbox::builder().rotate_refresh_token()).await;
            let cell = Arc::new(OnceLock::new());
            let makes = || MakesClients(Arc::clone(&cell));
            let (counts, stores, fails, tells) = (makes(), makes(), makes(), makes());
            let oauth = oauth()
                .on_refresh(move |_| {
                    stores.make();
                    async { Err::<(), _>("no database") }
                })
                .on_store_failed(move |_| fails.make());
            let root = builder(&sandbox)
                .portal_id(sandbox.portal_id())
                .oauth(oauth)
                .metrics(move |_: &'static str, _: u64| counts.make())
                .build()
                .expect("good settings");
            assert!(cell.set(root.clone()).is_ok());
            sandbox.inject(Fault::status(403));
            let sender = root.sender().on_undelivered(move |_| tells.make()).build();
            drop(sender.send(order("a")).await.await);
            drop(sender.shutdown(Duration::from_secs(60)).await);
            visits(3).send_batch(&root).await.expect("created");

            let provides = makes();
            let provide = move || {
                provides.make();
                async { Ok::<_, std::io::Error>(ACCESS_TOKEN.to_owned()) }
            };
            let provided = root.for_portal(9, Credentials::token_provider(provide));
            visits(3).send_batch(&provided).await.expect("created");
            // Others take the place of those credentials, which are dropped.
            drop(provided);
            drop(root.for_portal(9, Credentials::access_token("token")));
            // Accounts without a client are forgotten in time, with what their functions hold.
            for portal in 100..400 {
                let makes = makes();
                let provide = move || {
                    makes.make();
                    async { Ok::<_, std::io::Error>(ACCESS_TOKEN.to_owned()) }
                };
                drop(root.for_portal(portal, Credentials::token_provider(provide)));
            }
        });
    });
}

/// A blocking client whose functions hand out what they saw when they used it.
struct Blocking {
    sandbox: Sandbox,
    cell: Arc<OnceLock<blocking::Client>>,
    tell: Arc<Mutex<std::sync::mpsc::Sender<Vec<String>>>>,
    told: Receiver<Vec<String>>,
}

impl Blocking {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let sandbox = Sandbox::builder().rotate_refresh_token();
        let sandbox = runtime.block_on(start(sandbox));
        let (tell, told) = channel();
        Blocking {
            sandbox,
            cell: Arc::default(),
            tell: Arc::new(Mutex::new(tell)),
            told,
        }
    }

    fn set(&self, client: ClientBuilder) -> blocking::Client {
        let client = client.build().expect("good settings");
        let client = blocking::Client::new(client).expect("a thread");
        assert!(self.cell.set(client.clone()).is_ok());
        client
    }

    /// A function that uses the client in every way.
    fn uses(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let (cell, tell) = (Arc::clone(&self.cell), Arc::clone(&self.tell));
        move || {
            let Some(client) = cell.get() else {
                return;
            };
            let reason = |outcome: &Outcome| match outcome {
                Outcome::NotSent { reason, .. } => {
                    assert_eq!(reason, &NotSentReason::InsideCallback);
                    reason.to_string()
                }
                other => panic!("{other:?}"),
            };
            let read = client.event("1001299", "a").expect_err("refused");
            assert_eq!(read.kind(), ErrorKind::InsideCallback);
            let mut says = vec![
                reason(
                    client
                        .send(&order("inside"))
                        .expect_err("refused")
                        .outcome(),
                ),
                read.to_string(),
            ];
            let report = visits(250).send_batch_with(client).report();
            assert_eq!(report.total(), 250);
            says.extend(report.outcomes().iter().map(reason));
            let error = visits(2).send_batch_with(client).wait();
            assert_eq!(error.expect_err("refused").report().not_sent(), 2);
            let mut letters = Vec::new();
            report.write_undelivered(&mut letters).expect("memory");
            let replayed = client.replay(&letters[..]).report();
            assert_eq!(replayed.not_sent(), 250);
            let outcomes: Vec<_> = client.send_stream(visits(250)).collect();
            assert_eq!(outcomes.len(), 250);
            says.extend(outcomes.iter().map(|(_, outcome)| reason(outcome)));
            let batch = client.batch_create(&[order("inside")]);
            says.push(batch.expect_err("refused").to_string());
            let _ = tell.lock().expect("sound").send(says);
        }
    }

    /// Asserts that the function was called, and that every use of the client was refused in words.
    fn was_refused(&self) {
        let says = self.told.try_recv().expect("it was called, and came back");
        assert!(says.len() > 500);
        for text in says {
            assert!(text.contains("inside a callback of its own"), "{text}");
        }
    }
}

trait SendBatchWith: IntoIterator<Item: timeline_core::TimelineEvent, IntoIter: Send> + Sized {
    fn send_batch_with<'e>(self, client: &blocking::Client) -> blocking::Sending<'e>
    where
        Self::IntoIter: 'e,
    {
        client.send_batch(self)
    }
}

impl<I: IntoIterator<Item: timeline_core::TimelineEvent, IntoIter: Send>> SendBatchWith for I {}

#[test]
fn a_blocking_client_refuses_to_wait_inside_its_counters() {
    ends(|| {
        let blocking = Blocking::start();
        let (uses, depth) = (blocking.uses(), AtomicUsize::new(0));
        let counts = move |_: &'static str, _: u64| {
            // Refused events are counted, too.
            if depth.fetch_add(1, Ordering::SeqCst) == 0 {
                uses();
                uses();
            }
            depth.fetch_sub(1, Ordering::SeqCst);
        };
        let client = blocking.set(oauth_builder(&blocking.sandbox).metrics(counts));
        visits(3).send_batch_with(&client).wait().expect("created");
        for _ in 0..4 {
            blocking.was_refused();
        }
        assert_eq!(blocking.sandbox.event_count(), 3);
    });
}

#[test]
fn a_blocking_client_refuses_to_wait_inside_what_stores_a_token() {
    ends(|| {
        let blocking = Blocking::start();
        let (uses, fails) = (blocking.uses(), blocking.uses());
        let oauth = oauth()
            .on_refresh(move |_| {
                let uses = uses.clone();
                async move {
                    uses();
                    Err::<(), _>("no database")
                }
            })
            .on_store_failed(move |_| fails());
        let client = blocking.set(builder(&blocking.sandbox).oauth(oauth));
        client.send(&order("a")).expect("created");
        blocking.was_refused();
        blocking.was_refused();
    });
}

#[test]
fn a_blocking_client_refuses_to_wait_inside_its_token_provider() {
    ends(|| {
        let blocking = Blocking::start();
        let uses = blocking.uses();
        let provide = move || {
            uses();
            async { Ok::<_, std::io::Error>(ACCESS_TOKEN.to_owned()) }
        };
        let client = blocking.set(builder(&blocking.sandbox).token_provider(provide));
        client.send(&order("a")).expect("created");
        blocking.was_refused();
    });
}

#[test]
fn a_blocking_client_refuses_to_wait_inside_progress() {
    ends(|| {
        let blocking = Blocking::start();
        let client = blocking.set(oauth_builder(&blocking.sandbox));
        let uses = blocking.uses();
        let sending = visits(3).send_batch_with(&client);
        sending
            .on_progress(move |_| uses())
            .wait()
            .expect("created");
        blocking.was_refused();
        // Outside of the callback, the client works on this thread.
        client.send(&order("after")).expect("created");
    });
}

#[test]
fn a_blocking_client_refuses_to_wait_where_it_tells_of_undelivered_events() {
    ends(|| {
        let blocking = Blocking::start();
        blocking.sandbox.inject(Fault::status(403));
        let client = blocking.set(oauth_builder(&blocking.sandbox));
        let uses = blocking.uses();
        let sender = client.sender(|settings| settings.on_undelivered(move |_| uses()));
        let outcome = sender.send(order("a")).wait();
        assert!(!outcome.is_delivered());
        let report = sender.shutdown(Duration::from_secs(60));
        assert_eq!(report.not_sent(), 1);
        blocking.was_refused();
    });
}

/// If the sender has room there is nothing to wait for, so this works.
#[test]
fn a_blocking_sender_inside_its_own_callback() {
    ends(|| {
        let blocking = Blocking::start();
        blocking.sandbox.inject(Fault::status(403));
        let client = blocking.set(
            oauth_builder(&blocking.sandbox).retry(RetryPolicy::default().patience(Duration::ZERO)),
        );
        let other = client.sender(|settings| settings.capacity(2).linger(Duration::ZERO));
        let (tell, told) = channel();
        let inside = other.clone();
        let sender = client.sender(|settings| {
            settings.on_undelivered(move |_| {
                let first = inside.send(order("first"));
                let second = inside.send(order("second"));
                let full = inside.send(order("third"));
                let outcomes = [second.wait(), full.wait()];
                let refused = catch_unwind(AssertUnwindSafe(|| inside.flush())).is_err()
                    && catch_unwind(AssertUnwindSafe(|| inside.shutdown(Duration::ZERO))).is_err();
                let _ = tell.send((first, outcomes, refused));
            })
        });
        drop(sender.send(order("a")).wait());
        let (first, [second, full], refused) = told.recv().expect("it comes back");
        assert!(first.wait().is_delivered());
        assert!(refused, "what has no error to give panics");
        assert!(matches!(
            second,
            Outcome::Unknown {
                reason: UnknownReason::InsideCallback,
                ..
            }
        ));
        assert!(matches!(
            full,
            Outcome::NotSent {
                reason: NotSentReason::InsideCallback,
                ..
            }
        ));
        let report = other.shutdown(Duration::from_secs(60));
        assert_eq!((report.total(), report.created()), (2, 2));
    });
}

/// Where its own functions are not involved, a blocking client may be used inside another call: in the rows of a batch,
/// for instance.
#[test]
fn a_blocking_client_may_be_used_by_the_rows_of_a_batch() {
    ends(|| {
        let blocking = Blocking::start();
        let client = blocking.set(oauth_builder(&blocking.sandbox));
        let inside = client.clone();
        let rows = (0..3).map(move |n| {
            inside
                .send(&order(&format!("before-{n}")))
                .expect("created");
            order(&format!("row-{n}"))
        });
        client.send_batch(rows).wait().expect("created");
        assert_eq!(blocking.sandbox.event_count(), 6);
    });
}
