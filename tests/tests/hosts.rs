//! A service on several hosts for many accounts, one of which has a hundred times the load of the others: every
//! account's events get there, and no account is over its limit by more than what the hosts cannot know of each other.
//!
//! `TIMELINE_ACCOUNTS` and `TIMELINE_HOSTS` make it larger, `TIMELINE_SECONDS` longer.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::env;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Route, Sandbox, TestClock};
use timeline_core::{
    Api, Clock, EventInput, EventTemplate, Fault, OAuth, ObjectType, RateLimit, SenderReport,
    Senders,
};
use tokio::runtime::{Builder, RuntimeMetrics};

const LIMIT: u32 = 110;
const WINDOW: Duration = Duration::from_secs(10);

/// Events of a quiet account in a minute.
const QUIET: usize = 12;

/// The load of the busy one, in loads of the others: 20 requests a second, of which its limit lets 11 through.
const BUSY: usize = 100;

const BUSY_ACCOUNT: u64 = 1;

/// Requests of an account that a host has under way at once.
const CONCURRENCY: usize = 8;

/// How long an answer takes.
const ANSWER: Duration = Duration::from_millis(100);

fn number(name: &str, default: usize) -> usize {
    let given = env::var(name).ok();
    given.map_or(default, |given| given.parse().expect("a number"))
}

/// `TIMELINE_API=app-events` runs this through app events.
fn api() -> Api {
    match env::var("TIMELINE_API").as_deref() {
        Ok("app-events") => Api::AppEvents,
        _ => Api::V3,
    }
}

struct Service {
    sandbox: Sandbox,
    clock: Arc<dyn Clock>,
    template_id: String,
    hosts: Vec<Senders>,
    accounts: u64,
    seconds: u64,
}

impl Service {
    async fn start() -> Self {
        let accounts = number("TIMELINE_ACCOUNTS", 60) as u64;
        let builder = Sandbox::builder()
            .api(api())
            .clock(Arc::new(TestClock::new()))
            .access_token("x".repeat(300))
            .rate_limit(LIMIT as usize, WINDOW);
        let sandbox = builder.start().await.expect("a free port");
        let template_id = sandbox.add_template(EventTemplate::new("Visited", ObjectType::Contacts));
        for id in 1..=accounts {
            sandbox.add_portal(id, format!("refresh-{id}"));
        }
        sandbox.inject(Fault::slow(ANSWER).forever());
        sandbox.inject(Fault::slow(ANSWER).on(Route::Token).forever());
        let hosts = (0..number("TIMELINE_HOSTS", 4)).map(|_| {
            let builder = sandbox
                .client_builder()
                .batch_size(1)
                .concurrency(CONCURRENCY);
            let builder = builder.rate_limit(RateLimit::new(LIMIT, WINDOW));
            let root = builder.build().expect("good settings");
            let oauth = |id| OAuth::new(CLIENT_ID, CLIENT_SECRET, format!("refresh-{id}"));
            root.senders(move |id| ready(Some(oauth(id)))).build()
        });
        Service {
            hosts: hosts.collect(),
            clock: sandbox.clock(),
            sandbox,
            template_id,
            accounts,
            seconds: number("TIMELINE_SECONDS", 60) as u64,
        }
    }

    /// Sends events of these accounts at random times: this many in a minute for each account, each event on one of
    /// these hosts.
    async fn load(&self, accounts: &[u64], in_a_minute: usize, hosts: &[Senders]) {
        let mut random = fastrand::Rng::with_seed(accounts.len() as u64);
        let count = accounts.len() * in_a_minute * self.seconds as usize / 60;
        let mut times: Vec<u64> = (0..count)
            .map(|_| random.u64(..self.seconds * 100) * 10)
            .collect();
        times.sort_unstable();
        let begun = self.clock.elapsed();
        for (n, time) in times.into_iter().enumerate() {
            let at = begun + Duration::from_millis(time);
            self.clock
                .sleep(at.saturating_sub(self.clock.elapsed()))
                .await;
            let host = &hosts[random.usize(..hosts.len())];
            let event = EventInput::new(&*self.template_id).email("ada@example.com");
            drop(host.send(accounts[n % accounts.len()], event).await);
        }
    }

    /// Sends the busy account's events on each host separately, so that they wait for nothing but their own room.
    async fn busy_load(&self) {
        let hosts = self.hosts.chunks(1);
        let in_a_minute = BUSY * QUIET / self.hosts.len();
        join_all(hosts.map(|host| self.load(&[BUSY_ACCOUNT], in_a_minute, host))).await;
    }

    fn requests(&self) -> BTreeMap<u64, Requests> {
        let mut requests: BTreeMap<u64, Requests> = BTreeMap::new();
        for seen in self.sandbox.seen() {
            if let Some(id) = seen.portal_id
                && !seen.path.contains("oauth")
            {
                let requests = requests.entry(id).or_default();
                requests.asked.push(seen.at);
                match seen.status {
                    Some(429) => requests.refused += 1,
                    _ => requests.let_through.push(seen.at),
                }
            }
        }
        requests
    }
}

#[derive(Default)]
struct Requests {
    asked: Vec<Duration>,
    let_through: Vec<Duration>,
    refused: usize,
}

