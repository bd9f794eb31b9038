//! What the bare server does in trouble, and its ledger of what it has stored.

use std::collections::HashMap;
use std::io::Write;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Result;
use super::server::{Input, write_answer};

/// The batch at which a trouble begins; those before it are answered as usual.
const FIRST: usize = 10;

/// How long the server answers 503.
const OUTAGE: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Trouble {
    /// No trouble beside what is wrong with the events themselves.
    BadEvents,
    /// One batch is stored, and its connection is cut instead of an answer.
    LostAnswer,
    /// Every request is answered with 503 for a while, and nothing is stored.
    Unavailable,
}

impl FromStr for Trouble {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        match name {
            "bad" => Ok(Trouble::BadEvents),
            "lost" => Ok(Trouble::LostAnswer),
            "unavailable" => Ok(Trouble::Unavailable),
            _ => Err(format!("{name:?} is not one of bad, lost and unavailable")),
        }
    }
}

pub(crate) struct Ledger {
    trouble: Trouble,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    batches: usize,
    outage: Option<Instant>,
    /// By the event's id.
    events: HashMap<String, Value>,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    inputs: Vec<&'a RawValue>,
}

impl Ledger {
    pub(crate) fn new(trouble: Trouble) -> Self {
        Ledger {
            trouble,
            state: Mutex::default(),
        }
    }

    /// Writes an answer and gives its status; `None` if the connection is to be cut.
    ///
    /// Besides batches there are `GET /ledger`, which lists what is stored, and HubSpot's call that reads an event back.
    pub(super) fn answer(
        &self,
        request_line: &str,
        body: &[u8],
        answer: &mut Vec<u8>,
    ) -> Result<Option<&'static str>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut words = request_line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("GET"), Some("/ledger")) => {
                serde_json::to_writer(answer, &state.list())?;
                return Ok(Some("200 OK"));
            }
            (Some("POST"), _) => state.batches += 1,
            (Some("GET"), Some(path)) if !state.is_out() => {
                let id = path.rsplit('/').next().unwrap_or_default();
                return Ok(Some(state.read(id, answer)?));
            }
            _ => {}
        }
        if self.trouble == Trouble::Unavailable && state.batches == FIRST {
            state.outage.get_or_insert_with(Instant::now);
        }
        if state.is_out() {
            refuse("INTERNAL_ERROR", "The service is not available", answer)?;
            return Ok(Some("503 Service Unavailable"));
        }
        let status = state.store(body, answer)?;
        let is_lost = self.trouble == Trouble::LostAnswer && state.batches == FIRST;
        Ok((!is_lost).then_some(status))
    }
}

impl State {
    fn is_out(&self) -> bool {
        self.outage.is_some_and(|began| began.elapsed() < OUTAGE)
    }

    /// For each stored event its id and the name in it, which no two events have in common.
    fn list(&self) -> Value {
        let names = self.events.iter();
        names
            .map(|(id, event)| json!([id, event["tokens"]["petName"]]))
            .collect()
    }

    fn read(&self, id: &str, answer: &mut Vec<u8>) -> Result<&'static str> {
        let Some(event) = self.events.get(id) else {
            refuse("OBJECT_NOT_FOUND", "No such event", answer)?;
            return Ok("404 Not Found");
        };
        let mut event = event.clone();
        event["objectType"] = "CONTACT".into();
        event["objectId"] = "5000000".into();
        serde_json::to_writer(answer, &event)?;
        Ok("200 OK")
    }

    /// Stores what is good and new, and lists what was refused: as HubSpot does, without naming the events.
    fn store(&mut self, body: &[u8], answer: &mut Vec<u8>) -> Result<&'static str> {
        let request: Request<'_> = serde_json::from_slice(body)?;
        let (mut created, mut errors) = (Vec::new(), Vec::new());
        for input in request.inputs {
            let event: Value = serde_json::from_str(input.get())?;
            let id = event["id"].as_str().ok_or("an event without an id")?;
            let error = match event["tokens"]["petKind"].as_str() {
                Some("dog") if self.events.contains_key(id) => "Event ID already in use",
                Some("dog") => {
                    self.events.insert(id.to_owned(), event);
                    created.push(serde_json::from_str::<Input<'_>>(input.get())?);
                    continue;
                }
                _ => "The value of petKind is not one of the options",
            };
            errors.push(json!({
                "status": "error",
                "category": "VALIDATION_ERROR",
                "message": error,
                "context": {},
                "errors": [],
                "links": {},
            }));
        }
        if errors.is_empty() {
            write_answer(&created, "", answer)?;
            return Ok("201 Created");
        }
        let mut keys = Vec::new();
        write!(keys, r#","numErrors":{},"errors":"#, errors.len())?;
        serde_json::to_writer(&mut keys, &errors)?;
        write_answer(&created, &String::from_utf8(keys)?, answer)?;
        Ok("207 Multi-Status")
    }
}

fn refuse(category: &str, message: &str, answer: &mut Vec<u8>) -> Result<()> {
    let body = json!({
        "status": "error",
        "category": category,
        "message": message,
        "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf",
    });
    Ok(serde_json::to_writer(answer, &body)?)
}
