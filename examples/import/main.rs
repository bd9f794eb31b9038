//! Imports purchases from a file: `cargo run --example import -- --base-url URL --csv FILE`.
//!
//! The file's first line names the columns `customer_id`, `date`, `number_of_cds` and `dollar_value`, in any order and
//! among others. They are separated by commas, semicolons, tabs or blanks; the first line decides which. A row that
//! cannot be read to its last character is refused with its line, since an event cannot be changed once it is there.
//!
//! The same rows can be imported again and again, from any file: what is there is there once (see `purchase::read` for
//! when two rows are the same). Exit code 1 means that something was not delivered or not read. The example `nightly` is for a
//! table that grows.

mod purchase;
mod table;

use std::error::Error;
use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use timeline_core::sandbox::ACCESS_TOKEN;
use timeline_core::{
    BatchReport, Client, ConfigError, Outcome, RateLimit, SendBatch, TemplateIds, TimelineEvent,
};

use crate::purchase::Purchase;
use crate::table::Refused;

#[derive(Parser)]
#[command(about = "Puts purchases from a file onto the customers' timelines")]
struct Arguments {
    /// The server: the sandbox's address, or HubSpot's
    #[arg(long)]
    base_url: String,
    /// The file of purchases
    #[arg(long)]
    csv: PathBuf,
    /// The columns that say which purchase a row is, such as `order,line`; by default all of them
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    key: Vec<String>,
    /// An OAuth access token; by default the sandbox's
    #[arg(
        long,
        env = "HUBSPOT_ACCESS_TOKEN",
        hide_env_values = true,
        default_value = ACCESS_TOKEN
    )]
    access_token: String,
    /// The HubSpot account, which the events' ids follow from
    #[arg(long, default_value_t = 1)]
    portal_id: u64,
    /// The event template's id; without it the template is looked up by its name, and created if there is none
    #[arg(long)]
    template_id: Option<String>,
    /// The app that the template belongs to
    #[arg(long, default_value_t = 1)]
    app_id: u64,
    /// Requests in ten seconds; 0 for no limit
    #[arg(long, default_value_t = 110)]
    rate_limit: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    match import(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {}", words(&*error));
            ExitCode::FAILURE
        }
    }
}

/// What an error says, with what is beneath it: the HTTP library's own words do not say why.
fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        source = error.source();
    }
    words
}

/// Whether every row of the file is on HubSpot.
async fn import(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let within = |error: &dyn Display| format!("{}: {error}", arguments.csv.display());
    let bytes = std::fs::read(&arguments.csv).map_err(|error| within(&error))?;
    let (purchases, refused) =
        purchase::read(&bytes, &arguments.key).map_err(|error| within(&error))?;
    // First a client without the template: a wrong argument is reported in the library's words.
    let without = client(arguments, TemplateIds::new())?;
    let template_id = match &arguments.template_id {
        Some(id) => id.clone(),
        None => find_or_create_template(arguments, &without).await?,
    };
    let client = client(
        arguments,
        TemplateIds::new().with("CDs bought", template_id),
    )?;

    let bar = ProgressBar::new(purchases.len() as u64);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} {per_sec} {msg}",
    )?);
    let report = purchases
        .iter()
        .send_batch(&client)
        .on_progress(|progress| {
            bar.set_position((progress.delivered + progress.undelivered) as u64);
            if progress.undelivered > 0 {
                bar.set_message(format!("{} not delivered", progress.undelivered));
            }
        })
        .report()
        .await;
    bar.finish_and_clear();

    print_table(&report, &purchases, &refused);
    Ok(report.is_delivered() && refused.is_empty())
}

fn client(arguments: &Arguments, template_ids: TemplateIds) -> Result<Client, ConfigError> {
    Client::builder()
        .base_url(&arguments.base_url)
        .access_token(&arguments.access_token)
        .portal_id(arguments.portal_id)
        .template_ids(template_ids)
        .rate_limit(match arguments.rate_limit {
            0 => RateLimit::unlimited(),
            requests => RateLimit::new(requests, std::time::Duration::from_secs(10)),
        })
        // HubSpot's messages may quote a customer's address, which the user of this program has in the file anyway.
        .show_messages(true)
        .build()
}

fn print_table(report: &BatchReport, purchases: &[Purchase], refused: &[Refused]) {
    let rows = [
        ("rows read", report.total() + refused.len()),
        ("created", report.created()),
        ("already there", report.already_existing()),
        ("rejected", report.rejected()),
        ("not sent", report.not_sent()),
        ("unknown", report.unknown()),
        ("not readable", refused.len()),
    ];
    for (name, count) in rows {
        println!("{name:>14}  {count:>8}");
    }
    println!(
        "{:>14}  {:>8}  ({} of them retries, {:.1?})",
        "requests",
        report.requests(),
        report.retries(),
        report.elapsed()
    );
    const SHOWN: usize = 20;
    let unread = refused
        .iter()
        .map(|row| format!("line {}: refused: {}", row.line, row.reason));
    let undelivered = report.undelivered().map(|(index, outcome)| {
        let line = purchases.get(index).map_or(0, |purchase| purchase.line);
        match outcome {
            Outcome::Rejected(rejection) => format!("line {line}: rejected: {rejection}"),
            outcome => format!("line {line}: {outcome}"),
        }
    });
    for line in unread.chain(undelivered).take(SHOWN) {
        println!("{line}");
    }
    let more = (report.total() - report.created() - report.already_existing() + refused.len())
        .saturating_sub(SHOWN);
    if more > 0 {
        println!("and {more} more");
    }
}

/// The id of the template of this name in the app.
async fn find_or_create_template(
    arguments: &Arguments,
    client: &Client,
) -> Result<String, Box<dyn Error>> {
    let template = Purchase::templates().swap_remove(0);
    let templates = client.templates(arguments.app_id);
    let mut listed = templates.list().await?.into_iter();
    let found = match listed.find(|listed| listed.name == template.name) {
        Some(found) => found,
        None => templates.create(&template).await?,
    };
    let id = found.id().ok_or("the template has no id")?;
    Ok(id.to_owned())
}
