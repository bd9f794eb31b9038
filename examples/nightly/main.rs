//! A nightly import that goes on where the last one ended, even if that one was killed.
//!
//! ```text
//! cargo run --example nightly -- --database orders.db
//! ```
//!
//! sends 20,000 made-up orders, from a SQLite table that it makes, to a sandbox in its process. With `--base-url` and `--portal-id` it sends
//! the orders of a table of yours to another sandbox, or to HubSpot; with `--project NAME` as app events, else through v3. Kill it in the
//! middle and start it again: it begins at its mark, and every order is there once, since the events' ids follow from the orders'
//! numbers.
//!
//! These tables are all it needs, and each night leaves them whole. One night runs at a time.
//!
//! - `orders`: yours; it is only read. Its ids grow: a row that comes late with a lower id is not seen.
//! - `nightly_mark`: up to this row every order is on HubSpot, or in one of the two tables at the end.
//! - `nightly_done`: those beyond it that are on HubSpot already. Through app events each event that is sent twice costs a request.
//! - `nightly_refused`: HubSpot will not have these, or they cannot be read; with the reason. Correct the row, and
//!   `INSERT INTO nightly_again SELECT * FROM nightly_refused WHERE row = …`.
//! - `nightly_again`: HubSpot could not say what became of these, so the next night begins with them.
//!
//! An event's id follows from the order's number and the customer's address: after a change of the address it is another event. So
//! correct a refused row freely, but not one in `nightly_again`, which may be there.
//!
//! The example `import` reads a file that may have anything in it, has it in memory, and reports on each line. This one
//! is for tables that grow, of any size. To copy: `main.rs`, `record.rs` and a `timeline.json` of your own
//! (`timeline pull`), beside `Cargo.toml`; leave out `trial` and `made_up`. An access token lasts half an hour; a
//! longer night needs `.oauth(…)`, as in the example `axum`. It needs
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
mod trial;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Parser;
use futures_util::StreamExt;
use futures_util::stream;
use indicatif::{ProgressBar, ProgressStyle};
use timeline_core::sandbox::ACCESS_TOKEN;
use timeline_core::{Api, Client, NotSentReason, Outcome, RateLimit, RetryPolicy, TimelineEvent};
use tokio::sync::Notify;

use crate::record::{Record, Settled};

/// An order was paid. Its id follows from the account and the order's number. The template is for v3, `type_name` for app events.
#[derive(TimelineEvent)]
#[timeline(
    template = "Order paid",
    manifest = "timeline.json",
    type_name = "order_paid"
)]
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
    #[arg(long, requires = "portal_id")]
    base_url: Option<String>,
    /// An OAuth access token; by default the sandbox's
    #[arg(long, env = "HUBSPOT_ACCESS_TOKEN", hide_env_values = true, default_value = ACCESS_TOKEN)]
    access_token: String,
    /// The HubSpot account, which the events' ids follow from: with another one every order is another event
    #[arg(long, requires = "base_url")]
    portal_id: Option<u64>,
    /// Send app events, whose type is in this project of HubSpot's platform; by default v3
    #[arg(long, env = "HUBSPOT_PROJECT", value_name = "NAME")]
    project: Option<String>,
    /// Requests in ten seconds; 0 for no limit
    #[arg(long, default_value_t = 110)]
    rate_limit: u32,
    /// For how many seconds a failure is tried again
    #[arg(long, default_value_t = 120)]
    patience: u64,
    /// Make up so many orders if there is no table of them; by default 20,000, and none with `--base-url`
    #[arg(long)]
    orders: Option<i64>,
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
    let Some(url) = &arguments.base_url else {
        made_up::orders_of_a_trial(&arguments.database, arguments.orders.unwrap_or(20_000))?;
        let sandbox = trial::start(arguments.project.as_deref()).await?;
        println!("a trial: HubSpot is a sandbox in this process");
        let builder = sandbox.client_builder();
        let client = match &arguments.project {
            Some(project) => builder.api(Api::AppEvents).project(project).build()?,
            None => builder.build()?,
        };
        return import(arguments, &client).await;
    };
    if let Some(count) = arguments.orders {
        made_up::orders_if_missing(&arguments.database, count)?;
    }
    let mut builder = Client::builder()
        .base_url(url)
        .access_token(&arguments.access_token)
        .rate_limit(match arguments.rate_limit {
            0 => RateLimit::unlimited(),
            requests => RateLimit::new(requests, Duration::from_secs(10)),
        })
        .retry(RetryPolicy::default().patience(Duration::from_secs(arguments.patience)));
    if let Some(portal_id) = arguments.portal_id {
        builder = builder.portal_id(portal_id);
    }
    if let Some(project) = &arguments.project {
        builder = builder.api(Api::AppEvents).project(project);
    }
    import(arguments, &builder.build()?).await
}

#[derive(Default)]
struct Counts {
    created: usize,
    already_there: usize,
    refused: usize,
    unknown: usize,
    not_sent: usize,
}

/// Runs one night, and gives whether every order is on HubSpot.
async fn import(arguments: &Arguments, client: &Client) -> Result<bool, Box<dyn Error>> {
    // What the client lacks for all orders is found before the first one.
    client.check::<OrderPaid>()?;
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
            Outcome::Rejected(rejection) if !outcome.needs_setting() => {
                counts.refused += 1;
                Settled::Refused(rejection.to_string())
            }
            // The event may be there, or only its own record is locked: others get through.
            Outcome::Unknown { .. }
            | Outcome::NotSent {
                reason: NotSentReason::Locked,
                ..
            } => {
                counts.unknown += 1;
                Settled::Again(outcome.to_string())
            }
            Outcome::NotSent {
                reason: NotSentReason::Stopped,
                ..
            } => {
                counts.not_sent += 1;
                continue;
            }
            // The reason concerns all orders: two minutes of trying have not helped against an outage, the credentials
            // are refused, or the project does not have the event's type. The mark stays below this row.
            Outcome::NotSent { .. } | Outcome::Rejected(_) => {
                counts.not_sent += 1;
                why.get_or_insert_with(|| outcome.to_string());
                over.notify_one();
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

    print(&counts, &record)?;
    if let Some(why) = why {
        println!("the rest waits for the next night: {why}");
    }
    Ok(counts.refused == 0 && record.open_orders()? == 0)
}

fn print(counts: &Counts, record: &Record) -> Result<(), Box<dyn Error>> {
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
    let refused = record.refused()?;
    if refused > 0 {
        println!(
            "{refused} of all nights are refused, with their reasons in the table nightly_refused"
        );
    }
    Ok(())
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
