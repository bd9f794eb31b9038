//! A function that gets a batch of messages and answers which of them have failed, as AWS Lambda does with SQS.
//!
//! ```text
//! cargo run --example lambda < examples/lambda.json
//! {"batchItemFailures":[{"itemIdentifier":"m-3"}]}
//! ```
//!
//! `handle` is the function; with the crate `lambda_runtime` it is the body of the handler. It needs no crate of AWS: an event
//! comes on stdin, the answer goes to stdout, and HubSpot is the embedded sandbox unless `--base-url` says otherwise.
//!
//! The mapping from the queue to the function must have `ReportBatchItemFailures`; without it an answer deletes the
//! whole batch. A failed message comes again after the queue's visibility timeout. With a `maxReceiveCount` that an
//! outage can reach, good events end in the dead-letter queue: set it high, or give the queue no redrive policy, since
//! this function parks what is refused by itself.

use std::collections::HashSet;
use std::future::Future;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use timeline_core::sandbox::ACCESS_TOKEN;
use timeline_core::{Client, EventTemplate, ObjectType, Sandbox, SealedEvent, Settle};
use tokio::time::sleep;

/// A batch of SQS messages; what is not needed is left out.
#[derive(Deserialize)]
struct SqsEvent {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: String,
    /// The JSON of a sealed event.
    body: String,
}

/// The messages that come again. All others are deleted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchResponse {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// Sends the events of a batch. A message is left out of the answer when its event is on HubSpot, or when `park` has kept it with
/// its reason; every other one is in it, whatever has happened.
///
/// Once `stop` is ready nothing new leaves, and once `end` is ready nothing is waited for any more. An event that has left by then
/// comes again under its own id, and is there once.
async fn handle(
    client: &Client,
    event: &SqsEvent,
    stop: impl Future + Send,
    end: impl Future,
    mut park: impl FnMut(&Message, &str) -> io::Result<()>,
) -> BatchResponse {
    let mut settled = HashSet::new();
    let mut park = |message, reason: &str| match park(message, reason) {
        Ok(()) => true,
        Err(error) => {
            eprintln!("message {}: not parked: {error}", message.message_id);
            false
        }
    };
    let mut events = Vec::new();
    for message in &event.records {
        match SealedEvent::from_json(message.body.as_bytes()) {
            Ok(event) => events.push((message, event)),
            // A deploy runs two versions of this function: the newer one can read it.
            Err(error) if error.is_newer() => {}
            Err(error) => {
                if park(message, &format!("the message is no sealed event: {error}")) {
                    settled.insert(&message.message_id);
                }
            }
        }
    }
    // An event of another account is rejected, and so parked.
    let outcomes = client.send_tagged(stream::iter(events)).stop_on(stop);
    let mut outcomes = std::pin::pin!(outcomes.take_until(Box::pin(end)));
    while let Some((message, outcome)) = outcomes.next().await {
        let is_settled = match outcome.settle() {
            Settle::Done => true,
            Settle::Again(_) => false,
            Settle::Park => park(message, &outcome.to_string()),
        };
        if is_settled {
            settled.insert(&message.message_id);
        }
    }
    let failed = event.records.iter().map(|message| &message.message_id);
    let failed = failed.filter(|id| !settled.contains(id)).cloned();
    BatchResponse {
        batch_item_failures: failed
            .map(|item_identifier| Failure { item_identifier })
            .collect(),
    }
}

#[derive(Parser)]
#[command(about = "Sends a batch of messages, and answers which of them have failed")]
struct Arguments {
    /// HubSpot's address; by default a sandbox in this process with the template 1001298
    #[arg(long, requires = "portal_id")]
    base_url: Option<String>,
    /// An OAuth access token; by default the sandbox's
    #[arg(long, env = "HUBSPOT_ACCESS_TOKEN", hide_env_values = true, default_value = ACCESS_TOKEN)]
    access_token: String,
    /// The HubSpot account
    #[arg(long)]
    portal_id: Option<u64>,
    /// The time that is left, as the function's context says it
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    time_left: u64,
    /// Where messages are parked, one JSON a line; by default they are printed to stderr. A function puts them into another queue
    #[arg(long, value_name = "FILE")]
    dead_letters: Option<PathBuf>,
}

/// Returns when the message is on disk, or printed.
fn write_down(file: Option<&PathBuf>, message: &Message, reason: &str) -> io::Result<()> {
    let (id, body) = (&message.message_id, &message.body);
    let line = json!({ "messageId": id, "reason": reason, "body": body });
    let Some(path) = file else {
        return writeln!(io::stderr(), "{line}");
    };
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?;
    writeln!(file, "{line}")?;
    file.sync_data()
}

