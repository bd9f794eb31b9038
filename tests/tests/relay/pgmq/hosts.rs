//! Several relays share a queue. `TIMELINE_EVENTS` and `TIMELINE_RELAYS` change the amount of work.

use timeline_core::{Client, RelayReport};

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
    let since = std::time::Instant::now();
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

fn unlimited(sandbox: &timeline_core::Sandbox) -> Client {
    let client = sandbox
        .client_builder()
        .rate_limit(timeline_core::RateLimit::unlimited());
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
/// use most of it. In real time.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes more than a minute"]
async fn one_account_has_one_limit() {
    let Some(url) = server() else { return };
    let requests = number("TIMELINE_REQUESTS", 770);
    let ten = std::time::Duration::from_secs(10);
    let sandbox = timeline_core::Sandbox::builder().rate_limit(110, ten);
    let sandbox = sandbox.start().await.expect("a free port");
    sandbox.register::<crate::Order>();
    let client = sandbox.client();
    let database = Database::new(&url).await;
    drop(database.queue().await);
    fill(&database, &client, 100 * requests).await;
    let before = sandbox.requests();
    let since = std::time::Instant::now();
    let running = (0..8).map(async |_| {
        let limit = timeline_core::RateLimit::new(110, ten);
        let client = sandbox.client_builder().rate_limit(limit).build();
        let (client, queue) = (client.expect("good settings"), database.queue().await);
        client
            .relay(queue)
            .stop_on(database.until_empty())
            .await
            .expect("a sound queue")
    });
    let reports: Vec<RelayReport> = futures_util::future::join_all(running).await;
    let (elapsed, made) = (since.elapsed().as_secs_f64(), sandbox.requests() - before);
    let done: u64 = reports.iter().map(RelayReport::done).sum();
    let given_back: u64 = reports.iter().map(RelayReport::given_back).sum();
    // The first window is full at once, and each of the following after ten seconds.
    let ideal = 110.0 * (1.0 + (elapsed / 10.0).floor());
    println!(
        "{requests} batches in {elapsed:.1} s are {:.2} of the limit; {} requests more, refused or not full; {done} done, \
         {given_back} given back",
        requests as f64 / ideal,
        made - requests as u64,
    );
    assert_eq!(done as usize, 100 * requests);
}
