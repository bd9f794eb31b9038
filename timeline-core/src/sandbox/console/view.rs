//! What the sandbox holds, as the page shows it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use super::log::Entry;
use crate::sandbox::dates::with_milliseconds;
use crate::sandbox::event::StoredEvent;
use crate::sandbox::state::SandboxState;
use crate::template::EventTemplate;
use crate::wire::Api;

/// Only this many of the newest events are looked at, so that an open page does not slow down the sandbox.
const EVENTS: usize = 20_000;

/// At most this many records are listed, and this many events of one of them.
const RECORDS: usize = 200;
const CARDS: usize = 200;

/// A text that changes whenever something changes that the page shows.
fn version(state: &SandboxState) -> String {
    let templates = [&state.templates, &state.app_events.types];
    let templates = templates.map(|held| {
        let times = held.all().map(|held| held.times.updated_at);
        (held.all().count(), times.max().unwrap_or_default())
    });
    format!(
        "{}-{}-{}-{templates:?}",
        state.log.count(),
        state.log.answers(),
        state.events.len()
    )
}

/// The state, or only the answer that the page has the newest state already.
pub(super) fn state(state: &SandboxState, asked: &HashMap<String, String>) -> Value {
    let given = |key: &str| asked.get(key).map(String::as_str).unwrap_or_default();
    let version = version(state);
    if given("version") == version {
        return json!({ "same": true });
    }
    let newest: Vec<&Arc<StoredEvent>> = state.events.newest().take(EVENTS).collect();
    let records = records(&newest, given("search"));
    let chosen = match records.iter().find(|record| record.key == given("record")) {
        Some(record) => Some(record),
        None => records.first(),
    };
    let cards = chosen.map(|record| cards(state, &newest, &record.key));
    let accounts: BTreeSet<u64> = newest.iter().map(|event| event.portal_id).collect();
    json!({
        "version": version,
        "events": state.events.len(),
        "lookedAt": newest.len(),
        "requests": state.log.count(),
        "accounts": accounts.len(),
        "record": chosen.map(|record| &record.key),
        "records": records.iter().map(Record::json).collect::<Vec<_>>(),
        "cards": cards.unwrap_or_default(),
        "log": state.log.newest().map(entry).collect::<Vec<_>>(),
        "templates": templates(state),
        "warnings": state.app_events.warnings(),
        "renders": cfg!(feature = "preview"),
    })
}

/// A record with events.
struct Record {
    key: String,
    portal_id: u64,
    object_type: String,
    name: String,
    object_id: Option<String>,
    count: usize,
    /// When its last event happened, in milliseconds since 1970.
    last: i64,
}

impl Record {
    fn json(&self) -> Value {
        json!({
            "key": self.key,
            "account": self.portal_id,
            "objectType": self.object_type,
            "name": self.name,
            "objectId": self.object_id,
            "count": self.count,
            "last": with_milliseconds(self.last),
        })
    }
}

/// The key of an event's record. An event without a record, which HubSpot does not show, has one that is made from its
/// cookie.
fn key(event: &StoredEvent) -> String {
    let record = match (&event.object_id, &event.utk) {
        (Some(id), _) => id.clone(),
        (None, Some(utk)) => format!("utk {utk}"),
        (None, None) => String::new(),
    };
    format!("{} {} {record}", event.portal_id, event.object_type)
}

/// The records of these events that the search finds, the one with the newest event first.
fn records(newest: &[&Arc<StoredEvent>], search: &str) -> Vec<Record> {
    let search = search.trim().to_lowercase();
    let mut records: HashMap<String, Record> = HashMap::new();
    for event in newest {
        let names = [&event.email, &event.domain, &event.utk, &event.object_id];
        let is_found = search.is_empty()
            || names.iter().any(|name| {
                name.as_ref()
                    .is_some_and(|name| name.to_lowercase().contains(&search))
            });
        let key = key(event);
        if !is_found && !records.contains_key(&key) {
            continue;
        }
        let last = event.timestamp.unwrap_or(event.created_at);
        let record = records.entry(key.clone()).or_insert_with(|| Record {
            key,
            portal_id: event.portal_id,
            object_type: event.object_type.to_string(),
            name: String::new(),
            object_id: event.object_id.clone(),
            count: 0,
            last,
        });
        record.count += 1;
        record.last = record.last.max(last);
        if record.name.is_empty() {
            let name = event.email.as_ref().or(event.domain.as_ref());
            record.name = name.cloned().unwrap_or_default();
        }
    }
    let mut records: Vec<Record> = records.into_values().collect();
    for record in &mut records {
        if record.name.is_empty() {
            let id = record.object_id.as_deref().unwrap_or("no record yet");
            record.name = format!("{} {id}", record.object_type);
        }
    }
    records.sort_by(|one, other| {
        other
            .last
            .cmp(&one.last)
            .then_with(|| one.key.cmp(&other.key))
    });
    records.truncate(RECORDS);
    records
}

