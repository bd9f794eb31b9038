//! Reads v3 answers whole: an event, a batch's answer, an error. Unlike `answer`, which reads what decides over events
//! and skips the rest, this keeps every field. A field of another type than HubSpot's page says spoils nothing: it is
//! kept as it is, beside the typed ones.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::mem::size_of;

use serde_json::{Number, Value};

use super::json::{elements, entries, utf8};
use crate::error::ResponseError;
use crate::event::TimelineIFrame;
use crate::template::ObjectType;
use crate::wire::{BatchResponse, BatchStatus, EventRecord};

/// The depth to which errors inside errors are typed. Deeper ones are kept as JSON. HubSpot's own are one deep.
const DEEPEST: u8 = 16;

impl EventRecord {
    /// The answer to reading one event. `None` if the bytes are not a JSON object.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(&utf8(bytes), &Budget::new())
    }

    fn read(json: &str, budget: &Budget) -> Option<Self> {
        let mut fields = Fields::of(json, budget)?;
        let object_type = fields.text("objectType").unwrap_or_default();
        Some(EventRecord {
            id: fields.text("id").unwrap_or_default(),
            event_template_id: fields.text("eventTemplateId").unwrap_or_default(),
            object_type: ObjectType::from(&*object_type),
            tokens: fields.texts("tokens"),
            created_at: fields.text("createdAt"),
            custom_object_type_id: fields.text("customObjectTypeId"),
            domain: fields.text("domain"),
            email: fields.text("email"),
            extra_data: fields.any("extraData"),
            object_id: fields.text("objectId"),
            timeline_iframe: fields.take("timelineIFrame", |json| {
                serde_json::from_str::<TimelineIFrame<'static>>(json).ok()
            }),
            timestamp: fields.text("timestamp"),
            utk: fields.text("utk"),
            other: fields.rest(),
        })
    }
}

impl BatchResponse {
    /// The answer to a batch. `None` if the bytes are not a JSON object: cut off, missing, or not HubSpot's.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (text, budget) = (utf8(bytes), Budget::new());
        let mut fields = Fields::of(&text, &budget)?;
        Some(BatchResponse {
            status: BatchStatus::from(fields.text("status").unwrap_or_default()),
            results: fields.list("results", |json| EventRecord::read(json, &budget)),
            started_at: fields.text("startedAt").unwrap_or_default(),
            completed_at: fields.text("completedAt").unwrap_or_default(),
            requested_at: fields.text("requestedAt"),
            links: fields.texts("links"),
            num_errors: fields.take("numErrors", |json| serde_json::from_str(json).ok()),
            errors: fields.list("errors", |json| ResponseError::read(json, &budget, 0)),
            other: fields.rest(),
        })
    }
}

impl ResponseError {
    /// The body of a refusal. `None` if the bytes are not a JSON object, as from a proxy in between.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(&utf8(bytes), &Budget::new(), 0)
    }

    fn read(json: &str, budget: &Budget, depth: u8) -> Option<Self> {
        let mut fields = Fields::of(json, budget)?;
        let errors = if depth < DEEPEST {
            fields.list("errors", |json| {
                ResponseError::read(json, budget, depth + 1)
            })
        } else {
            Vec::new()
        };
        Some(ResponseError {
            status: fields.text("status").unwrap_or_default(),
            category: fields.text("category").unwrap_or_default(),
            sub_category: fields.any("subCategory"),
            message: fields.text("message").unwrap_or_default(),
            id: fields.text("id"),
            code: fields.text("code"),
            in_field: fields.text("in"),
            correlation_id: fields.text("correlationId"),
            context: fields
                .map("context", |json| all_texts(json, budget))
                .unwrap_or_default(),
            links: fields.texts("links"),
            errors,
            other: fields.rest(),
        })
    }
}

/// The memory that an answer may still take, in bytes: without a limit, four megabytes of the smallest values would take a
/// hundred.
struct Budget(Cell<usize>);

impl Budget {
    /// HubSpot's own answers take a few times their length, far less than this.
    const BYTES: usize = 32 * 1024 * 1024;

    /// An entry of a map: its key and its value without their texts.
    const ENTRY: usize = 120;

    /// A value of JSON, likewise.
    const VALUE: usize = 48;

    fn new() -> Self {
        Budget(Cell::new(Self::BYTES))
    }

    /// `None` if there is not so much left.
    fn spend(&self, bytes: usize) -> Option<()> {
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.unwrap_or(0));
        left.map(drop)
    }
}

/// An object's fields that have not been taken yet. If a key comes twice, the last value counts.
struct Fields<'a, 'b> {
    fields: BTreeMap<&'a str, &'a str>,
    budget: &'b Budget,
}

