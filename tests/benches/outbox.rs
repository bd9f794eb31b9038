//! The rate of durable enqueues: `cargo bench -p timeline-tests --bench outbox`.
//!
//! The outbox against a bare prototype with the same settings of SQLite: one connection, one table with a unique id, one
//! transaction for each call. Single events one after the other, batches of 100, and (without a twin) single events from
//! 64 tasks at once, which are written together. All take turns, each on a file of its own, in `TIMELINE_FOLDER` or the
//! system's folder for temporary files; `TIMELINE_ROUNDS` says how often.

mod support;

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};
use timeline_core::outbox::Outbox;
use timeline_core::{Client, SealedEvent};

use support::events::Adopted;
use support::{Result, is_wanted, median, number, table};

const SINGLE: usize = 4_000;
const BATCHES: usize = 400;
const BATCH: usize = 100;
const TASKS: usize = 64;

fn prototype(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, message BLOB NOT NULL);",
    )?;
    Ok(connection)
}

fn write(connection: &Connection, events: &[SealedEvent], together: usize) -> Result<()> {
    let mut insert = connection.prepare("INSERT INTO events (id, message) VALUES (?1, ?2)")?;
    for batch in events.chunks(together) {
        connection.execute_batch("BEGIN")?;
        for event in batch {
            insert.execute(params![event.id(), serde_json::to_vec(event)?])?;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(())
}

/// Events a second.
fn rate(events: usize, started: Instant) -> f64 {
    events as f64 / started.elapsed().as_secs_f64()
}

async fn from_tasks(outbox: &Outbox, events: &[SealedEvent]) -> Result<()> {
    let share = events.len().div_ceil(TASKS);
    let tasks = events.chunks(share).map(|events| {
        let (outbox, events) = (outbox.clone(), events.to_vec());
        tokio::spawn(async move {
            for event in &events {
                outbox.enqueue(event).await?;
            }
            Ok::<(), timeline_core::outbox::OutboxError>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    if !is_wanted() {
        return Ok(());
    }
    let folder = std::env::var_os("TIMELINE_FOLDER").map_or_else(std::env::temp_dir, Into::into);
    let folder = folder.join(format!("timeline-outbox-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let client = Client::builder()
        .access_token("token")
        .portal_id(62_515)
        .build()?;
    let count = SINGLE.max(BATCHES * BATCH);
    let events = (0..count).map(|n| client.seal(&Adopted::new(n)));
    let events = events.collect::<std::result::Result<Vec<_>, _>>()?;

    let mut rates: [Vec<f64>; 5] = Default::default();
    for round in 0..number("TIMELINE_ROUNDS", 5)? {
        let file = |name: &str| folder.join(format!("{name}-{round}.db"));
        for (place, together, count) in [(0, 1, SINGLE), (2, BATCH, BATCHES * BATCH)] {
            let by_hand = prototype(&file(&format!("prototype-{place}")))?;
            let started = Instant::now();
            write(&by_hand, &events[..count], together)?;
            rates[place].push(rate(count, started));

            let outbox = Outbox::open(file(&format!("outbox-{place}"))).await?;
            let started = Instant::now();
            for batch in events[..count].chunks(together) {
                outbox.enqueue_all(batch).await?;
            }
            rates[place + 1].push(rate(count, started));
            outbox.close().await?;
        }
        let outbox = Outbox::open(file("tasks")).await?;
        let started = Instant::now();
        from_tasks(&outbox, &events).await?;
        rates[4].push(rate(events.len(), started));
        outbox.close().await?;
    }
    std::fs::remove_dir_all(&folder)?;

    let [single, ours, batches, our_batches, tasks] = rates.map(|rates| median(&rates));
    let row = |name: &str, ours: f64, other: f64, goal: &str| {
        vec![
            name.to_owned(),
            format!("{ours:.0}/s"),
            format!("{other:.0}/s"),
            format!("{:.2}", ours / other),
            goal.to_owned(),
        ]
    };
    table::print(
        &["durable enqueues", "outbox", "prototype", "ratio", "goal"],
        &[
            row("one after the other", ours, single, "0.75"),
            row("batches of 100", our_batches, batches, "0.75"),
            row("single ones from 64 tasks", tasks, single, ""),
        ],
    );
    Ok(())
}
