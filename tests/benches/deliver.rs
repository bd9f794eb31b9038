//! The rate of delivery to a bare server on this machine: `cargo bench -p timeline-tests --bench deliver`.
//!
//! `send_batch` and `send_stream` against two loops of reqwest and serde that are written by hand. Both send the same events
//! in batches as large, with as many requests at once, check that each answer has the ids that were sent, and keep
//! nothing. One is as lean as it can be: everything is borrowed, and the timestamps are constants. The other is as such
//! loops are usually written: serde structs that own their texts, timestamps that are formatted, `.json(…)` on both ways. All
//! take turns. `TIMELINE_EVENTS` and `TIMELINE_ROUNDS` say how much.

mod support;

use std::time::Instant;

use futures_util::{StreamExt, TryStreamExt, stream};
use timeline_core::{Client, SendBatch};

use support::by_hand;
use support::events::Adopted;
use support::server::{Server, is_served};
use support::{Result, client, is_wanted, median, number, process, table};

const BATCH_SIZE: usize = 100;
const CONCURRENCY: usize = 8;

/// Sends all events by one of the two ways that are written by hand.
async fn by_hand(http: &reqwest::Client, url: &str, events: &[Adopted], lean: bool) -> Result<()> {
    let post = async |batch| {
        let missing = match lean {
            true => by_hand::lean::send(http, url, batch).await?,
            false => by_hand::usual::send(http, url, batch).await?,
        };
        match missing.is_empty() {
            true => Ok(()),
            false => Err("an id is missing".into()),
        }
    };
    let requests = stream::iter(events.chunks(BATCH_SIZE)).map(post);
    requests.buffer_unordered(CONCURRENCY).try_collect().await
}

async fn batch(client: &Client, events: &[Adopted]) -> Result<()> {
    events.iter().send_batch(client).await?;
    Ok(())
}

async fn streamed(client: &Client, events: &[Adopted]) -> Result<()> {
    let mut outcomes = client.send_stream(stream::iter(events));
    let mut delivered = 0;
    while let Some((_, outcome)) = outcomes.next().await {
        delivered += usize::from(outcome.is_delivered());
    }
    if delivered == events.len() {
        Ok(())
    } else {
        Err("an event is missing".into())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    if is_served()? {
        return Ok(());
    }
    let (count, rounds) = if is_wanted() {
        (
            number("TIMELINE_EVENTS", 100_000)?,
            number("TIMELINE_ROUNDS", 9)?,
        )
    } else {
        (1_000, 1)
    };
    let server = Server::start()?;
    let (http, client) = (reqwest::Client::new(), client(&server.url)?);
    let events: Vec<Adopted> = (0..count).map(Adopted::new).collect();

    let ways = [
        "by hand, lean",
        "by hand, as usually written",
        "send_batch",
        "send_stream",
    ];
    let mut seconds = [const { Vec::new() }; 4];
    let mut cpu = [const { Vec::new() }; 4];
    // The first round is not counted: it opens the connections.
    for round in 0..=rounds {
        for turn in 0..ways.len() {
            let way = (round + turn) % ways.len();
            let (start, cpu_start) = (Instant::now(), process::cpu()?);
            match way {
                0 => by_hand(&http, &server.url, &events, true).await?,
                1 => by_hand(&http, &server.url, &events, false).await?,
                2 => batch(&client, &events).await?,
                _ => streamed(&client, &events).await?,
            }
            if round > 0 {
                seconds[way].push(start.elapsed().as_secs_f64());
                cpu[way].push(process::cpu()? - cpu_start);
            }
        }
    }
    let ratio = |all: &[Vec<f64>; 4], of: usize, way: usize| -> f64 {
        let pairs = all[of].iter().zip(&all[way]);
        median(&pairs.map(|(hand, ours)| hand / ours).collect::<Vec<_>>())
    };
    let rows: Vec<Vec<String>> = (0..ways.len())
        .map(|way| {
            let goal = if way < 2 { "" } else { ">= 1.00" };
            vec![
                ways[way].to_owned(),
                format!("{:.0}", count as f64 / median(&seconds[way])),
                format!("{:.2}", ratio(&seconds, 0, way)),
                format!("{:.2}", ratio(&seconds, 1, way)),
                goal.to_owned(),
                format!("{:.1}", median(&cpu[way]) / count as f64 * 1e6),
            ]
        })
        .collect();
    let head = [
        "deliver",
        "events/s",
        "rate / lean",
        "rate / usual",
        "goal",
        "CPU µs an event",
    ];
    table::print(&head, &rows);
    Ok(())
}
