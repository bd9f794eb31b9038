//! Moves sealed events from NATS JetStream to HubSpot until Ctrl-C or SIGTERM: a queue of your own behind `timeline_core::Queue`.
//!
//! ```text
//! cargo run --example nats -- --nats nats://127.0.0.1:4222 --stream EVENTS --subject events.1 \
//!   --base-url http://127.0.0.1:4010 --access-token sandbox-access-token --portal-id 1 --rate-limit 110
//! ```
//!
//! A message is the JSON of a `SealedEvent`; with `--enqueue 1000 --template-id ID` it writes a thousand to try it with. A parked
//! message goes to the stream `EVENTS_DEAD` as it came, with the reason in its header `Timeline-Reason`. Streams and consumer are
//! made if they are missing. Several relays may run on one subject; give each account a subject of its own.

use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{Config, RetentionPolicy};
use async_nats::jetstream::{self, AckKind, Context, Message};
use async_nats::{ConnectOptions, HeaderMap};
use clap::Parser;
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use timeline_core::{Client, EventInput, Queue, RateLimit, Settle, Settled};
use tokio::time::{Instant, timeout, timeout_at};

/// A message comes again if nothing is heard of it for this long. The relay holds the messages that it has every 4 s.
const LEASE: Duration = Duration::from_secs(15);
/// A call of the broker that takes longer has failed.
const ANSWER: Duration = Duration::from_secs(5);
/// Room in a message for the reason that it is parked for.
const REASON: usize = 1_000;

#[derive(Parser)]
#[command(about = "Moves sealed events from NATS JetStream to HubSpot")]
struct Arguments {
    /// The broker, as in nats://127.0.0.1:4222
    #[arg(long)]
    nats: String,
    /// The stream of the events; parked ones go to NAME_DEAD
    #[arg(long, value_name = "NAME")]
    stream: String,
    /// The subject of the events in it
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// HubSpot's address, or the sandbox's
    #[arg(long, default_value = "https://api.hubapi.com")]
    base_url: String,
    /// An OAuth access token
    #[arg(long, env = "HUBSPOT_ACCESS_TOKEN", hide_env_values = true)]
    access_token: String,
    /// The HubSpot account
    #[arg(long)]
    portal_id: u64,
    /// Requests in ten seconds; 0 for no limit
    #[arg(long, default_value_t = 110)]
    rate_limit: u32,
    /// Writes so many events into the stream instead, and ends
    #[arg(long, value_name = "N", requires = "template_id")]
    enqueue: Option<u64>,
    /// The event template of the events to write
    #[arg(long, value_name = "ID")]
    template_id: Option<String>,
}

/// The queue: a durable pull consumer with explicit acknowledgement.
struct Nats {
    jetstream: Context,
    consumer: PullConsumer,
    /// The subject of parked messages: `NAME_DEAD.>`, or one without a wildcard.
    dead: String,
    /// A batch that was asked for and is not complete yet, and until when to wait for it. It outlives a `receive` that
    /// is dropped.
    asked: Option<(Instant, pull::Batch)>,
    /// Messages that were taken by a `receive` that was dropped.
    taken: Vec<Message>,
}

impl Nats {
    /// Makes what is missing: the streams and the consumer.
    async fn open(jetstream: Context, arguments: &Arguments) -> Result<Self, async_nats::Error> {
        let Arguments {
            stream, subject, ..
        } = arguments;
        let dead = format!("{stream}_DEAD");
        // A larger message could not be parked with a reason.
        let largest = jetstream
            .client()
            .server_info()
            .max_payload
            .saturating_sub(4 * REASON);
        let of_events = jetstream.get_or_create_stream(Config {
            name: stream.clone(),
            subjects: vec![subject.clone()],
            // An acknowledged message is gone.
            retention: RetentionPolicy::WorkQueue,
            max_message_size: i32::try_from(largest)?,
            ..Config::default()
        });
        let of_events = of_events.await?;
        let of_dead = jetstream.get_or_create_stream(Config {
            name: dead.clone(),
            subjects: vec![format!("{dead}.>")],
            ..Config::default()
        });
        // A stream that was there before may have another subject.
        let of_dead = of_dead
            .await?
            .cached_info()
            .config
            .subjects
            .first()
            .cloned();
        // A name for each subject: a consumer's name must not have the signs that subjects have.
        let escaped = |sign: char| match sign.is_ascii_alphanumeric() {
            true => sign.to_string(),
            false => format!("_{:x}", u32::from(sign)),
        };
        let consumer = of_events.create_consumer(pull::Config {
            durable_name: Some(format!(
                "relay-{}",
                subject.chars().map(escaped).collect::<String>()
            )),
            filter_subject: subject.clone(),
            ack_policy: AckPolicy::Explicit,
            ack_wait: LEASE,
            // Without a limit, so that no event is given up in an outage.
            max_deliver: -1,
            // A relay has 2,000 messages in memory at most; this is enough for ten on one subject.
            max_ack_pending: 20_000,
            ..pull::Config::default()
        });
        let consumer = consumer.await?;
        Ok(Nats {
            jetstream,
            consumer,
            dead: of_dead.unwrap_or(dead),
            asked: None,
            taken: Vec::new(),
        })
    }

    /// Fails if there is no connection: a call would wait for it to come back, and never fail.
    fn is_connected(&self) -> io::Result<()> {
        match self.jetstream.client().connection_state() {
            State::Connected => Ok(()),
            _ => Err(io::Error::new(
                ErrorKind::NotConnected,
                "there is no connection to the broker",
            )),
        }
    }

