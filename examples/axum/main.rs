//! An axum service that records what its users do: `cargo run --example axum`. No account needed.
//!
//! ```text
//! curl -i http://127.0.0.1:3000/signups -H 'Content-Type: application/json' \
//!   -d '{"email":"ada@example.com","userId":"u-17","plan":"proYearly"}'
//! curl -i http://127.0.0.1:3000/orders -H 'Content-Type: application/json' \
//!   -d '{"email":"ada@example.com","order":4711,"amount":99.5,"currency":"EUR"}'
//! ```
//!
//! A request is answered 202 when its event was taken, and never waits for HubSpot. SIGTERM or Ctrl-C end the service: it accepts
//! nothing more, finishes its requests, sends what it has, and prints the report. With an outbox, `GET /outbox` has what waits and
//! what HubSpot has refused, `POST /outbox/revive` with a list of ids lets these try again, and `POST /outbox/discard` deletes them: only
//! this process can.
//!
//! | | what was answered 202 survives | what is not delivered |
//! |---|---|---|
//! | as it is | a shutdown; a `kill -9` loses up to a second of it, or 10,000 events while HubSpot is down | is written to `--dead-letters`, for `timeline replay` |
//! | `--outbox PATH` | a shutdown, a `kill -9` and a power cut: it is on disk | stays in the outbox for the next start; what HubSpot refuses is in `--dead-letters`, too |
//!
//! `--project NAME` sends app events of that project, as a new app has to; without it they go through v3.
//!
//! HubSpot is a sandbox in this process unless `--base-url` says otherwise. To copy: everything but `trial`, and the defaults of
//! `Account`, which are the sandbox's. It needs
//!
//! ```toml
//! timeline-core = { version = "0.1", features = ["outbox"] } # and "sandbox" for the trial
//! axum = "0.8"
//! clap = { version = "4", features = ["derive", "env"] }
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "signal", "sync", "time"] }
//! ```

mod events;
mod routes;
mod timeline;
mod trial;

use std::error::Error;
use std::future::IntoFuture;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN};
use timeline_core::{Api, Client, ClientBuilder, ErrorKind, OAuth, TimelineEvent};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::events::{OrderPlaced, SignedUp};
use crate::timeline::Timeline;

/// Most supervisors give a service 30 s between SIGTERM and SIGKILL. These two limits share that time.
const FOR_REQUESTS: Duration = Duration::from_secs(8);
const FOR_EVENTS: Duration = Duration::from_secs(20);
/// The next start sends what is left.
const FOR_EVENTS_ON_DISK: Duration = Duration::from_secs(3);

#[derive(Parser)]
#[command(about = "Records sign-ups and orders on HubSpot's timelines")]
struct Arguments {
    /// Where the service listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Keep events on disk, in this file, until HubSpot has them
    #[arg(long, value_name = "PATH")]
    outbox: Option<PathBuf>,
    /// Where events are written that were not delivered
    #[arg(long, value_name = "PATH", default_value = "undelivered.jsonl")]
    dead_letters: PathBuf,
    /// HubSpot's address, https://api.hubapi.com; by default a sandbox in this process
    #[arg(long)]
    base_url: Option<String>,
    /// Send app events, whose types are in this project of HubSpot's platform; by default v3
    #[arg(long, env = "HUBSPOT_PROJECT", value_name = "NAME")]
    project: Option<String>,
    #[command(flatten)]
    account: Account,
}

/// The app, and the account that has installed it; by default the sandbox's.
#[derive(clap::Args)]
struct Account {
    #[arg(long, env = "HUBSPOT_CLIENT_ID", default_value = CLIENT_ID)]
    client_id: String,
    #[arg(long, env = "HUBSPOT_CLIENT_SECRET", hide_env_values = true, default_value = CLIENT_SECRET)]
    client_secret: String,
    #[arg(long, env = "HUBSPOT_REFRESH_TOKEN", hide_env_values = true, default_value = REFRESH_TOKEN)]
    refresh_token: String,
    #[arg(long, env = "HUBSPOT_PORTAL_ID", default_value_t = 62515)]
    portal_id: u64,
}

/// The one client of the process.
fn client(base_url: &str, account: &Account) -> ClientBuilder {
    let (id, secret) = (&account.client_id, &account.client_secret);
    Client::builder()
        .base_url(base_url)
        // With `.on_refresh(…)` a refresh token that HubSpot replaces is stored.
        .oauth(OAuth::new(id, secret, &account.refresh_token))
        .portal_id(account.portal_id)
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    // The sandbox ends with its handle.
    let project = arguments.project.as_deref();
    let (_sandbox, mut builder) = match &arguments.base_url {
        Some(url) => (None, client(url, &arguments.account)),
        None => {
            let sandbox = trial::start(project).await?;
            let builder = sandbox.client_builder();
            (Some(sandbox), builder)
        }
    };
    if let Some(project) = project {
        builder = builder.api(Api::AppEvents).project(project);
    }
    let client = builder.build()?;
    // A missing setting or event type is found here, before a customer meets it.
    verify::<SignedUp>(&client).await?;
    verify::<OrderPlaced>(&client).await?;
    let outbox = arguments.outbox.as_deref();
    let timeline = Timeline::start(client, outbox, &arguments.dead_letters).await?;
    // From here on requests are taken, so that a signal must not end the process at once.
    let asked_to_stop = asked_to_stop()?;
    let listener = TcpListener::bind(arguments.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);

    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, routes::router(timeline.clone()))
        .with_graceful_shutdown(async { drop(stopped.await) });
    let limit = async {
        asked_to_stop.await;
        drop(stop);
        tokio::time::sleep(FOR_REQUESTS).await;
    };
    tokio::select! {
        served = server.into_future() => served?,
        () = limit => eprintln!("requests that are still open are given up"),
    }
    // After the last request: what comes later is not taken.
    let limit = match outbox {
        Some(_) => FOR_EVENTS_ON_DISK,
        None => FOR_EVENTS,
    };
    println!("{}", timeline.shutdown(limit).await);
    Ok(())
}

/// An error if the client lacks a setting or the project the event type. If HubSpot cannot be asked, the service starts
/// all the same, and the events wait.
async fn verify<E: TimelineEvent>(client: &Client) -> Result<(), timeline_core::Error> {
    match client.verify::<E>().await {
        Err(error) if error.kind() != ErrorKind::InvalidEvent => {
            eprintln!("HubSpot cannot be asked: {error}");
            Ok(())
        }
        verified => verified,
    }
}

/// Waits for Ctrl-C, or for SIGTERM as a supervisor sends it. A signal that comes before this call ends the process at
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

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
