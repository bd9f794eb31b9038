//! The rate of delivery to a bare server on this machine: `cargo bench -p timeline-tests --bench deliver`.
//!
//! `send_batch` and `send_stream` against a loop of reqwest and serde that is written by hand. It sends the same events
//! in batches as large, with as many requests at once, checks that each answer has the ids that were sent, and keeps
//! nothing. The three take turns. `TIMELINE_EVENTS` and `TIMELINE_ROUNDS` say how much.

mod support;

use std::collections::HashSet;
use std::time::Instant;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use timeline_core::{Client, SendBatch};

use support::events::{Adopted, ByHand};
use support::server::{Server, is_served};
use support::{ACCESS_TOKEN, Result, client, is_wanted, median, number, process, table};

const BATCH_SIZE: usize = 100;
const CONCURRENCY: usize = 8;

#[derive(Serialize)]
struct Batch<'a> {
    inputs: Vec<ByHand<'a>>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    results: Vec<Created<'a>>,
}

#[derive(Deserialize)]
struct Created<'a> {
    id: &'a str,
}

async fn by_hand(http: &reqwest::Client, url: &str, events: &[Adopted]) -> Result<()> {
    let url = format!("{url}/integrators/timeline/v3/events/batch/create");
    let post = async |batch: &[Adopted]| -> Result<()> {
        let inputs = batch.iter().map(ByHand::from).collect();
        let request = http
            .post(&url)
            .bearer_auth(ACCESS_TOKEN)
            .header("content-type", "application/json")
            .body(serde_json::to_vec(&Batch { inputs })?);
        let response = request.send().await?.error_for_status()?;
        let body = response.bytes().await?;
        let answer: Answer<'_> = serde_json::from_slice(&body)?;
        let mut sent: HashSet<&str> = batch.iter().map(|event| &*event.id).collect();
        for created in &answer.results {
            if !sent.remove(created.id) {
                return Err("an id that was not sent".into());
            }
        }
        if sent.is_empty() {
            Ok(())
        } else {
            Err("an id is missing".into())
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

    let ways = ["by hand: reqwest and serde", "send_batch", "send_stream"];
    let mut seconds = [const { Vec::new() }; 3];
    let mut cpu = [const { Vec::new() }; 3];
    // The first round is not counted: it opens the connections.
    for round in 0..=rounds {
        for turn in 0..ways.len() {
            let way = (round + turn) % ways.len();
            let (start, cpu_start) = (Instant::now(), process::cpu()?);
            match way {
                0 => by_hand(&http, &server.url, &events).await?,
                1 => batch(&client, &events).await?,
                _ => streamed(&client, &events).await?,
            }
            if round > 0 {
                seconds[way].push(start.elapsed().as_secs_f64());
                cpu[way].push(process::cpu()? - cpu_start);
            }
        }
    }
    let rows: Vec<Vec<String>> = (0..ways.len())
        .map(|way| {
            let ratios = |all: &[Vec<f64>; 3]| -> f64 {
                let pairs = all[0].iter().zip(&all[way]);
                median(&pairs.map(|(hand, ours)| hand / ours).collect::<Vec<_>>())
            };
            vec![
                ways[way].to_owned(),
                format!("{:.0}", count as f64 / median(&seconds[way])),
                format!("{:.2}", ratios(&seconds)),
                if way == 0 {
                    String::new()
                } else {
                    ">= 1.00".to_owned()
                },
                format!("{:.1}", median(&cpu[way]) / count as f64 * 1e6),
                format!("{:.2}", 1.0 / ratios(&cpu)),
            ]
        })
        .collect();
    let head = [
        "deliver",
        "events/s",
        "rate / by hand",
        "goal",
        "CPU µs an event",
        "CPU / by hand",
    ];
    table::print(&head, &rows);
    Ok(())
}
