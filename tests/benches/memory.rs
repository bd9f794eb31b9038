//! Resident memory of a `send_batch` of delivered events, with its report: `cargo bench -p timeline-tests --bench memory`.
//!
//! Each kind of id in a process of its own. The events are made one by one, so what is counted is the client's and the
//! report's. `TIMELINE_EVENTS` says how many.

mod support;

use std::env;

use timeline_core::{BatchReport, Client, SendBatch};

use support::events::{Adopted, Keyed, Nameless};
use support::server::{Server, is_served};
use support::{Result, client, is_wanted, number, process, table};

const ROLE: &str = "--measure";
const GOAL: f64 = 160.0;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if is_served()? {
        return Ok(());
    }
    if let [role, ids, count, url] = &*arguments
        && role == ROLE
    {
        return measure(ids, count.parse()?, url);
    }
    let count = if is_wanted() {
        number("TIMELINE_EVENTS", 200_000)?
    } else {
        1_000
    };
    let server = Server::start()?;
    let mut rows = Vec::new();
    for ids in ["own", "keyed", "made"] {
        let figures = process::figures(&[ROLE, ids, &count.to_string(), &server.url])?;
        let mut row = vec![format!("{ids} ids, {count} events")];
        row.extend(
            figures
                .iter()
                .map(|bytes| format!("{:.0}", bytes / count as f64)),
        );
        row.push(format!("<= {GOAL}"));
        rows.push(row);
    }
    table::print(
        &[
            "memory",
            "bytes an event at the peak",
            "afterwards, report held",
            "goal",
        ],
        &rows,
    );
    Ok(())
}

#[tokio::main]
async fn measure(ids: &str, count: usize, url: &str) -> Result<()> {
    let client = client(url)?;
    // Connections and threads are there before anything is counted.
    send(&client, ids, count, count + 1_000).await?;
    let before = process::resident()?;
    process::forget_peak()?;
    let report = send(&client, ids, 0, count).await?;
    let (peak, after) = (process::peak()?, process::resident()?);
    println!("{} {}", peak - before, after - before);
    drop(report);
    Ok(())
}

async fn send(client: &Client, ids: &str, from: usize, to: usize) -> Result<BatchReport> {
    Ok(match ids {
        "keyed" => (from..to).map(Keyed::new).send_batch(client).await?,
        "made" => (from..to).map(Nameless::new).send_batch(client).await?,
        _ => (from..to).map(Adopted::new).send_batch(client).await?,
    })
}
