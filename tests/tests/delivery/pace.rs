//! The limit: kept in every window as the server sees it, and used.

use std::sync::Arc;
use std::time::Duration;

use timeline_core::sandbox::{Sandbox, SeenRequest, TestClock};
use timeline_core::{
    Client, Clock, EventInput, EventTemplate, Fault, ObjectType, RateLimit, RetryPolicy, SendBatch,
};

const LIMIT: usize = 110;
const WINDOW: Duration = Duration::from_secs(10);

struct Account {
    sandbox: Sandbox,
    clock: Arc<dyn Clock>,
    template_id: String,
}

impl Account {
    /// A server that keeps the limit, and answers after up to half a second.
    async fn start(clock: Option<TestClock>, seed: u64) -> Self {
        let mut builder = Sandbox::builder().rate_limit(LIMIT, WINDOW);
        if let Some(clock) = clock {
            builder = builder.clock(Arc::new(clock));
        }
        let sandbox = builder.start().await.expect("a free port");
        let template_id = sandbox.add_template(EventTemplate::new("Visited", ObjectType::Contacts));
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..3000 {
            let late = Duration::from_millis(random.u64(0..=500));
            sandbox.inject(Fault::slow(late));
        }
        Account {
            clock: sandbox.clock(),
            sandbox,
            template_id,
        }
    }

    fn client(&self) -> Client {
        self.sandbox
            .client_builder()
            .rate_limit(RateLimit::new(110, WINDOW))
            .batch_size(1)
            .build()
            .expect("good settings")
    }

    /// Sends so many events that the limit decides the pace.
    async fn load(&self, client: &Client, time: Duration) -> timeline_core::BatchReport {
        let event = |_| EventInput::new(&self.template_id).email("ada@example.com");
        let clock = Arc::clone(&self.clock);
        let stop = async move { clock.sleep(time).await };
        (0..5000)
            .map(event)
            .send_batch(client)
            .stop_on(stop)
            .report()
            .await
    }

    /// When requests were let through, and when they were not.
    fn seen(&self) -> (Vec<Duration>, Vec<Duration>) {
        let (refused, admitted): (Vec<_>, Vec<_>) = self
            .sandbox
            .seen()
            .into_iter()
            .partition(|request| request.status == Some(429));
        let times = |seen: Vec<SeenRequest>| seen.iter().map(|request| request.at).collect();
        (times(admitted), times(refused))
    }
}

/// The most requests in any window of time.
fn most(times: &[Duration]) -> usize {
    (0..times.len())
        .map(|first| {
            let end = times[first] + WINDOW;
            times[first..]
                .iter()
                .take_while(|time| **time < end)
                .count()
        })
        .max()
        .unwrap_or_default()
}

/// How much of what the limit allows in this time was used.
fn used(times: &[Duration], time: Duration) -> f64 {
    let allowed = LIMIT as f64 * time.as_secs_f64() / WINDOW.as_secs_f64();
    times.iter().filter(|at| **at <= time).count() as f64 / allowed
}

async fn alone(account: &Account, time: Duration) {
    let client = account.client();
    let began = account.clock.elapsed();
    let report = account.load(&client, time).await;
    let (times, refused) = account.seen();
    let times: Vec<Duration> = times.iter().map(|at| *at - began).collect();
    let used = used(&times, time);
    println!(
        "one pacer: {} requests, at most {} in a window, {:.1} % used, {} refused",
        times.len(),
        most(&times),
        used * 100.0,
        refused.len(),
    );
    assert!(most(&times) <= LIMIT, "{} in a window", most(&times));
    assert!(refused.is_empty(), "{report}");
    assert!(used >= 0.95, "{used}");
}

#[tokio::test]
async fn one_pacer_never_exceeds_the_limit_and_uses_it() {
    for seed in 0..3 {
        let account = Account::start(Some(TestClock::new()), seed).await;
        alone(&account, Duration::from_secs(60)).await;
    }
}

#[tokio::test]
#[ignore = "takes a minute of real time; the same in the clock's time is above, and CONTRIBUTING has this one's command and figures"]
async fn one_pacer_in_real_time() {
    let account = Account::start(None, 7).await;
    alone(&account, Duration::from_secs(60)).await;
}

/// Clients that know nothing of each other: other processes, other hosts.
#[tokio::test]
async fn pacers_that_share_an_account() {
    for (pacers, seed) in [(2, 1), (8, 2), (8, 3)] {
        let account = Account::start(Some(TestClock::new()), seed).await;
        let time = Duration::from_secs(60);
        let clients: Vec<Client> = (0..pacers).map(|_| account.client()).collect();
        let loads = clients.iter().map(|client| account.load(client, time));
        let reports = futures_util::future::join_all(loads).await;
        let (times, refused) = account.seen();
        let used = used(&times, time);
        println!(
            "{pacers} pacers: {} requests, {:.1} % used, {} refused",
            times.len(),
            used * 100.0,
            refused.len(),
        );
        let created: usize = reports
            .iter()
            .map(timeline_core::BatchReport::created)
            .sum();
        assert_eq!(created, account.sandbox.event_count(), "{reports:#?}");
        assert!(used >= 0.9, "{pacers} pacers: {used}");
        // What another process is about to send is not known; a refusal is tried again, and should be rare.
        assert!(
            refused.len() * 8 < times.len(),
            "{} of {}",
            refused.len(),
            times.len()
        );
        for report in &reports {
            assert_eq!(
                report.created() + report.not_sent(),
                report.total(),
                "{report}"
            );
        }
    }
}

/// Two clients share an account: all events get there.
#[tokio::test]
async fn nothing_is_lost_where_an_account_is_shared() {
    let account = Account::start(Some(TestClock::new()), 5).await;
    let event = |_| EventInput::new(&account.template_id).email("ada@example.com");
    let (one, two) = (account.client(), account.client());
    let (one, two) = tokio::join!(
        (0..400).map(event).send_batch(&one),
        (0..400).map(event).send_batch(&two)
    );
    assert_eq!(one.expect("all created").created(), 400);
    assert_eq!(two.expect("all created").created(), 400);
}

/// HubSpot's gateways write fractions of a second, too.
#[tokio::test]
async fn a_wait_of_a_fraction_of_a_second_is_kept() {
    for (asked, milliseconds) in [("2.4", 2_400), ("0.25", 250), (".5", 500), ("3.", 3_000)] {
        let account = Account::start(Some(TestClock::new()), 1).await;
        account.sandbox.clear_faults();
        let fault = Fault::status(429).header("Retry-After", asked);
        account.sandbox.inject(fault);
        let event = EventInput::new(&account.template_id).email("ada@example.com");
        // The client has no wait of its own, which could be the longer one.
        let retry = RetryPolicy::default().first_wait(Duration::ZERO);
        let client = account.sandbox.client_builder().retry(retry).build();
        let report = [event].send_batch(&client.expect("good settings")).await;
        assert_eq!(report.expect("created").retries(), 1);
        let (times, refused) = account.seen();
        let waited = times[0] - refused[0];
        assert_eq!(waited, Duration::from_millis(milliseconds), "{asked}");
    }
}