async fn run(arguments: &Arguments) -> Result<BatchResponse, Box<dyn std::error::Error>> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let event: SqsEvent = serde_json::from_str(&input)?;
    let sandbox = Sandbox::start().await?;
    let visited = EventTemplate::new("Visited", ObjectType::Contacts);
    sandbox.add_template(visited.with_id("1001298"));
    let client = match (&arguments.base_url, arguments.portal_id) {
        (Some(url), Some(portal_id)) => Client::builder()
            .base_url(url)
            .access_token(&arguments.access_token)
            .portal_id(portal_id)
            .build()?,
        _ => sandbox.client(),
    };
    // Five seconds for what has left, and one for the answer.
    let left = Duration::from_secs(arguments.time_left);
    let stop = sleep(left.saturating_sub(Duration::from_secs(6)));
    let end = sleep(left.saturating_sub(Duration::from_secs(1)));
    let file = arguments.dead_letters.as_ref();
    let park = |message: &Message, reason: &str| write_down(file, message, reason);
    Ok(handle(&client, &event, stop, end, park).await)
}

#[tokio::main]
async fn main() -> ExitCode {
    let answer = run(&Arguments::parse()).await;
    match answer.and_then(|answer| Ok(serde_json::to_string(&answer)?)) {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use timeline_core::{EventInput, Fault, RetryPolicy};

    use super::*;

    async fn sandbox() -> Sandbox {
        let sandbox = Sandbox::start().await.unwrap();
        let visited = EventTemplate::new("Visited", ObjectType::Contacts);
        sandbox.add_template(visited.with_id("1001298"));
        sandbox
    }

    /// Messages with the events of these addresses; each is named after its place.
    fn messages(client: &Client, addresses: &[&str]) -> SqsEvent {
        let message = |(place, address): (usize, &&str)| {
            let event = client.seal(&EventInput::new("1001298").email(*address));
            Message {
                message_id: format!("m-{place}"),
                body: serde_json::to_string(&event.unwrap()).unwrap(),
            }
        };
        let records = addresses.iter().enumerate().map(message).collect();
        SqsEvent { records }
    }

    fn failed(response: &BatchResponse) -> Vec<&str> {
        let failures = response.batch_item_failures.iter();
        failures
            .map(|failure| failure.item_identifier.as_str())
            .collect()
    }

    const GOOD: &str = "ada@example.com";

    #[tokio::test]
    async fn what_failed_is_listed_and_what_is_refused_is_parked() {
        let sandbox = sandbox().await;
        let client = sandbox.client_builder().batch_size(2).concurrency(1);
        let client = client.retry(RetryPolicy::none()).build().unwrap();
        // The first two meet a failure of HubSpot's.
        sandbox.inject(Fault::status(503));
        let mut event = messages(
            &client,
            &[GOOD, GOOD, GOOD, "no address", GOOD, GOOD, GOOD, GOOD],
        );
        event.records[5].body = r#"{"version":1}"#.to_owned();
        let newer = event.records[6]
            .body
            .replacen("\"version\":1", "\"version\":2", 1);
        event.records[6].body = newer;
        let foreign = sandbox.client_builder().portal_id(71).build().unwrap();
        event.records[7].body = messages(&foreign, &[GOOD]).records.remove(0).body;

        let mut parked = Vec::new();
        let response = handle(
            &client,
            &event,
            pending::<()>(),
            pending::<()>(),
            |message, reason| {
                parked.push((message.message_id.clone(), reason.to_owned()));
                Ok(())
            },
        )
        .await;
        assert_eq!(failed(&response), ["m-0", "m-1", "m-6"]);
        parked.sort();
        let ids: Vec<&str> = parked.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["m-3", "m-5", "m-7"]);
        assert!(parked[0].1.contains("HubSpot refused it"), "{parked:?}");
        assert!(parked[1].1.contains("no sealed event"), "{parked:?}");
        assert_eq!(sandbox.event_count(), 2);
        let json = serde_json::to_string(&response).unwrap();
        let start = r#"{"batchItemFailures":[{"itemIdentifier":"m-0"},"#;
        assert!(json.starts_with(start), "{json}");

        // The messages that are listed come again.
        let again = handle(&client, &event, pending::<()>(), pending::<()>(), |_, _| {
            Ok(())
        });
        assert_eq!(failed(&again.await), ["m-6"]);
        assert_eq!(sandbox.event_count(), 4, "and each is there once");
    }

    #[tokio::test]
    async fn what_cannot_be_parked_is_listed() {
        let sandbox = sandbox().await;
        let client = sandbox.client();
        let mut event = messages(&client, &[GOOD, "no address", GOOD, "no address either"]);
        event.records[2].body = "[]".to_owned();
        let full = |_: &Message, _: &str| Err(io::Error::other("the disk is full"));
        let response = handle(&client, &event, pending::<()>(), pending::<()>(), full);
        assert_eq!(failed(&response.await), ["m-1", "m-2", "m-3"]);
    }

    #[tokio::test]
    async fn when_the_time_is_over_the_rest_is_listed() {
        let sandbox = sandbox().await;
        let client = sandbox.client();
        let event = messages(&client, &[GOOD, GOOD, GOOD]);
        let all = ["m-0", "m-1", "m-2"];
        let stopped = handle(&client, &event, ready(()), pending::<()>(), |_, _| Ok(()));
        assert_eq!(failed(&stopped.await), all);
        assert_eq!(sandbox.requests(), 0);
        let ended = handle(&client, &event, pending::<()>(), ready(()), |_, _| Ok(()));
        assert_eq!(failed(&ended.await), all);
    }
}
