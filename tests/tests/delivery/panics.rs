//! Code of the user's that panics, lies or fails: everything else goes on.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt, stream};
use timeline_core::{
    Client, Clock, Credentials, EventInput, Fault, InvalidEvent, InvalidToken, Outcome,
    RetryPolicy, Sandbox, SendBatch, Token, TokenType, TokenValue, Transport, TransportBody,
    TransportError,
};

use crate::{order, orders, sandbox, visits, words};

const LONG: Duration = Duration::from_secs(3600);

/// A counter that panics the first time, or every time.
fn panics(always: bool) -> impl Fn(&str) + Send + Sync {
    let has = AtomicBool::new(false);
    move |name: &str| {
        if !has.swap(true, Ordering::Relaxed) || always {
            panic!("{name}: the user's own");
        }
    }
}

/// A hook that panics, once or always, while all kinds of outcomes come.
#[tokio::test]
async fn a_metrics_hook_that_panics_harms_no_sender() {
    for always in [false, true] {
        let sandbox = sandbox().await;
        let panic = panics(always);
        let client = sandbox
            .client_builder()
            .metrics(move |name: &'static str, _: u64| panic(name))
            .build()
            .expect("good settings");
        let told = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&told);
        let sender = client.sender().on_undelivered(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            panic!("no disk");
        });
        let sender = sender.build();
        sandbox.inject(Fault::status(400).with_event("order-3").forever());
        let mut bad = order("bad");
        bad.amount = f64::NAN;
        let mut pending = vec![sender.send(bad).await];
        for order in orders(150) {
            pending.push(sender.send(order).await);
        }
        let outcomes = join_all(pending).await;
        let rejected = outcomes.iter().filter(|outcome| !outcome.is_delivered());
        assert_eq!(rejected.count(), 2, "{always}");
        sender.flush().await;
        let report = sender.shutdown(LONG).await;
        assert_eq!(
            (report.total(), report.created(), report.rejected()),
            (151, 149, 2),
            "{always}: {report}"
        );
        assert_eq!(told.load(Ordering::Relaxed), 2, "{always}");
        // A hook that panics does no harm to a call either.
        let report = visits(150).send_batch(&client).report().await;
        assert_eq!(report.created(), 150, "{always}: {report}");
    }
}

/// The same when the runtime ends: then the hooks run inside a `Drop`, and a panic out of that would abort the process.
#[test]
fn hooks_that_panic_while_a_runtime_is_shut_down() {
    struct Spiteful;
    impl Drop for Spiteful {
        fn drop(&mut self) {
            panic!("the user's own");
        }
    }
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
    sandbox.register::<crate::Order>();
    sandbox.inject(Fault::stall_before());
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let client = sandbox
        .client_builder()
        .metrics(|_: &'static str, _: u64| panic!("the user's own"))
        .concurrency(1)
        .build()
        .expect("good settings");
    let (sender, pending) = doomed.block_on(async {
        let sender = client.sender().on_undelivered(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            std::panic::panic_any(Spiteful);
        });
        let sender = sender.build();
        let mut pending = Vec::new();
        for order in orders(250) {
            pending.push(sender.send(order).await);
        }
        while sandbox.requests() == 0 {
            tokio::task::yield_now().await;
        }
        (sender, pending)
    });
    doomed.shutdown_timeout(Duration::from_secs(5));
    let outcomes = other.block_on(join_all(pending));
    assert_eq!(words(&outcomes), "unknown*100 not-sent*150");
    let report = other.block_on(sender.shutdown(LONG));
    assert_eq!(report.total(), 250, "{report}");
    assert_eq!(report.unknown() + report.not_sent(), 250, "{report}");
    assert_eq!(told.load(Ordering::Relaxed), 250);
}

/// A clock that breaks. It ends the sender, since nothing can be sent without a clock, but it loses no event.
#[derive(Debug)]
struct Breaks {
    clock: Arc<dyn Clock>,
    is_broken: Arc<AtomicBool>,
}

impl Breaks {
    fn look(&self) {
        assert!(!self.is_broken.load(Ordering::Relaxed), "the clock broke");
    }
}

impl Clock for Breaks {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn elapsed(&self) -> Duration {
        self.look();
        self.clock.elapsed()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.clock.sleep(time)
    }
}

