//! A service for many HubSpot accounts, each with its own refresh token in SQLite.
//!
//! ```text
//! cargo run --example accounts -- --database accounts.db
//! ```
//!
//! plays a few hours against the embedded sandbox with 300 accounts, of which two withdraw their consent, and compares what the
//! sandbox holds with what the service has told. Run it again with the same database: HubSpot has given new refresh tokens in
//! the meantime, and an account that had left comes back and gets its events.
//!
//! With `--base-url` it serves: it reads paid orders, a line of JSON each, such as
//! `{"account": 71, "customer": "ada@example.com", "order": 1, "amount": 12.5}`, until the input ends, Ctrl-C or SIGTERM.
//! `--install CODE` connects an account, as the handler of the app's redirect URI would.
//!
//! To copy: `service.rs` and `store.rs`. One process has the database; several would take each other's refresh tokens away. It
//! needs
//!
//! ```toml
//! timeline-core = "0.1" # with the feature "sandbox" for the rehearsal
//! clap = { version = "4", features = ["derive", "env"] }
//! futures-util = "0.3" # for the rehearsal alone
//! rusqlite = { version = ">=0.32, <0.44", features = ["bundled"] }
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread", "signal", "sync", "time"] }
//! ```

mod rehearsal;
mod service;
mod store;

use std::io::{self, BufRead};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Parser;
use serde::Deserialize;
use timeline_core::Client;
use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET};
use tokio::sync::mpsc::{Receiver, channel};

use crate::service::{App, OrderPaid, Service};
use crate::store::{Result, Store};

#[derive(Parser)]
#[command(about = "Puts orders onto the timelines of many accounts")]
struct Arguments {
    /// The SQLite file of the accounts; made if it is missing
    #[arg(long)]
    database: PathBuf,
    /// HubSpot's address, or the sandbox's; without it, everything is played with a sandbox in this process
    #[arg(long)]
    base_url: Option<String>,
    /// The app's client id; by default the sandbox's
    #[arg(long, env = "HUBSPOT_CLIENT_ID", default_value = CLIENT_ID)]
    client_id: String,
    /// The app's client secret; by default the sandbox's
    #[arg(long, env = "HUBSPOT_CLIENT_SECRET", hide_env_values = true, default_value = CLIENT_SECRET)]
    client_secret: String,
    /// Where HubSpot sends people who have installed the app
    #[arg(long, default_value = "https://app.example.com/installed")]
    redirect_uri: String,
    /// The code that HubSpot has sent there
    #[arg(long, requires = "base_url")]
    install: Option<String>,
    /// How many accounts the sandbox in this process has
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(2..))]
    accounts: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all events are on HubSpot.
async fn run(arguments: Arguments) -> Result<bool> {
    let store = Store::open(&arguments.database)?;
    let app = App {
        client_id: arguments.client_id,
        client_secret: arguments.client_secret,
        redirect_uri: arguments.redirect_uri,
    };
    let Some(base_url) = arguments.base_url else {
        rehearsal::play(&arguments.database, store, app, arguments.accounts).await?;
        return Ok(true);
    };
    let root = Client::builder().base_url(base_url).build()?;
    let service = Service::start(root, app, store);
    if let Some(code) = arguments.install {
        println!("account {} is connected", service.install(&code).await?);
    }
    serve(service).await
}

/// Serves until the input ends, or a signal asks the process to stop.
async fn serve(service: Service) -> Result<bool> {
    let asked_to_stop = asked_to_stop()?;
    let mut orders = read_orders();
    {
        let mut stop = std::pin::pin!(asked_to_stop);
        // `resend` can be dropped at any time: what it has not settled is sent again, under the same ids.
        let mut resend = std::pin::pin!(resend(&service));
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    // The program does not wait for the event's outcome: an event that is not delivered is kept.
                    Some((account, order)) => drop(service.record(account, order).await),
                    None => break,
                },
                () = &mut resend => break,
                () = &mut stop => break,
            }
        }
    }
    let (report, accounts) = service.stop(Duration::from_secs(30)).await;
    println!("{report}");
    for (account, counts) in &accounts {
        let (delivered, kept) = (counts.delivered(), counts.undelivered());
        println!("account {account}: {delivered} delivered, {kept} kept");
    }
    Ok(accounts.values().all(|counts| counts.undelivered() == 0))
}

/// Sends what was kept, at the start and then every five minutes.
async fn resend(service: &Service) {
    let mut often = tokio::time::interval(Duration::from_secs(300));
    loop {
        often.tick().await;
        match service.send_kept().await {
            Ok(reports) => {
                for (account, report) in reports {
                    println!("account {account}, kept before: {report}");
                }
            }
            Err(error) => eprintln!("what was kept could not be sent: {error}"),
        }
    }
}

#[derive(Deserialize)]
struct Line {
    account: u64,
    customer: String,
    order: u64,
    amount: f64,
}

fn read_orders() -> Receiver<(u64, OrderPaid)> {
    let (orders, received) = channel(100);
    std::thread::spawn(move || {
        for (number, line) in (1..).zip(io::stdin().lock().lines().map_while(io::Result::ok)) {
            match serde_json::from_str::<Line>(&line) {
                Err(error) => eprintln!("line {number}: {error}"),
                Ok(line) => {
                    let order = OrderPaid {
                        customer: line.customer,
                        at: SystemTime::now(),
                        number: line.order,
                        amount: line.amount,
                    };
                    if orders.blocking_send((line.account, order)).is_err() {
                        return;
                    }
                }
            }
        }
    });
    received
}

/// Waits for Ctrl-C, or for SIGTERM as a service gets it. A signal that comes before this call ends the process at
/// once.
#[cfg(unix)]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
