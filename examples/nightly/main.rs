//! A nightly import that goes on where the last one has ended, however that was.
//!
//! ```text
//! cargo run --example nightly -- --database orders.db
//! ```
//!
//! sends the orders in a SQLite table, 20,000 made-up ones if there is no such table, to the embedded sandbox. With
//! `--base-url` it sends them to another one, or to HubSpot. Kill it in the middle and start it again: it begins at its mark,
//! and every order is there once, since the events' ids follow from the orders' numbers.
//!
//! Four tables are all it needs, and each night leaves them whole:
//!
//! - `orders`: yours; it is only read.
//! - `nightly_mark`: up to this row every order is on HubSpot, or in one of the two tables below.
//! - `nightly_refused`: HubSpot will not have these, or they cannot be read; with the reason. Mend the row, and put it into
//!   `nightly_again`.
//! - `nightly_again`: HubSpot could not say what became of these, so the next night begins with them.
//!
//! An event's id follows from the order's number and the customer's address: after a change of the address it is another event. So
//! correct a refused row freely, but not one in `nightly_again`, which may be there.
//!
//! The example `import` reads a file that may have anything in it, has it in memory, and tells of each line. This one is for
//! tables that grow, of any size. To copy: `main.rs` and `record.rs`. It needs
//!
//! ```toml
//! timeline-core = "0.1" # with the feature "sandbox" for the one in the process
//! clap = { version = "4", features = ["derive", "env"] }
//! futures-util = "0.3"
//! indicatif = "0.18"
//! rusqlite = { version = ">=0.32, <0.44", features = ["bundled"] }
//! tokio = { version = "1", features = ["macros", "rt-multi-thread", "signal", "sync", "time"] }
//! ```

mod made_up;
mod record;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Parser;
use futures_util::StreamExt;
use futures_util::stream;
use indicatif::{ProgressBar, ProgressStyle};
use timeline_core::sandbox::ACCESS_TOKEN;
use timeline_core::{
    Client, NotSentReason, Outcome, RateLimit, RetryPolicy, Sandbox, TemplateFile, TimelineEvent,
};
use tokio::sync::Notify;

use crate::record::{Record, Settled};

/// An order was paid. Its id follows from the account and the order's number.
#[derive(TimelineEvent)]
#[timeline(template = "Order paid", manifest = "timeline.json")]
struct OrderPaid {
    #[timeline(email)]
    customer: String,
    #[timeline(timestamp)]
    at: SystemTime,
    #[timeline(key, token = "order")]
    number: i64,
    amount: f64,
}

#[derive(Parser)]
#[command(about = "Puts a table's new orders onto the customers' timelines")]
struct Arguments {
    /// The SQLite file with the orders
    #[arg(long)]
    database: PathBuf,
    /// HubSpot's address, or a sandbox's; by default that of a sandbox in this process
    #[arg(long)]
    base_url: Option<String>,
    /// An OAuth access token; by default the sandbox's
    #[arg(long, env = "HUBSPOT_ACCESS_TOKEN", hide_env_values = true, default_value = ACCESS_TOKEN)]
    access_token: String,
    /// The HubSpot account, which the events' ids follow from; by default the sandbox's
    #[arg(long, default_value_t = 62_515)]
    portal_id: u64,
    /// Requests in ten seconds; 0 for no limit
    #[arg(long, default_value_t = 110)]
    rate_limit: u32,
    /// For how many seconds a failure is tried again
    #[arg(long, default_value_t = 120)]
    patience: u64,
    /// How many orders to make up if there is no table of them
    #[arg(long, default_value_t = 20_000)]
    orders: i64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    made_up::orders_if_missing(&arguments.database, arguments.orders)?;
    let Some(url) = &arguments.base_url else {
        let sandbox = Sandbox::start().await?;
        let templates = TemplateFile::from_json(include_str!("../timeline.json"))?;
        for template in templates.templates() {
            sandbox.add_template(template.clone());
        }
        return import(arguments, &sandbox.client()).await;
    };
    let client = Client::builder()
        .base_url(url)
        .access_token(&arguments.access_token)
        .portal_id(arguments.portal_id)
        .rate_limit(match arguments.rate_limit {
            0 => RateLimit::unlimited(),
            requests => RateLimit::new(requests, Duration::from_secs(10)),
        })
        .retry(RetryPolicy::default().patience(Duration::from_secs(arguments.patience)))
        .build()?;
    import(arguments, &client).await
}

#[derive(Default)]
struct Counts {
    created: usize,
    already_there: usize,
    refused: usize,
    unknown: usize,
    not_sent: usize,
}

/// One night. Whether every order is on HubSpot.
async fn import(arguments: &Arguments, client: &Client) -> Result<bool, Box<dyn Error>> {
    let mut record = Record::open(&arguments.database)?;
    println!("orders after row {}", record.mark());
    let bar = ProgressBar::new(record.open_orders()?);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} {per_sec} {msg}",
    )?);

    let (mut orders, reader) = record::read(&arguments.database, record.mark());
    let orders = stream::poll_fn(move |context| orders.poll_recv(context));
    let over = Notify::new();
    let stop = async {
        tokio::select! {
            () = asked_to_stop() => {}
            () = over.notified() => {}
        }
    };
    let mut outcomes = client.send_tagged(orders).stop_on(stop);
    // What is not written when the process is killed is sent again.
    let mut now_and_then = tokio::time::interval(Duration::from_millis(200));
    let mut counts = Counts::default();
    let mut why = None;
    loop {
        let next = tokio::select! {
            next = outcomes.next() => next,
            _ = now_and_then.tick() => {
                record.write()?;
                continue;
            }
        };
        let Some((row, outcome)) = next else {
            break;
        };
        let settled = match &outcome {
            Outcome::Created(_) => {
                counts.created += 1;
                Settled::Done
            }
            Outcome::AlreadyExists { .. } => {
                counts.already_there += 1;
                Settled::Done
            }
            Outcome::Rejected(rejection) => {
                counts.refused += 1;
                Settled::Refused(rejection.to_string())
            }
            // It may be there, or only its own record is locked: others get through.
            Outcome::Unknown { .. }
            | Outcome::NotSent {
                reason: NotSentReason::Locked,
                ..
            } => {
                counts.unknown += 1;
                Settled::Again(outcome.to_string())
            }
            // Two minutes of trying have not helped, so it is about all of them: an outage, or the credentials. The mark
            // stays below it.
            Outcome::NotSent { reason, .. } => {
                counts.not_sent += 1;
                if *reason != NotSentReason::Stopped {
                    why.get_or_insert_with(|| reason.to_string());
                    over.notify_one();
                }
                continue;
            }
        };
        record.settle(row, settled);
        bar.inc(1);
        if counts.refused > 0 {
            bar.set_message(format!("{} refused", counts.refused));
        }
    }
    record.write()?;
    bar.finish_and_clear();
    // The reader ends when the stream that takes its orders is dropped.
    drop(outcomes);
    reader.await??;

    print(&counts, &record);
    if let Some(why) = why {
        println!("the rest waits for the next night: {why}");
    }
    Ok(counts.refused == 0 && record.open_orders()? == 0)
}

fn print(counts: &Counts, record: &Record) {
    for (name, count) in [
        ("created", counts.created),
        ("already there", counts.already_there),
        ("refused", counts.refused),
        ("unknown", counts.unknown),
        ("not sent", counts.not_sent),
    ] {
        println!("{name:>14}  {count:>8}");
    }
    println!("{:>14}  {:>8}", "done up to row", record.mark());
}

/// Ctrl-C, or SIGTERM as a scheduler sends it.
async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = term.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}
