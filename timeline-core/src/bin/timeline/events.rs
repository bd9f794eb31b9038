//! The commands about events.

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use timeline_core::{Api, BatchReport, EventInput, Outcome, Preview, TemplateFile};

use crate::Common;
use crate::answer::{Answer, Failure};
use crate::connect;

#[derive(clap::Args)]
pub(crate) struct Render {
    /// A template file, the list that `templates()` serializes to, or a folder of definition files.
    #[arg(value_name = "FILE")]
    templates: PathBuf,
    /// The event: JSON as HubSpot takes it, of v3 or of app events, a line of dead letters, or a sealed event. `-` reads it
    /// from the standard input.
    #[arg(value_name = "EVENT.json")]
    event: PathBuf,
    /// Print HTML: the header, and the detail below.
    #[arg(long)]
    html: bool,
}

pub(crate) fn render(args: &Render) -> Result<Answer, Failure> {
    let file = TemplateFile::read_or_list(&args.templates)?;
    let text = match args.event.as_os_str().to_str() {
        Some("-") => io::read_to_string(io::stdin())?,
        _ => fs::read_to_string(&args.event)
            .map_err(|error| Failure::new(format!("{}: {error}", args.event.display())))?,
    };
    let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| Failure::new(format!("{}: {error}", args.event.display())))?;
    let event = Event::read(&json)?;
    let template = file
        .templates()
        .iter()
        .find(|template| {
            let names = [template.id(), template.type_name(), Some(&*template.name)];
            event.names.iter().any(|name| names.contains(&Some(name)))
        })
        .ok_or_else(|| {
            let named = event.names.join(", ");
            Failure::new(format!(
                "{} has no template {named}",
                args.templates.display()
            ))
        })?;
    let preview = Preview::render(template, &event.input()?)?;
    let text = match args.html {
        true => format!(
            "<h1>{}</h1>\n{}",
            preview.header_html(),
            preview.detail_html()
        ),
        false => format!("{}\n\n{}", preview.header_text(), preview.detail_text()),
    };
    let json = json!({
        "template": template.name,
        "headerText": preview.header_text(),
        "headerHtml": preview.header_html(),
        "detailText": preview.detail_text(),
        "detailHtml": preview.detail_html(),
    });
    Answer::new(text, &json)
}

/// An event as JSON, in one of the shapes that it comes in.
struct Event<'j> {
    /// The template's id, its name or the name of the event's type.
    names: Vec<&'j str>,
    keys: &'j Map<String, Value>,
}

impl<'j> Event<'j> {
    fn read(json: &'j Value) -> Result<Self, Failure> {
        let outer = json
            .as_object()
            .ok_or_else(|| Failure::new("the event is no JSON object"))?;
        // Sealed events and dead letters hold the event in a key of its own.
        let keys = match outer.get("event") {
            Some(Value::Object(inside)) => inside,
            _ => outer,
        };
        let all = [
            "eventTemplateId",
            "eventTypeName",
            "templateId",
            "templateName",
            "template",
            "typeName",
        ];
        let names: Vec<&str> = [keys, outer]
            .into_iter()
            .flat_map(|keys| all.iter().filter_map(|key| keys.get(*key)?.as_str()))
            .collect();
        if names.is_empty() {
            return Err(Failure::new(
                "the event names no template: it has neither `eventTemplateId` nor `eventTypeName`",
            ));
        }
        Ok(Event { names, keys })
    }

    fn input(&self) -> Result<EventInput<'j>, Failure> {
        let mut input = EventInput::new(self.names.first().copied().unwrap_or_default());
        let text = |key: &str| self.keys.get(key).and_then(Value::as_str);
        if let Some(id) = text("id") {
            input = input.id(id.to_owned());
        }
        match self.keys.get("timestamp") {
            Some(Value::Number(number)) if number.as_u64().is_some() => {
                let milliseconds = number.as_u64().unwrap_or_default();
                input = input.timestamp(UNIX_EPOCH + Duration::from_millis(milliseconds));
            }
            Some(Value::String(time)) => {
                let time: jiff::Timestamp = time.parse().map_err(|error| {
                    Failure::new(format!("the event's timestamp {time:?} is none: {error}"))
                })?;
                input = input.timestamp(time);
            }
            _ => {}
        }
        let tokens = self.keys.get("tokens").or(self.keys.get("properties"));
        for (name, value) in tokens.and_then(Value::as_object).into_iter().flatten() {
            let value = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            input = input.token(name.as_str(), value);
        }
        if let Some(data) = self.keys.get("extraData") {
            input = input.extra_data(data);
        }
        Ok(input)
    }
}

