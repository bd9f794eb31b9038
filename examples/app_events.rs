//! From v3 to app events with one set of structs: `cargo run --example app_events`.
//!
//! HubSpot is a sandbox in this process: it has to move from the one API to the other in the middle of the program.
//!
//! 1. what the app's project needs: a definition file for each event type, from the structs (`--definitions FOLDER` writes them);
//! 2. the same events through v3 and through app events: what differs is the client;
//! 3. the move: a v3 client that goes on through app events when its account has moved.
//!
//! `timeline-core/docs/apis.md` has all about both APIs.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Parser;
use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET};
use timeline_core::{
    Api, Client, ClientBuilder, EventTemplate, EventTypes, OAuth, Sandbox, SendBatch,
    TimelineEvent, TokenEnum,
};

/// The app's project on HubSpot's new platform.
const PROJECT: &str = "pet-shelter";

/// `template_id` is the template's in v3, `type_name` the `uid` in the definition file. A type of a new app has the second alone.
#[derive(TimelineEvent)]
#[timeline(
    template_id = "1001298",
    type_name = "pet_adopted",
    rename_all = "camelCase",
    header = "**{{petName}}** found a home",
    detail = "A {{kind}} of {{petAge}} years"
)]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
    #[timeline(timestamp)]
    at: SystemTime,
    /// With a key, the event has the same id through both APIs.
    #[timeline(key)]
    adoption: u32,
    pet_name: String,
    pet_age: u32,
    kind: Kind,
}

#[derive(TokenEnum)]
#[timeline(rename_all = "snake_case")]
enum Kind {
    Cat,
    Dog,
}

#[derive(TimelineEvent)]
#[timeline(
    template_id = "1001299",
    type_name = "pet_visited",
    header = "Visited the shelter"
)]
struct PetVisited {
    #[timeline(email)]
    visitor: String,
    #[timeline(timestamp)]
    at: SystemTime,
    #[timeline(key)]
    visit: u32,
}

/// All templates of the app.
fn templates() -> Vec<EventTemplate> {
    [PetAdopted::templates(), PetVisited::templates()].concat()
}

/// The settings for either API: the server and the account.
fn account(hubspot: &Sandbox) -> ClientBuilder {
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, hubspot.refresh_token());
    Client::builder()
        .base_url(hubspot.base_url())
        .portal_id(hubspot.portal_id())
        .oauth(oauth)
}

#[derive(Parser)]
#[command(about = "Sends the same events through v3 and through app events")]
struct Arguments {
    /// Write the definition files into this folder: `src/app/app-events` of the app's project
    #[arg(long, value_name = "FOLDER")]
    definitions: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let hubspot = Sandbox::start().await?;
    hubspot.register::<PetAdopted>();
    hubspot.register::<PetVisited>();

    println!("1. The definition files of the app's project\n");
    let mut full_names = EventTypes::new();
    for template in templates() {
        let uid = template
            .type_name()
            .ok_or("a template without a `type_name`")?;
        let definition = template.to_definition(uid)?;
        let json = serde_json::to_string_pretty(&definition)?;
        println!("{}\n{json}\n", definition.file_name());
        if let Some(folder) = &arguments.definitions {
            fs::create_dir_all(folder)?;
            fs::write(folder.join(definition.file_name()), json)?;
        }
        // In HubSpot: `hs project upload`, and the review of the app's event types.
        let full_name = hubspot.add_definition(PROJECT, definition);
        full_names = full_names.with(template.id().unwrap_or(&template.name), full_name);
    }

    println!("2. The same events through both APIs\n");
    let v3 = account(&hubspot).build()?;
    // This client asks once for the full name of each `type_name` in the project.
    let app_events = account(&hubspot).api(Api::AppEvents).project(PROJECT);
    let app_events = app_events.build()?;
    // This client is given the full names, by the templates' ids or names: for types without a `type_name`.
    let named = account(&hubspot).api(Api::AppEvents);
    let named = named.event_types(full_names).build()?;
    let (id, same) = (
        v3.event_id(&adoption(1))?,
        app_events.event_id(&adoption(1))?,
    );
    println!("the id of the first event: {id} through v3, {same} through app events");
    let report = events(1..=200).send_batch(&v3).await?;
    println!("v3:         {report}");
    let report = events(1..=200).send_batch(&app_events).await?;
    println!("app events: {report}");
    // A request with an event that is there already is refused as a whole, so the client splits it to find these
    // events.
    let report = events(1..=20).send_batch(&named).await?;
    println!("once more:  {report}");
    print_names(&hubspot);

    println!("\n3. The move\n");
    hubspot.clear_events();
    // The v3 client with two more settings. Until the account moves, nothing changes.
    let moving = account(&hubspot).move_to_app_events(true).project(PROJECT);
    let moving = moving.build()?;
    println!("before: {}", events(1..=200).send_batch(&moving).await?);
    hubspot.move_to_app_events();
    println!("during: {}", events(201..=400).send_batch(&moving).await?);
    println!("after:  {}", events(401..=600).send_batch(&moving).await?);
    print_names(&hubspot);
    Ok(())
}

/// How many events HubSpot has, by API and by the name that the API has for their kind.
fn print_names(hubspot: &Sandbox) {
    let mut counts = BTreeMap::new();
    for event in hubspot.events() {
        *counts
            .entry((event.api == Api::AppEvents, event.template_id))
            .or_insert(0) += 1;
    }
    for ((is_app_event, name), count) in counts {
        let api = if is_app_event { "app events" } else { "v3" };
        println!("on the timelines: {count} {name} ({api})");
    }
}

/// The same adoptions and visits for both APIs.
fn events(numbers: RangeInclusive<u32>) -> Vec<Box<dyn TimelineEvent + Send>> {
    let event = |n: u32| -> Box<dyn TimelineEvent + Send> {
        match n % 2 {
            0 => Box::new(visit(n)),
            _ => Box::new(adoption(n)),
        }
    };
    numbers.map(event).collect()
}

fn adoption(number: u32) -> PetAdopted {
    PetAdopted {
        owner: format!("owner-{number}@example.com"),
        at: moment(number),
        adoption: number,
        pet_name: format!("Rex {number}"),
        pet_age: number % 12,
        kind: if number.is_multiple_of(3) {
            Kind::Cat
        } else {
            Kind::Dog
        },
    }
}

fn visit(number: u32) -> PetVisited {
    PetVisited {
        visitor: format!("visitor-{number}@example.com"),
        at: moment(number),
        visit: number,
    }
}

fn moment(minutes: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_785_585_600 + 60 * u64::from(minutes))
}
