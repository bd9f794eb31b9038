//! What an event costs in once, 10 and 100 times the work: `cargo bench -p timeline-tests --bench growth`.
//!
//! Each work and size in a process of its own, with as many events in all: 100 calls, 10, or one. Work that grows
//! linearly costs the same for each event. `TIMELINE_EVENTS` says how many events are one time the work.

mod support;

use std::env;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use timeline_core::{BatchReport, Client, SendBatch, TimelineEvent};
use tokio::runtime::Builder;

use support::events::{Adopted, ByHand};
use support::server::{Server, is_served};
use support::{Result, client, is_wanted, number, process, table};

const ROLE: &str = "--measure";
const WORKS: [&str; 6] = [
    "encode",
    "batch",
    "stream",
    "sender",
    "replay",
    "duplicates",
];
const SIZES: [usize; 3] = [1, 10, 100];

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if is_served()? {
        return Ok(());
    }
    if let [role, work, calls, events, url] = &*arguments
        && role == ROLE
    {
        return measure(work, calls.parse()?, events.parse()?, url);
    }
    let (unit, rounds) = if is_wanted() {
        (
            number("TIMELINE_EVENTS", 1_000)?,
            number("TIMELINE_ROUNDS", 3)?,
        )
    } else {
        (10, 1)
    };
    let server = Server::start()?;
    let mut rows = Vec::new();
    for work in WORKS {
        // For each size the best of some rounds: a disturbance only ever adds time.
        let mut best = [[f64::INFINITY; 3]; SIZES.len()];
        for _ in 0..rounds {
            for (size, best) in SIZES.iter().zip(&mut best) {
                let (calls, events) = (100 / size, unit * size);
                let role = [
                    ROLE,
                    work,
                    &calls.to_string(),
                    &events.to_string(),
                    &server.url,
                ];
                for (best, figure) in best.iter_mut().zip(process::figures(&role)?) {
                    *best = best.min(figure / events as f64);
                }
            }
        }
        let column = |figure: usize| best.map(|of_size| of_size[figure]);
        let texts = |[one, ten, hundred]: [f64; 3], scale: f64| {
            format!(
                "{:.1} {:.1} {:.1}",
                one * scale,
                ten * scale,
                hundred * scale
            )
        };
        let ratios =
            |[one, ten, hundred]: [f64; 3]| format!("{:.2} {:.2}", ten / one, hundred / one);
        rows.push(vec![
            work.to_owned(),
            texts(column(0), 1e6),
            ratios(column(0)),
            texts(column(1), 1.0),
            ratios(column(1)),
            format!("{:.0}", column(2)[2]),
        ]);
    }
    let head = [
        "growth, goal: linear, ratios about 1 or less",
        "CPU µs an event",
        "ratios",
        "heap bytes an event, peak",
        "ratios",
        "held afterwards",
    ];
    table::print(&head, &rows);
    Ok(())
}

/// On one thread, the one whose memory is counted.
fn measure(work: &str, calls: usize, events: usize, url: &str) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let client = client(url)?;
    let lines = if work == "replay" {
        lines(events)?
    } else {
        Vec::new()
    };
    let run = || runtime.block_on(run(work, &client, &lines, events));
    // Connections are there before anything is counted.
    run()?;
    let start = process::cpu()?;
    for _ in 0..calls {
        run()?;
    }
    let cpu = (process::cpu()? - start) / calls as f64;
    let mut held = Ok(None);
    let heap = allocation_counter::measure(|| held = run());
    held?;
    println!("{cpu} {} {}", heap.bytes_max, heap.bytes_current.max(0));
    Ok(())
}

async fn run(
    work: &str,
    client: &Client,
    lines: &[u8],
    count: usize,
) -> Result<Option<BatchReport>> {
    let events = (0..count).map(Adopted::new);
    match work {
        "encode" => {
            let mut out = Vec::new();
            for event in events {
                out.clear();
                event.event_input()?.write_json(&mut out)?;
            }
        }
        "batch" => return Ok(Some(events.send_batch(client).await?)),
        "stream" => {
            let mut outcomes = client.send_stream(stream::iter(events));
            while let Some((_, outcome)) = outcomes.next().await {
                if !outcome.is_delivered() {
                    return Err("an event is missing".into());
                }
            }
        }
        "sender" => {
            let sender = client.sender().build();
            for event in events {
                drop(sender.send(event).await);
            }
            let report = sender.shutdown(Duration::from_secs(60)).await;
            if report.created() != count {
                return Err("an event is missing".into());
            }
        }
        "replay" => return Ok(Some(client.replay(lines).await?)),
        _ => {
            let event = Adopted::new(1);
            let equal = (0..count).map(|_| &event);
            return Ok(Some(equal.send_batch(client).await?));
        }
    }
    Ok(None)
}

/// A file of events, to be replayed.
fn lines(count: usize) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for event in (0..count).map(Adopted::new) {
        serde_json::to_writer(&mut lines, &ByHand::from(&event))?;
        lines.push(b'\n');
    }
    Ok(lines)
}