/// The newest events of a record.
fn cards(state: &SandboxState, newest: &[&Arc<StoredEvent>], record: &str) -> Vec<Value> {
    let mut events: Vec<&Arc<StoredEvent>> = newest
        .iter()
        .filter(|event| key(event) == record)
        .copied()
        .collect();
    let time = |event: &StoredEvent| event.timestamp.unwrap_or(event.created_at);
    events.sort_by_key(|event| std::cmp::Reverse(time(event)));
    events.truncate(CARDS);
    events.into_iter().map(|event| card(state, event)).collect()
}

fn card(state: &SandboxState, event: &StoredEvent) -> Value {
    let held = match event.api {
        Api::AppEvents => &state.app_events.types,
        _ => &state.templates,
    };
    let template = held.get(&event.template_id).map(|held| &held.template);
    let shown = template.map(|template| rendered(template, event));
    json!({
        "id": event.id,
        "templateId": event.template_id,
        "template": template.map_or(&event.template_id, |template| &template.name),
        "api": match event.api {
            Api::AppEvents => "app events",
            _ => "v3",
        },
        "at": with_milliseconds(event.timestamp.unwrap_or(event.created_at)),
        "writes": event.writes,
        "sent": event.sent,
        "tokens": event.tokens,
        "shown": shown,
        "link": event.iframe.as_ref().map(|iframe| &iframe.link_label),
        "json": event,
    })
}

/// The header and the detail, or why there is none.
#[cfg(feature = "preview")]
fn rendered(template: &EventTemplate, event: &StoredEvent) -> Value {
    use crate::preview::{Data, Own, Preview};

    let own = Own {
        id: Some(&event.id),
        timestamp: event.timestamp,
    };
    let tokens = event.tokens.iter();
    let tokens = tokens.map(|(name, text)| (name.clone(), text.clone()));
    let extra_data = event.extra_data.clone().unwrap_or_default();
    match Preview::render_data(template, &Data::new(template, tokens, own, extra_data)) {
        Ok(preview) => json!({
            "header": preview.header_html(),
            "detail": preview.detail_html(),
        }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

#[cfg(not(feature = "preview"))]
fn rendered(_: &EventTemplate, _: &StoredEvent) -> Value {
    Value::Null
}

fn entry(entry: &Entry) -> Value {
    let taken = entry
        .events
        .taken
        .iter()
        .map(|event| json!({ "id": event.id, "template": event.template_id }));
    let refused = entry.events.refused.iter();
    let refused = refused.map(|(id, reason)| json!({ "id": id, "reason": reason }));
    json!({
        "number": entry.number,
        "at": with_milliseconds(entry.at),
        "method": entry.method,
        "path": entry.path,
        "account": entry.portal_id,
        "status": entry.status,
        "reason": entry.reason,
        "fault": entry.is_faulty,
        "milliseconds": entry.took.map(|took| took.as_micros() as f64 / 1000.0),
        "taken": taken.collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
    })
}

fn templates(state: &SandboxState) -> Vec<Value> {
    let of = |held: &crate::sandbox::templates::Held, api: &str| {
        let template = &held.template;
        json!({
            "api": api,
            "id": template.id(),
            "name": template.name,
            "objectType": template.object_type,
            "header": template.header_template,
            "detail": template.detail_template,
            "tokens": template.tokens,
        })
    };
    let v3 = state.templates.all().map(|held| of(held, "v3"));
    let types = state.app_events.types.all();
    v3.chain(types.map(|held| of(held, "app events"))).collect()
}