#[derive(clap::Args)]
pub(crate) struct Replay {
    /// Dead letters: what `write_undelivered` has written.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write what is undelivered again; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    undelivered: Option<PathBuf>,
    /// Send through app events, under the event types' names as the lines have them.
    #[arg(long)]
    app_events: bool,
    /// Send through app events, under the full names that this project has for the event types.
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// A template file, for events that name their template.
    #[arg(long, value_name = "FILE")]
    templates: Option<PathBuf>,
}

pub(crate) async fn replay(args: &Replay, common: &Common) -> Result<Answer, Failure> {
    let mut builder = connect::builder(common)?;
    if args.app_events || args.project.is_some() {
        builder = builder.api(Api::AppEvents);
    }
    if let Some(project) = &args.project {
        builder = builder.project(project);
    }
    if let Some(path) = &args.templates {
        let file = TemplateFile::read_or_list(path)?;
        builder = builder
            .template_ids(file.template_ids())
            .event_types(file.event_types());
    }
    let client = builder.build()?;
    let within =
        |path: &PathBuf, error: &io::Error| Failure::new(format!("{}: {error}", path.display()));
    let file = File::open(&args.file).map_err(|error| within(&args.file, &error))?;
    // The file is opened before anything is sent: if it cannot be opened, no event is lost.
    let keep = match &args.undelivered {
        Some(path) => Some(File::create_new(path).map_err(|error| within(path, &error))?),
        None => None,
    };
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template(
        "{spinner} {pos} events, {per_sec} {msg}",
    )?);
    let report = client
        .replay(BufReader::new(file))
        .on_progress(|progress| {
            bar.set_position((progress.delivered + progress.undelivered) as u64);
            if progress.undelivered > 0 {
                bar.set_message(format!("{} not delivered", progress.undelivered));
            }
        })
        .report()
        .await;
    bar.finish_and_clear();
    if let Some(mut keep) = keep {
        report.write_undelivered(&mut keep)?;
        keep.flush()?;
    }
    let answer = Answer::new(table(&report), &report)?;
    Ok(answer.open_if(!report.is_delivered()))
}

/// How many lines about single events are printed.
const SHOWN: usize = 20;

fn table(report: &BatchReport) -> String {
    let rows = [
        ("created", report.created()),
        ("already there", report.already_existing()),
        ("rejected", report.rejected()),
        ("not sent", report.not_sent()),
        ("unknown", report.unknown()),
    ];
    let mut text = String::new();
    for (name, count) in rows {
        text += &format!("{name:<14}{count:>10}\n");
    }
    text += &format!(
        "{:<14}{:>10}   in {} requests, {:.1?}\n",
        "events",
        report.total(),
        report.requests(),
        report.elapsed()
    );
    for (index, outcome) in report.undelivered().take(SHOWN) {
        let why = match outcome {
            Outcome::Rejected(rejection) => format!("rejected: {rejection}"),
            other => other.to_string(),
        };
        text += &format!("event {}: {why}\n", index + 1);
    }
    let more = report.undelivered().count().saturating_sub(SHOWN);
    if more > 0 {
        text += &format!("… and {more} more\n");
    }
    text
}

#[derive(clap::Args)]
pub(crate) struct Read {
    #[arg(value_name = "TEMPLATE_ID")]
    template_id: String,
    #[arg(value_name = "EVENT_ID")]
    event_id: String,
}

pub(crate) async fn read(args: &Read, common: &Common) -> Result<Answer, Failure> {
    let client = connect::builder(common)?.build()?;
    let event = client.event(&args.template_id, &args.event_id).await?;
    let event = event.ok_or_else(|| {
        Failure::new(format!(
            "there is no event {} of the template {}",
            args.event_id, args.template_id
        ))
    })?;
    Answer::new(serde_json::to_string_pretty(&event)?, &event)
}
