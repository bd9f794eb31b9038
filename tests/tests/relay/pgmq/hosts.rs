//! Several relays share a queue. `TIMELINE_EVENTS` and `TIMELINE_RELAYS` change the amount of work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use timeline_core::{Client, RateLimit, RelayReport, Sandbox};

use super::{Database, sandbox, server};
use crate::{order, seal};

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| {
        text.replace('_', "").parse().expect("a number")
    })
}

/// Each event goes out once.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_doubled() {
    let Some(url) = server() else { return };
    let (events, relays) = (
        number("TIMELINE_EVENTS", 2_000),
        number("TIMELINE_RELAYS", 4),
    );
    let (sandbox, client) = sandbox().await;
    let database = Database::new(&url).await;
    drop(database.queue().await);
    fill(&database, &client, events).await;
    let running = (0..relays).map(async |_| {
        // A host: a client and a connection of its own.
        let (client, queue) = (unlimited(&sandbox), database.queue().await);
        client
            .relay(queue)
            .stop_on(database.until_empty())
            .await
            .expect("a sound queue")
    });
    let since = Instant::now();
    let reports: Vec<RelayReport> = futures_util::future::join_all(running).await;
    let done: u64 = reports.iter().map(RelayReport::done).sum();
    let given_back: u64 = reports.iter().map(RelayReport::given_back).sum();
    println!(
        "{relays} relays, {done} events, {given_back} given back, {:.1?}",
        since.elapsed()
    );
    assert_eq!(done as usize, events);
    assert_eq!(sandbox.event_count(), events);
    assert!(sandbox.events().iter().all(|event| event.writes == 1));
    let at_work = reports.iter().filter(|report| report.done() > 0);
    assert!(at_work.count() > 1, "{reports:?}");
}

fn unlimited(sandbox: &Sandbox) -> Client {
    let client = sandbox.client_builder().rate_limit(RateLimit::unlimited());
    client.build().expect("good settings")
}

async fn fill(database: &Database, client: &Client, events: usize) {
    for many in (0..events).collect::<Vec<_>>().chunks(1_000) {
        let events: Vec<String> = many
            .iter()
            .map(|n| serde_json::to_string(&seal(client, &order(*n))).expect("JSON"))
            .collect();
        let sql = "SELECT count(*) FROM pgmq.send_batch($1::text, (SELECT array_agg(event::jsonb) FROM unnest($2::text[]) AS event))";
        let sent = database
            .database
            .execute(sql, &[&database.name, &events])
            .await;
        sent.expect("messages");
    }
}

/// Eight hosts work for one account, each with a pacer of its own: HubSpot's headers keep them within its limit together, and they
/// use most of it. In real time; what the first window has at once is not counted.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes two minutes of real time; CONTRIBUTING has its command and figures"]
async fn one_account_has_one_limit() {
    let Some(url) = server() else { return };
    let seconds = number("TIMELINE_SECONDS", 90);
    let ten = Duration::from_secs(10);
    let sandbox = Sandbox::builder().rate_limit(110, ten).start().await;
    let sandbox = sandbox.expect("a free port");
    sandbox.register::<crate::Order>();
    let database = Database::new(&url).await;
    drop(database.queue().await);
    // More than can be sent in that time.
    fill(&database, &sandbox.client(), 1_100 * (seconds + 40)).await;
    let limited = Arc::new(AtomicU64::new(0));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let relays = (0..8).map(async |_| {
        let (limited, mut stopped) = (Arc::clone(&limited), stopped.clone());
        let client = sandbox
            .client_builder()
            .rate_limit(RateLimit::new(110, ten))
            .metrics(move |name: &'static str, by: u64| {
                if name == timeline_core::metrics::RATE_LIMITED {
                    limited.fetch_add(by, Ordering::Relaxed);
                }
            });
        let client = client.build().expect("good settings");
        let stop = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
        let relay = client.relay(database.queue().await).stop_on(stop);
        relay.await.expect("a sound queue")
    });
    let measured = async {
        tokio::time::sleep(2 * ten).await;
        let (before, since) = (sandbox.event_count(), Instant::now());
        tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
        let rate = (sandbox.event_count() - before) as f64 / since.elapsed().as_secs_f64();
        stop.send_replace(true);
        rate
    };
    let (reports, rate) = tokio::join!(futures_util::future::join_all(relays), measured);
    let given_back: u64 = reports.iter().map(RelayReport::given_back).sum();
    let (share, limited) = (rate / 1_100.0, limited.load(Ordering::Relaxed));
    println!(
        "8 relays use {share:.3} of the limit; {limited} answers of 429; {given_back} messages given back at the end"
    );
    assert!(share >= 0.9, "{share}");
}
