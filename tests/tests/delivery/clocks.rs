//! Clocks that jump, and runtimes that end.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, Route};
use timeline_core::{
    BatchReport, Client, Clock, Fault, OAuth, RateLimit, RetryPolicy, Sandbox, SendBatch,
};
use tokio::runtime::{Builder, Runtime};

use crate::{Order, orders, sandbox, words};

const MONTH: u64 = 30 * 24 * 60 * 60;

/// A clock whose time of day jumps, and whose elapsed time is right.
#[derive(Debug)]
struct Jumpy {
    inner: Arc<dyn Clock>,
    jumps: Option<Mutex<fastrand::Rng>>,
    /// Seconds that the machine has slept.
    slept: AtomicU64,
}

impl Jumpy {
    fn new(inner: Arc<dyn Clock>, seed: Option<u64>) -> Self {
        Jumpy {
            inner,
            jumps: seed.map(|seed| Mutex::new(fastrand::Rng::with_seed(seed))),
            slept: AtomicU64::new(0),
        }
    }
}

impl Clock for Jumpy {
    fn now(&self) -> SystemTime {
        let now = self.inner.now();
        let Some(jumps) = &self.jumps else {
            return now;
        };
        let mut jumps = jumps.lock().expect("no panic");
        let jump = Duration::from_secs(jumps.u64(..MONTH));
        if jumps.bool() { now + jump } else { now - jump }
    }

    fn elapsed(&self) -> Duration {
        self.inner.elapsed() + Duration::from_secs(self.slept.load(Ordering::SeqCst))
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.inner.sleep(time)
    }

    fn hold(&self) {
        self.inner.hold();
    }

    fn release(&self) {
        self.inner.release();
    }
}

fn client(sandbox: &Sandbox, clock: Arc<dyn Clock>) -> Client {
    Client::builder()
        .base_url(sandbox.base_url())
        .clock(clock)
        .rate_limit(RateLimit::new(5, Duration::from_secs(10)))
        .oauth(OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN))
        .batch_size(10)
        .concurrency(1)
        .seed(1)
        .build()
        .expect("good settings")
}

/// The events have timestamps of their own: without one they get the time that the clock tells.
async fn send(wall: Option<u64>) -> (BatchReport, Duration) {
    let sandbox = sandbox().await;
    let clock = Jumpy::new(sandbox.clock(), wall);
    let client = client(&sandbox, Arc::new(clock));
    for _ in 0..4 {
        sandbox.inject(Fault::status(503).after(2));
        sandbox.inject(Fault::status(429).header("Retry-After", "7").after(3));
    }
    let report = orders(300).send_batch(&client).report().await;
    assert_eq!(sandbox.event_count(), 300);
    assert_eq!(sandbox.tokens_issued(), 1);
    (report, sandbox.clock().elapsed())
}

/// Waits, limits and the ends of tokens are measured by the time that passes, not by the time of day.
#[tokio::test]
async fn a_wall_clock_that_jumps_by_weeks_changes_nothing() {
    let (report, time) = send(None).await;
    assert_eq!(words(report.outcomes()), "created*300");
    for seed in 0..3 {
        let (jumpy, took) = send(Some(seed)).await;
        assert_eq!(words(jumpy.outcomes()), "created*300");
        assert_eq!((jumpy.requests(), took), (report.requests(), time));
    }
}

/// A machine that slept has an old token and full patience for what comes next.
#[tokio::test]
async fn a_machine_that_slept_goes_on() {
    let sandbox = sandbox().await;
    let clock = Arc::new(Jumpy::new(sandbox.clock(), None));
    let client = client(&sandbox, clock.clone());
    let mut orders = orders(90).into_iter();
    for night in 0..3 {
        sandbox.inject(Fault::status(503).times(6));
        let sent: Vec<Order> = orders.by_ref().take(30).collect();
        let report = sent.send_batch(&client).report().await;
        assert_eq!(words(report.outcomes()), "created*30", "night {night}");
        clock.slept.fetch_add(8 * 60 * 60, Ordering::SeqCst);
        sandbox.expire_tokens();
    }
    assert_eq!(sandbox.tokens_issued(), 3);
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(1).enable_all();
    builder.build().expect("a runtime")
}

/// A runtime that is not driven keeps its tasks, though their call is gone.
#[test]
fn an_idle_runtime_holds_up_no_other() {
    let idle = Builder::new_current_thread().enable_all().build();
    let (idle, other) = (idle.expect("a runtime"), runtime());
    let sandbox = other.block_on(Sandbox::start()).expect("a free port");
    sandbox.register::<Order>();
    let retry = RetryPolicy::default().longest_wait(Duration::from_millis(5));
    let client = sandbox.client_builder().retry(retry).build();
    let client = client.expect("good settings");
    sandbox.inject(Fault::status(503).times(5));
    sandbox.inject(Fault::stall_before());
    idle.block_on(async {
        let stuck = async {
            while sandbox.faults() > 0 {
                tokio::task::yield_now().await;
            }
        };
        let sending = Box::pin(orders(1).send_batch(&client).report());
        futures_util::future::select(sending, Box::pin(stuck)).await;
    });
    let report = other.block_on(async { orders(1).send_batch(&client).report().await });
    assert!(report.is_delivered(), "{report}");
    drop(idle);
}

/// A runtime goes while a call of it waits for an answer, for a token, or probes; a client that lives on serves others.
#[test]
fn a_runtime_that_ends_in_a_call_holds_up_no_other() {
    let unanswered: [fn(&Sandbox); 3] = [
        |sandbox| sandbox.inject(Fault::stall_before()),
        |sandbox| sandbox.inject(Fault::stall_before().on(Route::Token)),
        |sandbox| {
            sandbox.inject(Fault::status(503).times(5));
            sandbox.inject(Fault::stall_before());
        },
    ];
    let other = runtime();
    for (place, inject) in unanswered.into_iter().enumerate() {
        let sandbox = other.block_on(Sandbox::start()).expect("a free port");
        sandbox.register::<Order>();
        let client = Client::builder()
            .base_url(sandbox.base_url())
            .rate_limit(RateLimit::new(9, Duration::from_secs(1)))
            .retry(RetryPolicy::default().longest_wait(Duration::from_millis(5)))
            .oauth(OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN))
            .build()
            .expect("good settings");
        inject(&sandbox);
        let doomed = runtime();
        let theirs = client.clone();
        doomed.spawn(async move { orders(250).send_batch(&theirs).report().await });
        while sandbox.faults() > 0 {
            std::thread::yield_now();
        }
        doomed.shutdown_background();
        let report = other.block_on(async { orders(30).send_batch(&client).report().await });
        assert_eq!(report.total(), 30);
        assert!(report.is_delivered(), "{place}: {report}");
    }
}
