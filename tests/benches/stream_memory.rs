//! Resident memory of a short and of a long stream: `cargo bench -p timeline-tests --bench stream_memory`.
//!
//! `TIMELINE_EVENTS=10_000_000` is the long form; it takes minutes.

mod support;

use std::env;

use futures_util::{StreamExt, stream};

use support::events::Adopted;
use support::server::{Server, is_served};
use support::{Result, client, is_wanted, number, process, table};

const ROLE: &str = "--measure";
const MEGABYTE: f64 = 1_000_000.0;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if is_served()? {
        return Ok(());
    }
    if let [role, count, url] = &*arguments
        && role == ROLE
    {
        return measure(count.parse()?, url);
    }
    let long = if is_wanted() {
        number("TIMELINE_EVENTS", 1_000_000)?
    } else {
        10_000
    };
    let server = Server::start()?;
    let mut peaks = Vec::new();
    let mut rows = Vec::new();
    for count in [long.min(100_000), long] {
        for peak in process::figures(&[ROLE, &count.to_string(), &server.url])? {
            rows.push(vec![
                format!("{count} events"),
                format!("{:.1}", peak / MEGABYTE),
            ]);
            peaks.push(peak);
        }
    }
    if let [short, long] = *peaks {
        let apart = format!("{:.1}", (long - short) / MEGABYTE);
        rows.push(vec!["apart".to_owned(), apart, "<= 16".to_owned()]);
    }
    table::print(&["stream memory", "MB at the peak", "goal"], &rows);
    Ok(())
}

#[tokio::main]
async fn measure(count: usize, url: &str) -> Result<()> {
    let client = client(url)?;
    let mut outcomes = client.send_stream(stream::iter((0..count).map(Adopted::new)));
    while let Some((_, outcome)) = outcomes.next().await {
        if !outcome.is_delivered() {
            return Err("an event is missing".into());
        }
    }
    println!("{}", process::peak()?);
    Ok(())
}