/// The most of these times in any window.
fn most(times: &[Duration]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (last, time) in times.iter().enumerate() {
        while times[first] + WINDOW <= *time {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

/// From this many accounts on all hosts, a service is large. In a smaller one, connections take most of the memory.
const LARGE: u64 = 10_000;

/// Waits until no idle connection is left, which takes real time: half a minute, and until it is seen.
async fn connections_are_closed(metrics: RuntimeMetrics) {
    for _ in 0..120 {
        if metrics.num_alive_tasks() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("{} tasks are left", metrics.num_alive_tasks());
}

#[test]
fn a_busy_account_keeps_no_other_back() {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let service = runtime.block_on(Service::start());
    let quiet: Vec<u64> = (2..=service.accounts).collect();
    let begun = service.clock.elapsed();
    let (mut loaded, mut drained) = (Duration::ZERO, Duration::ZERO);
    let (mut arrived, mut most_awake) = (0, 0);
    let is_large = service.accounts * service.hosts.len() as u64 >= LARGE;
    let awake = || -> usize { service.hosts.iter().map(Senders::awake).sum() };
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            let quiet = service.load(&quiet, QUIET, &service.hosts);
            join(quiet, service.busy_load()).await;
            loaded = service.clock.elapsed() - begun;
            arrived = service.sandbox.event_count();
            most_awake = awake();
            join_all(service.hosts.iter().map(Senders::flush)).await;
            drained = service.clock.elapsed() - begun;
            service.clock.sleep(Duration::from_secs(70)).await;
            if is_large {
                connections_are_closed(runtime.metrics()).await;
            }
        });
    });
    assert_eq!(awake(), 0, "all are idle");
    // Each host gets an access token for each account that it has sent for.
    let woken = service.sandbox.tokens_issued();
    let at_rest = measured.bytes_current / woken.cast_signed();
    let taken = service.sandbox.event_count();
    let backlog = taken - arrived;
    let connections = runtime.metrics().num_alive_tasks();

    let (mut quiet_delays, mut busy_delays) = (Vec::new(), Vec::new());
    for event in service.sandbox.events() {
        let delay = event.created_at - event.timestamp.expect("a time");
        match event.portal_id {
            BUSY_ACCOUNT => busy_delays.push(delay),
            _ => quiet_delays.push(delay),
        }
    }
    quiet_delays.sort_unstable();
    busy_delays.sort_unstable();
    let of = |delays: &[i64], share: f64| delays[(delays.len() as f64 * share) as usize];
    let requests = service.requests();
    let busy = &requests[&BUSY_ACCOUNT];
    let others = requests.iter().filter(|(id, _)| **id != BUSY_ACCOUNT);
    let others_refused: usize = others.clone().map(|(_, requests)| requests.refused).sum();
    let others_most = others.map(|(_, requests)| most(&requests.asked)).max();
    let allowed = f64::from(LIMIT) * drained.as_secs_f64() / WINDOW.as_secs_f64();
    println!(
        "{} accounts on {} hosts, {} s: {taken} events, {} of the busy account; a backlog of {backlog} after {loaded:.1?}, drained after \
         {drained:.1?}; {most_awake} senders awake at the end of the load; {at_rest} bytes for each of {woken} at rest, \
         {connections} connections included",
        service.accounts,
        service.hosts.len(),
        service.seconds,
        busy_delays.len(),
    );
    println!(
        "quiet accounts: there after {} ms (median), {} ms (99 %), {} ms (all); at most {} requests in a window, {others_refused} refused",
        of(&quiet_delays, 0.5),
        of(&quiet_delays, 0.99),
        quiet_delays.last().copied().unwrap_or_default(),
        others_most.unwrap_or_default(),
    );
    println!(
        "busy account: there after {} ms (median), {} ms (all); {} requests let through, at most {} in a window, {:.1} % of the limit \
         used; {} refused, at most {} asked for in a window",
        of(&busy_delays, 0.5),
        busy_delays.last().copied().unwrap_or_default(),
        busy.let_through.len(),
        most(&busy.let_through),
        100.0 * busy.let_through.len() as f64 / allowed,
        busy.refused,
        most(&busy.asked),
    );

    let mut sum = (0, 0);
    for host in &service.hosts {
        let report: SenderReport = runtime.block_on(host.shutdown(Duration::ZERO));
        sum = (sum.0 + report.total(), sum.1 + report.created());
    }
    let given = |in_a_minute: usize| in_a_minute * service.seconds as usize / 60;
    let hosts = service.hosts.len();
    let given = given(quiet.len() * QUIET) + hosts * given(BUSY * QUIET / hosts);
    assert_eq!((sum, taken), ((given, given), given));

    assert!(backlog > 100, "the busy account waits: {backlog}");
    let slowest = *quiet_delays.last().expect("events");
    assert!(slowest <= 1_000, "a quiet account waited {slowest} ms");
    assert_eq!(others_refused, 0);
    assert!(most(&busy.let_through) <= LIMIT as usize);
    // A host learns only from its next answer what the other hosts have under way.
    let asked = most(&busy.asked);
    assert!(asked <= LIMIT as usize + 4 * hosts, "{asked} in a window");
    let refused = busy.refused;
    assert!(
        refused * 60 <= busy.let_through.len() * hosts,
        "{refused} refused"
    );
    assert!(!is_large || at_rest <= 1024, "{at_rest} bytes");
}