    /// Waits until the broker has confirmed the acknowledgement. A round trip that all messages of a call share costs
    /// less than an event that comes again and takes HubSpot's limit, or a second copy of a parked one.
    async fn settle_one(&self, settled: &Settled<Message>) -> Result<(), async_nats::Error> {
        let message = &settled.ticket;
        let kind = match settled.settle {
            Settle::Done => AckKind::Ack,
            Settle::Again(after) => AckKind::Nak((!after.is_zero()).then_some(after)),
            Settle::Park => {
                self.park(message, &settled.outcome.to_string()).await?;
                AckKind::Ack
            }
        };
        message.double_ack_with(kind).await
    }

    /// Returns when the broker has the message in the other stream.
    async fn park(&self, message: &Message, reason: &str) -> Result<(), async_nats::Error> {
        let mut headers = HeaderMap::new();
        for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
            // The broker's own headers were about the first stream.
            if !AsRef::<str>::as_ref(name).starts_with("Nats-") {
                values
                    .iter()
                    .for_each(|value| headers.append(name.clone(), value.clone()));
            }
        }
        let line = reason
            .chars()
            .map(|sign| if sign.is_control() { ' ' } else { sign });
        headers.insert("Timeline-Reason", line.take(REASON / 4).collect::<String>());
        // A message that is parked again, because its acknowledgement was lost, is there once.
        let info = message.info()?;
        headers.insert(
            "Nats-Msg-Id",
            format!("{}-{}", info.stream, info.stream_sequence),
        );
        let subject = match self.dead.strip_suffix('>') {
            Some(prefix) => format!("{prefix}{}", message.subject),
            None => self.dead.clone(),
        };
        let parked = self
            .jetstream
            .publish_with_headers(subject, headers, message.payload.clone());
        parked.await?.await?;
        Ok(())
    }
}

impl Queue for Nats {
    type Ticket = Message;
    type Error = io::Error;

    async fn receive(&mut self, at_most: usize) -> io::Result<Vec<(Vec<u8>, Message)>> {
        self.is_connected()?;
        if self.taken.is_empty() && self.asked.is_none() {
            // The broker answers when there is something, and after a second at the latest.
            let fetch = self.consumer.fetch().max_messages(at_most);
            let batch = fetch.expires(Duration::from_secs(1)).messages();
            self.asked = Some((
                Instant::now() + ANSWER,
                batch.await.map_err(io::Error::other)?,
            ));
        }
        while let Some((until, batch)) = &mut self.asked {
            match timeout_at(*until, batch.next()).await {
                Ok(Some(Ok(message))) => self.taken.push(message),
                Ok(None) => self.asked = None,
                Ok(Some(Err(error))) => {
                    self.asked = None;
                    return Err(io::Error::other(error));
                }
                Err(_) => {
                    self.asked = None;
                    return Err(io::Error::new(
                        ErrorKind::TimedOut,
                        "the broker does not answer",
                    ));
                }
            }
        }
        let count = at_most.min(self.taken.len());
        Ok(self
            .taken
            .drain(..count)
            .map(|message| (message.payload.to_vec(), message))
            .collect())
    }

    async fn settle(&mut self, settled: Vec<Settled<Message>>) -> io::Result<()> {
        self.is_connected()?;
        let each = futures_util::future::join_all(settled.iter().map(|one| self.settle_one(one)));
        let each = timeout(2 * ANSWER, each).await?;
        each.into_iter()
            .collect::<Result<(), _>>()
            .map_err(io::Error::other)
    }

    async fn hold(&mut self, tickets: &[&Message]) -> io::Result<()> {
        self.is_connected()?;
        let held = tickets.iter().copied().chain(&self.taken);
        let all = try_join_all(held.map(|message| message.ack_with(AckKind::Progress)));
        timeout(ANSWER, all).await?.map_err(io::Error::other)?;
        Ok(())
    }
}

/// Writes events into the stream: each is there when the broker has said so.
async fn enqueue(
    client: &Client,
    jetstream: &Context,
    subject: &str,
    template_id: &str,
    count: u64,
) -> Result<(), async_nats::Error> {
    for n in 0..count {
        let event =
            client.seal(&EventInput::new(template_id).email(format!("visitor-{n}@example.com")))?;
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", event.id()); // Written again within two minutes, it is there once.
        let json = serde_json::to_vec(&event)?;
        jetstream
            .publish_with_headers(subject.to_owned(), headers, json.into())
            .await?
            .await?;
    }
    println!("{count} written");
    Ok(())
}

async fn run(arguments: &Arguments) -> Result<(), async_nats::Error> {
    let client = Client::builder()
        .base_url(&arguments.base_url)
        .access_token(&arguments.access_token)
        .portal_id(arguments.portal_id)
        .rate_limit(match arguments.rate_limit {
            0 => RateLimit::unlimited(),
            requests => RateLimit::new(requests, Duration::from_secs(10)),
        })
        .build()?;
    // The connection is made again by itself when it breaks. Pings find one that is dead without a sign of it.
    let options = ConnectOptions::new().ping_interval(Duration::from_secs(5));
    let jetstream = jetstream::new(options.connect(&arguments.nats).await?);
    let mut queue = Nats::open(jetstream, arguments).await?;
    if let (Some(count), Some(template_id)) = (arguments.enqueue, &arguments.template_id) {
        return enqueue(
            &client,
            &queue.jetstream,
            &arguments.subject,
            template_id,
            count,
        )
        .await;
    }
    let report = client.relay(&mut queue).stop_on(asked_to_stop()).await?;
    println!("{report}");
    Ok(())
}

/// Ctrl-C, or SIGTERM as a service gets it.
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