#[tokio::test]
async fn a_sender_that_dies_accounts_for_every_event() {
    let sandbox = Sandbox::start().await.expect("a free port");
    sandbox.register::<crate::Order>();
    sandbox.inject(Fault::stall_before());
    let is_broken = Arc::new(AtomicBool::new(false));
    let client = sandbox.client_builder().clock(Arc::new(Breaks {
        clock: sandbox.clock(),
        is_broken: Arc::clone(&is_broken),
    }));
    let client = client.concurrency(1).timeout(Duration::from_millis(300));
    let client = client.build().expect("good settings");
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    let sender = client
        .sender()
        .capacity(300)
        .on_undelivered(move |outcome| {
            teller.lock().expect("no panic").push(outcome.clone());
        });
    let sender = sender.build();
    let mut pending = Vec::new();
    for order in orders(250) {
        pending.push(sender.send(order).await);
    }
    while sandbox.requests() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    is_broken.store(true, Ordering::Relaxed);
    // These are in the channel when the sender looks at the clock the next time.
    let mut bad = order("bad");
    bad.amount = f64::NAN;
    pending.push(sender.send(bad).await);
    pending.push(sender.send(order("last")).await);
    sender.flush().await;
    is_broken.store(false, Ordering::Relaxed);
    let outcomes = join_all(pending).await;
    assert!(outcomes.iter().all(|outcome| !outcome.is_delivered()));
    let report = sender.shutdown(LONG).await;
    assert_eq!(report.total(), 252, "{report}");
    assert_eq!(report.rejected(), 1, "{report}");
    assert_eq!(report.unknown() + report.not_sent(), 251, "{report}");
    let told = told.lock().expect("no panic").len();
    assert_eq!(told, 252);
    let late = sender.send(order("late")).await.await;
    assert_eq!(words(&[late]), "not-sent");
}

/// A size hint may be wrong.
#[tokio::test]
async fn a_size_hint_that_lies_or_panics() {
    struct Hinted(std::vec::IntoIter<crate::Order>, Option<usize>);
    impl Iterator for Hinted {
        type Item = crate::Order;
        fn next(&mut self) -> Option<crate::Order> {
            self.0.next()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            let hint = self.1.expect("the user's own");
            (hint, Some(hint))
        }
    }
    for hint in [Some(0), Some(7), Some(usize::MAX), None] {
        let sandbox = sandbox().await;
        let expected = Mutex::new(Vec::new());
        let report = Hinted(orders(250).into_iter(), hint)
            .send_batch(&sandbox.client())
            .on_progress(|progress| {
                expected.lock().expect("no panic").push(progress.expected);
            })
            .await
            .expect("all created");
        assert_eq!(report.created(), 250, "{hint:?}");
        let expected = expected.into_inner().expect("no panic");
        assert!(!expected.is_empty(), "{hint:?}");
        if hint.is_none_or(|hint| hint == usize::MAX) {
            assert!(expected.iter().all(Option::is_none), "{hint:?}");
        }
    }
}

/// A size hint that is a range gives no expected number.
#[tokio::test]
async fn a_size_hint_that_is_a_range() {
    struct Ranged(std::vec::IntoIter<crate::Order>);
    impl Iterator for Ranged {
        type Item = crate::Order;
        fn next(&mut self) -> Option<crate::Order> {
            self.0.next()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (3, Some(1_000))
        }
    }
    let sandbox = sandbox().await;
    let mut expected = Vec::new();
    Ranged(orders(250).into_iter())
        .send_batch(&sandbox.client())
        .on_progress(|progress| expected.push(progress.expected))
        .await
        .expect("all created");
    assert!(!expected.is_empty());
    assert!(expected.iter().all(Option::is_none), "{expected:?}");
}

/// An event whose code panics while requests are under way ends the caller's own call, and nothing else.
#[tokio::test]
async fn an_event_that_panics_ends_its_call_alone() {
    struct Bomb(u32);
    impl timeline_core::TimelineEvent for Bomb {
        fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
            assert!(self.0 != 450, "the user's own");
            Ok(EventInput::new("1001298").email(format!("{}@example.com", self.0)))
        }
        fn templates() -> Vec<timeline_core::EventTemplate> {
            Vec::new()
        }
    }
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let other = {
        let client = client.clone();
        tokio::spawn(async move { visits(500).send_batch(&client).report().await })
    };
    let call = (0..500).map(Bomb).send_batch(&client);
    let ended = AssertUnwindSafe(call.report()).catch_unwind().await;
    assert!(ended.is_err());
    let mut outcomes = client.send_stream(stream::iter((0..500).map(Bomb)));
    let streamed = AssertUnwindSafe(async { while outcomes.next().await.is_some() {} });
    assert!(streamed.catch_unwind().await.is_err());
    drop(outcomes);

    let sender = client.sender().capacity(1).build();
    for _ in 0..2 {
        let sent = AssertUnwindSafe(sender.send(Bomb(450)))
            .catch_unwind()
            .await;
        assert!(sent.is_err());
        let sent = std::panic::catch_unwind(AssertUnwindSafe(|| sender.try_send(Bomb(450))));
        assert!(sent.is_err());
    }
    assert!(
        sender.send(Bomb(1)).await.await.is_delivered(),
        "there is room"
    );
    assert_eq!(sender.shutdown(LONG).await.total(), 1);

    let report = other.await.expect("no panic");
    assert_eq!(report.created(), 500);
    let report = visits(500).send_batch(&client).report().await;
    assert_eq!(report.created(), 500);
}

