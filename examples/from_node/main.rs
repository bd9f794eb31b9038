//! Puts sign-ups onto HubSpot's timelines. `index.mjs` beside it is the same program with HubSpot's client for Node; equal
//! numbers in the comments are equal steps.
//!
//! ```text
//! cargo run --example from_node -- --base-url http://127.0.0.1:4010
//! ```
//!
//! For both: `cargo run --example sandbox -- --port 4010 --templates examples/from_node/templates.json`. Without `--base-url`
//! the sandbox is in this process. Two of the sign-ups have no e-mail address; run both programs twice, and compare what they
//! know then.

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use jiff::Timestamp;
use serde::Deserialize;
use timeline_core::sandbox::ACCESS_TOKEN;
use timeline_core::{Client, Sandbox, SendBatch, TemplateFile, TimelineEvent};

/// (2) A row is an event. The compiler knows the tokens' names and types, and compares them with the app's templates if it is
/// given `manifest = "timeline.json"`.
///
/// `id` is the one that the program for Node has made, so what that has sent is not sent twice. A new program has
/// `#[timeline(key)]` on `user` instead: ids of your own are shared by all accounts that install the app, and cost one more
/// request for each event that is there already.
#[derive(Deserialize, TimelineEvent)]
#[timeline(template_id = "1001298", id = "signup-{user}")]
struct SignedUp {
    #[timeline(skip)]
    user: u64,
    #[timeline(email)]
    email: String,
    #[timeline(timestamp)]
    at: Timestamp,
    plan: String,
}

#[derive(Parser)]
#[command(about = "Puts sign-ups onto HubSpot's timelines")]
struct Arguments {
    /// HubSpot's address; by default a sandbox in this process
    #[arg(long)]
    base_url: Option<String>,
    /// An OAuth access token; by default the sandbox's
    #[arg(long, env = "HUBSPOT_ACCESS_TOKEN", hide_env_values = true, default_value = ACCESS_TOKEN)]
    access_token: String,
}

/// Whether all sign-ups are on HubSpot.
async fn run(arguments: &Arguments, base_url: &str) -> Result<bool, Box<dyn Error>> {
    // (1) A client. After a failure that may pass, requests are tried again for two minutes, under the same ids, also
    // after a lost connection. With `.oauth(…)` in place of `.access_token(…)` it refreshes by itself.
    let client = Client::builder()
        .base_url(base_url)
        .access_token(&arguments.access_token)
        .show_messages(true) // HubSpot's words, which may quote an address
        .build()?;

    let sign_ups: Vec<SignedUp> = serde_json::from_str(include_str!("sign_ups.json"))?;

    // (3) Batches of a hundred, eight at a time, as fast as HubSpot's limit allows.
    let report = sign_ups.iter().send_batch(&client).report().await;

    // (4) What has become of them: one outcome for each, whatever has happened.
    println!("{report}");
    for (index, outcome) in report.undelivered() {
        println!("  row {index}: {outcome}");
    }

    // (5) One event, read back.
    if let Some(id) = report.outcomes().first().and_then(|outcome| outcome.id())
        && let Some(read) = client.event("1001298", id).await?
    {
        println!(
            "{id} is on the timeline of {}: {:?}",
            read.email.unwrap_or_default(),
            read.tokens
        );
    }
    Ok(report.is_delivered())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ran = match &arguments.base_url {
        Some(url) => run(&arguments, url).await,
        None => in_sandbox(&arguments).await,
    };
    match ran {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Not to copy: a HubSpot for trying the program out.
async fn in_sandbox(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    for template in TemplateFile::from_json(include_str!("templates.json"))?.templates() {
        sandbox.add_template(template.clone());
    }
    run(arguments, sandbox.base_url()).await
}
