//! Imports purchases from a file: `cargo run --example import -- --base-url URL --csv FILE`.
//!
//! The file has the columns `customer_id`, `date`, `number_of_cds` and `dollar_value`, parted by commas or spaces. The
//! file's name and the row's number are its key, so that the same file can be imported again and again: what is there
//! is there once. Exit code 1 means that something was not delivered.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use serde_json::Value;
use timeline_core::sandbox::ACCESS_TOKEN;
use timeline_core::{
    BatchReport, Client, EventTemplate, Outcome, RateLimit, SendBatch, TemplateIds, TimelineEvent,
};

#[derive(TimelineEvent)]
#[timeline(template = "CDs bought", rename_all = "camelCase")]
struct Purchase {
    #[timeline(key)]
    file: Arc<str>,
    #[timeline(key)]
    row: usize,
    #[timeline(email)]
    customer: String,
    #[timeline(timestamp)]
    date: Date,
    #[timeline(label = "Number of CDs")]
    number_of_cds: u32,
    dollar_value: f64,
}

#[derive(Parser)]
#[command(about = "Puts purchases from a file onto the customers' timelines")]
struct Arguments {
    /// The server: the sandbox's address, or HubSpot's
    #[arg(long)]
    base_url: String,
    /// The file of purchases
    #[arg(long)]
    csv: PathBuf,
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
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every row of the file is on HubSpot.
async fn import(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let text = std::fs::read_to_string(&arguments.csv)
        .map_err(|error| format!("{}: {error}", arguments.csv.display()))?;
    let name = arguments
        .csv
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let (purchases, bad_rows) = read(&text, &name)?;
    let template_id = match &arguments.template_id {
        Some(id) => id.clone(),
        None => find_or_create_template(arguments).await?,
    };
    let client = Client::builder()
        .base_url(&arguments.base_url)
        .access_token(&arguments.access_token)
        .portal_id(arguments.portal_id)
        .template_ids(TemplateIds::new().with("CDs bought", template_id))
        .rate_limit(match arguments.rate_limit {
            0 => RateLimit::unlimited(),
            requests => RateLimit::new(requests, std::time::Duration::from_secs(10)),
        })
        .build()?;

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

    print_table(&report, &purchases, &bad_rows);
    Ok(report.is_delivered() && bad_rows.is_empty())
}

fn print_table(report: &BatchReport, purchases: &[Purchase], bad_rows: &[String]) {
    let rows = [
        ("rows read", report.total() + bad_rows.len()),
        ("created", report.created()),
        ("already there", report.already_existing()),
        ("rejected", report.rejected()),
        ("not sent", report.not_sent()),
        ("unknown", report.unknown()),
        ("not readable", bad_rows.len()),
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
    let undelivered = report.undelivered().map(|(index, outcome)| {
        let row = purchases.get(index).map_or(0, |purchase| purchase.row);
        match outcome {
            Outcome::Rejected(rejection) => format!("row {row}: rejected: {rejection}"),
            outcome => format!("row {row}: {outcome}"),
        }
    });
    for line in bad_rows.iter().cloned().chain(undelivered).take(SHOWN) {
        println!("{line}");
    }
    let more = (report.total() - report.created() - report.already_existing() + bad_rows.len())
        .saturating_sub(SHOWN);
    if more > 0 {
        println!("and {more} more");
    }
}

/// The purchases, and what is wrong with the rows that are none.
fn read(text: &str, file: &str) -> Result<(Vec<Purchase>, Vec<String>), Box<dyn Error>> {
    let mut lines = text.lines().enumerate();
    let header: Vec<&str> = lines
        .next()
        .map(|(_, line)| cells(line))
        .unwrap_or_default();
    let column = |name: &str| {
        let place = header.iter().position(|cell| *cell == name);
        place.ok_or_else(|| format!("the first line names no column `{name}`"))
    };
    let columns = [
        column("customer_id")?,
        column("date")?,
        column("number_of_cds")?,
        column("dollar_value")?,
    ];
    let file: Arc<str> = file.into();
    let (mut purchases, mut bad_rows) = (Vec::new(), Vec::new());
    for (row, line) in lines {
        if line.trim().is_empty() {
            continue;
        }
        match purchase(&file, row, &cells(line), columns) {
            Ok(purchase) => purchases.push(purchase),
            Err(error) => bad_rows.push(format!("row {row}: {error}")),
        }
    }
    Ok((purchases, bad_rows))
}

fn cells(line: &str) -> Vec<&str> {
    let parts = line.split(|c: char| c == ',' || c.is_whitespace());
    parts.filter(|cell| !cell.is_empty()).collect()
}

fn purchase(
    file: &Arc<str>,
    row: usize,
    cells: &[&str],
    columns: [usize; 4],
) -> Result<Purchase, Box<dyn Error>> {
    let [customer, date, number_of_cds, dollar_value] =
        columns.map(|column| cells.get(column).copied().unwrap_or_default());
    if customer.is_empty() {
        return Err("there is no customer_id".into());
    }
    Ok(Purchase {
        file: Arc::clone(file),
        row,
        customer: format!("customer-{customer}@cdnow.example"),
        date: Date::strptime("%Y%m%d", date)
            .or_else(|_| Date::strptime("%Y-%m-%d", date))
            .map_err(|error| format!("date: {error}"))?,
        number_of_cds: number_of_cds
            .parse()
            .map_err(|error| format!("number_of_cds: {error}"))?,
        dollar_value: dollar_value
            .parse()
            .map_err(|error| format!("dollar_value: {error}"))?,
    })
}

/// The template's id in the app, from HubSpot's template API.
async fn find_or_create_template(arguments: &Arguments) -> Result<String, Box<dyn Error>> {
    let template: EventTemplate = Purchase::templates().swap_remove(0);
    let url = format!(
        "{}/integrators/timeline/v3/{}/event-templates",
        arguments.base_url.trim_end_matches('/'),
        arguments.app_id
    );
    let http = reqwest::Client::new();
    let call = |request: reqwest::RequestBuilder| async {
        let response = request.bearer_auth(&arguments.access_token).send().await?;
        let status = response.status();
        let body: Value = response.json().await?;
        if status.is_success() {
            Ok(body)
        } else {
            Err(Box::<dyn Error>::from(format!(
                "event templates: {status} {body}"
            )))
        }
    };
    let id = |template: &Value| template["id"].as_str().map(str::to_owned);
    let listed = call(http.get(&url)).await?;
    let found = listed["results"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|listed| listed["name"] == template.name.as_str());
    if let Some(id) = found.and_then(id) {
        return Ok(id);
    }
    let created = call(http.post(&url).json(&template)).await?;
    id(&created).ok_or_else(|| "the created template has no id".into())
}