/// The same for callbacks that are called while a call goes on.
#[tokio::test]
async fn callbacks_of_a_call_that_panic_end_that_call_alone() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let call = visits(300)
        .send_batch(&client)
        .on_progress(|_| panic!("the user's own"));
    assert!(
        AssertUnwindSafe(call.report())
            .catch_unwind()
            .await
            .is_err()
    );
    let call = visits(300)
        .send_batch(&client)
        .stop_on(async { panic!("the user's own") });
    assert!(
        AssertUnwindSafe(call.report())
            .catch_unwind()
            .await
            .is_err()
    );
    let report = visits(500).send_batch(&client).report().await;
    assert_eq!(report.created(), 500);
}

/// A `Display` is not supposed to fail, and serde_json takes it for impossible.
#[tokio::test]
async fn a_display_that_fails_is_the_events_mistake() {
    struct Fails;
    impl fmt::Display for Fails {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    impl TokenValue for Fails {
        const TYPE: TokenType = TokenType::String;
        fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
            Ok(Token::display(self))
        }
    }
    async fn send(client: &Client, token: &Fails) -> Vec<Outcome> {
        let event = |page: &str| {
            let page = page.to_owned();
            EventInput::new("1001298")
                .email("ada@example.com")
                .token("page", page)
        };
        let events = [
            event("home"),
            event("home").token("x", token),
            event("about"),
            event("about").token("x", token).token("y", f64::NAN),
        ];
        events.send_batch(client).report().await.into_outcomes()
    }
    let sandbox = sandbox().await;
    let outcomes = send(&sandbox.client(), &Fails).await;
    assert_eq!(words(&outcomes), "created rejected created rejected");
    assert!(
        outcomes[1]
            .to_string()
            .contains("token `x` cannot be written: its `Display` failed"),
        "{}",
        outcomes[1]
    );
}

/// The task of one account ends with a clock that breaks: its events have their outcomes, and later ones wake the
/// account anew.
#[tokio::test]
async fn an_account_whose_task_dies_wakes_again() {
    let sandbox = Sandbox::start().await.expect("a free port");
    sandbox.register::<crate::Order>();
    let is_broken = Arc::new(AtomicBool::new(false));
    let root = sandbox.client_builder().clock(Arc::new(Breaks {
        clock: sandbox.clock(),
        is_broken: Arc::clone(&is_broken),
    }));
    let root = root.build().expect("good settings");
    let credentials = Credentials::access_token(sandbox.access_token());
    let senders = root.senders(move |_| std::future::ready(Some(credentials.clone())));
    let senders = senders.linger(Duration::ZERO).build();
    assert!(senders.send(1, order("first")).await.await.is_delivered());
    is_broken.store(true, Ordering::Relaxed);
    // One account is awake, and one wakes.
    for id in [1, 2] {
        let outcome = senders.send(id, order(&format!("broken-{id}"))).await.await;
        assert!(!outcome.is_delivered(), "{outcome}");
    }
    is_broken.store(false, Ordering::Relaxed);
    for id in [1, 2] {
        let outcome = senders.send(id, order(&format!("mended-{id}"))).await.await;
        assert!(outcome.is_delivered(), "{outcome}");
    }
    let report = senders.shutdown(LONG).await;
    assert_eq!((report.total(), report.created()), (5, 3), "{report}");
    assert_eq!(report.not_sent() + report.unknown(), 2, "{report}");
}

struct Panicking;

impl Transport for Panicking {
    async fn send(
        &self,
        _: http::Request<Vec<u8>>,
    ) -> Result<http::Response<TransportBody>, TransportError> {
        panic!("the user's own")
    }
}

/// A transport that panics may have sent the request.
#[tokio::test]
async fn a_transport_that_panics() {
    let client = Client::builder()
        .access_token("token")
        .retry(RetryPolicy::none())
        .transport(Panicking)
        .build()
        .expect("good settings");
    let report = orders(2).send_batch(&client).report().await;
    for outcome in report.outcomes() {
        let shown = outcome.to_string();
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{shown}");
        assert!(shown.contains("the transport panicked"), "{shown}");
    }
    assert_eq!(report.total(), 2);
}