impl<'a, 'b> Fields<'a, 'b> {
    /// `None` if it is no object, or has more fields than there is memory for.
    fn of(json: &'a str, budget: &'b Budget) -> Option<Self> {
        let mut fields = BTreeMap::new();
        let mut fits = Some(());
        entries(json, |key, value| {
            fits = fits.and_then(|()| budget.spend(Budget::VALUE));
            // `null` says the same as nothing.
            if fits.is_some() && value != "null" {
                fields.insert(key, value);
            } else {
                fields.remove(key);
            }
        })?;
        fits.map(|()| Fields { fields, budget })
    }

    /// Takes a field out if `read` can read it. Otherwise the field stays.
    fn take<T>(&mut self, key: &str, read: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        let value = read(self.fields.get(key)?)?;
        self.fields.remove(key);
        Some(value)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.take(key, text)
    }

    fn any(&mut self, key: &str) -> Option<Value> {
        let budget = self.budget;
        self.take(key, |json| Some(any(json, budget)))
    }

    /// Takes an object out if `read` can read all its values.
    fn map<T>(
        &mut self,
        key: &str,
        mut read: impl FnMut(&'a str) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        let budget = self.budget;
        self.take(key, |json| {
            let mut map = Some(BTreeMap::new());
            entries(json, |name, value| {
                let entry = map.as_mut().filter(|_| value != "null").map(|map| {
                    budget.spend(Budget::ENTRY)?;
                    map.insert(unescaped(name), read(value)?);
                    Some(())
                });
                if entry == Some(None) {
                    map = None;
                }
            })?;
            map
        })
    }

    /// An object of texts. A value that is no text is given as its JSON.
    fn texts(&mut self, key: &str) -> BTreeMap<String, String> {
        let texts = self.map(key, |json| {
            Some(text(json).unwrap_or_else(|| json.to_owned()))
        });
        texts.unwrap_or_default()
    }

    /// A list of objects. A list with anything else in it stays as it is.
    fn list<T>(&mut self, key: &str, mut read: impl FnMut(&'a str) -> Option<T>) -> Vec<T> {
        let budget = self.budget;
        let list = self.take(key, |json| {
            let mut list = Some(Vec::new());
            elements(Some(json), |element| {
                let added = list.as_mut().map(|list| {
                    // A list that grows may have room for as many elements again.
                    budget.spend(2 * size_of::<T>())?;
                    list.push(read(element)?);
                    Some(())
                });
                if added == Some(None) {
                    list = None;
                }
            })?;
            list
        });
        list.unwrap_or_default()
    }

    /// The fields that have not been taken.
    fn rest(self) -> BTreeMap<String, Value> {
        let budget = self.budget;
        let rest = self.fields.into_iter();
        rest.map(|(key, value)| (unescaped(key), any(value, budget)))
            .collect()
    }
}

/// A text, or a number where a text is expected: ids have been seen as both.
fn text(json: &str) -> Option<String> {
    if let Ok(text) = serde_json::from_str(json) {
        return Some(text);
    }
    serde_json::from_str::<Number>(json)
        .ok()
        .map(|number| number.to_string())
}

/// The texts of a list, or one that stands alone. What is no text is given as its JSON.
fn all_texts(json: &str, budget: &Budget) -> Option<Vec<String>> {
    let given = |json: &str| text(json).unwrap_or_else(|| json.to_owned());
    let mut texts = Some(Vec::new());
    let list = elements(Some(json), |element| {
        match (&mut texts, budget.spend(Budget::VALUE)) {
            (Some(texts), Some(())) => texts.push(given(element)),
            (texts, _) => *texts = None,
        }
    });
    match list {
        Some(()) => texts,
        None => Some(vec![given(json)]),
    }
}

/// Any value. A value that no [`Value`] can hold, since it is nested too deep or half of a character is missing, or that
/// there is no memory for, is given as the text of its JSON.
fn any(json: &str, budget: &Budget) -> Value {
    budget
        .spend(Budget::VALUE.saturating_mul(count(json)))
        .and_then(|()| serde_json::from_str(json).ok())
        .unwrap_or_else(|| Value::String(json.to_owned()))
}

/// At least as many as there are values and keys in the JSON: marks inside texts are counted, too.
fn count(json: &str) -> usize {
    let marks = json.bytes().filter(|byte| b"[{:,".contains(byte));
    1 + marks.count()
}

/// Decodes the escapes of a key, which is given as it was written between its quotes.
fn unescaped(key: &str) -> String {
    if !key.contains('\\') {
        return key.to_owned();
    }
    serde_json::from_str(&format!("\"{key}\"")).unwrap_or_else(|_| key.to_owned())
}

#[cfg(test)]
mod tests;
