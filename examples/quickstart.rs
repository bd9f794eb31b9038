//! From events to timelines in one program: `cargo run --example quickstart`. No account needed.
//!
//! It starts a HubSpot of its own, sends it a few dozen events of two kinds under faults, one of them a bad event,
//! and shows the report and what the timelines hold then. With `-- --stay` it goes on until Ctrl-C, and prints the address of
//! a page that shows the timelines and the requests.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, SystemTime};

use timeline_core::{Fault, Outcome, Sandbox, SendBatch, StoredEvent, TimelineEvent};

/// A contact attended a webinar. The event's id is made by the client.
#[derive(TimelineEvent)]
#[timeline(
    template_id = "1001298",
    rename_all = "camelCase",
    header = "Attended **{{title}}**",
    detail = "{{#if invitedBy}}Invited by {{invitedBy}}{{else}}Came without an invitation{{/if}}"
)]
struct WebinarAttended {
    #[timeline(email)]
    attendee: String,
    #[timeline(timestamp)]
    at: SystemTime,
    title: String,
    invited_by: Option<String>,
}

/// An order was paid. Its id follows from the order's number, so each order is on the timeline once.
#[derive(TimelineEvent)]
#[timeline(
    template_id = "1001299",
    rename_all = "camelCase",
    header = "Paid order {{order}}",
    detail = "For {{amount}} euros, on {{#formatDate timestamp}}{{/formatDate}}"
)]
struct OrderPaid {
    #[timeline(email)]
    customer: String,
    #[timeline(timestamp)]
    at: SystemTime,
    #[timeline(key, token = "order")]
    number: u32,
    #[timeline(label = "Amount in euros")]
    amount: f64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    sandbox.register::<WebinarAttended>();
    sandbox.register::<OrderPaid>();
    println!(
        "A HubSpot for trying things out listens on {}.\n",
        sandbox.base_url()
    );

    // Some faults: the first request meets an outage, the answer to the second one is lost on the way.
    sandbox.inject(Fault::status(503));
    sandbox.inject(Fault::cut_after());

    let events = events();
    println!(
        "Sending {} events of two kinds, 10 in a request. One of them is bad, one request meets an outage,\n\
         and one answer is lost on its way back.\n",
        events.len()
    );
    let client = sandbox.client_builder().batch_size(10).build()?;
    let sent = events.iter().send_batch(&client).await;

    // `Ok` only if every event is on HubSpot; the error has the same report.
    let report = match sent {
        Ok(report) => report,
        Err(error) => error.into_report(),
    };
    println!("  {report}\n");
    for (index, outcome) in report.undelivered() {
        match outcome {
            Outcome::Rejected(rejection) => println!("  event {index} was rejected: {rejection}"),
            other => println!("  event {index}: {other}"),
        }
    }

    println!(
        "\nThe {} already there were stored before their answer was lost; sent again under the same ids,\n\
         HubSpot has them once.",
        report.already_existing()
    );

    println!("\nThe same orders once more, as a job does that starts over:\n");
    let again = orders(1..=12).send_batch(&client).await?;
    println!("  {again}\n");

    print_timelines(&sandbox.events());

    // To look at the timelines and the requests: `cargo run --example quickstart -- --stay`.
    if std::env::args().any(|argument| argument == "--stay") {
        println!(
            "\nThe page of this HubSpot: {}/ (until Ctrl-C)",
            sandbox.base_url()
        );
        tokio::signal::ctrl_c().await?;
    }
    Ok(())
}

const PEOPLE: [&str; 4] = ["ada", "grace", "katherine", "margaret"];

fn events() -> Vec<Box<dyn TimelineEvent + Send + Sync>> {
    let mut events: Vec<Box<dyn TimelineEvent + Send + Sync>> = Vec::new();
    for n in 0..24u32 {
        events.push(Box::new(WebinarAttended {
            attendee: person(n),
            at: moment(3 * n),
            title: format!("Webinar {}", n + 1),
            invited_by: (n % 2 == 1).then(|| person(n + 1)),
        }));
    }
    for order in orders(1..=12) {
        events.push(Box::new(order));
    }
    // The bad one: an amount that is no number.
    let mut bad = order(13);
    bad.amount = f64::NAN;
    events.insert(17, Box::new(bad));
    events
}

fn orders(numbers: impl Iterator<Item = u32> + Send) -> impl Iterator<Item = OrderPaid> + Send {
    numbers.map(order)
}

fn order(number: u32) -> OrderPaid {
    OrderPaid {
        customer: person(number),
        at: moment(5 * number),
        number,
        amount: 12.5 * f64::from(number),
    }
}

/// This many hours after the summer of 2026 began. The time of an event does not depend on when it is sent.
fn moment(hours: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_782_000_000 + 3600 * u64::from(hours))
}

fn person(n: u32) -> String {
    let name = PEOPLE.get(n as usize % PEOPLE.len()).unwrap_or(&"ada");
    format!("{name}@example.com")
}

fn print_timelines(events: &[StoredEvent]) {
    println!(
        "What the timelines hold now: {} events, each of them once.",
        events.len()
    );
    let mut timelines: BTreeMap<&str, Vec<&StoredEvent>> = BTreeMap::new();
    for event in events {
        timelines
            .entry(event.email.as_deref().unwrap_or("?"))
            .or_default()
            .push(event);
    }
    for (email, mut events) in timelines {
        const SHOWN: usize = 4;
        events.sort_by_key(|event| event.timestamp);
        println!("\n  {email} ({} events)", events.len());
        for event in events.iter().rev().take(SHOWN) {
            let kind = match &*event.template_id {
                "1001298" => "attended",
                _ => "paid    ",
            };
            let tokens: Vec<String> = event
                .tokens
                .iter()
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            println!("    {kind} {}", tokens.join(", "));
        }
        if events.len() > SHOWN {
            println!("    … and {} more", events.len() - SHOWN);
        }
    }
}
