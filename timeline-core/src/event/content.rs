//! An event's content: the parts that both of HubSpot's APIs take in the same JSON, encoded once.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::invalid::Kind;
use super::json_object::{JsonKind, Object, ObjectError, ReadError, Text, is_empty};
use crate::limits;
use crate::token::check_name;

/// An event's identifiers, domain, tokens, extra data and iframe, as one JSON object with these keys in this order. The
/// template, the id and the time are not in it, since each API writes them in its own way.
///
/// Equal bytes make it equal here. Whether two events are one, `delivery/intake/identity.rs` says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Content {
    json: Arc<[u8]>,
    /// Where the custom object's key begins, and where the tokens' key begins.
    custom_object: u32,
    tokens: u32,
}

/// The tokens' key in the content.
const TOKENS: &[u8] = b"\"tokens\":";

/// The custom object's key. It is the last one before the tokens.
const CUSTOM_OBJECT: &[u8] = b"\"customObjectTypeId\":";

impl Content {
    /// `custom_object` is where the custom object's key begins. Without a custom object it equals `tokens`, where the
    /// tokens' key begins.
    pub(crate) fn new(json: &[u8], custom_object: usize, tokens: usize) -> Self {
        debug_assert!(
            json.get(tokens..)
                .is_some_and(|rest| rest.starts_with(TOKENS))
        );
        // A longer event is refused, so every place fits.
        let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Content {
            json: json.into(),
            custom_object: place(custom_object),
            tokens: place(tokens),
        }
    }

    /// The whole object.
    pub(crate) fn json(&self) -> &[u8] {
        &self.json
    }

    /// What stands before the tokens, each key with its value and a comma.
    pub(crate) fn before_tokens(&self) -> &[u8] {
        self.json.get(1..self.tokens as usize).unwrap_or_default()
    }

    /// The same without the custom object.
    pub(crate) fn identifiers(&self) -> &[u8] {
        let end = self.custom_object as usize;
        self.json.get(1..end).unwrap_or_default()
    }

    /// The custom object's type id or name, as JSON.
    pub(crate) fn custom_object(&self) -> Option<&[u8]> {
        let (start, end) = (self.custom_object as usize, self.tokens as usize);
        let value = self.json.get(start..end)?.strip_prefix(CUSTOM_OBJECT)?;
        value.strip_suffix(b",")
    }

    /// From the tokens' value to the end of the object: `{"name":"value"},"extraData":…}`.
    pub(crate) fn tokens_and_after(&self) -> &[u8] {
        let rest = self.json.get(self.tokens as usize..).unwrap_or_default();
        rest.strip_prefix(TOKENS).unwrap_or(rest)
    }

    /// Reads the content of an event in JSON. Checks it like an event that is sent. `at` stands before the keys in a
    /// message.
    ///
    /// The keys in `head` are left out of the content. Unknown keys are kept as they are.
    pub(crate) fn read(at: &str, event: &Object<'_>, head: &[&str]) -> Result<Content, ReadError> {
        check_content(at, event)?;
        let mut json = vec![b'{'];
        let (mut custom_object, mut tokens) = (None, 0);
        for key in IDENTIFIERS.into_iter().chain(BESIDE).chain(["tokens"]) {
            if let Some(value) = event.get(key) {
                tokens = json.len() + usize::from(json.len() > 1);
                if key == "customObjectTypeId" {
                    custom_object = Some(tokens);
                }
                push(key, value, &mut json);
            }
        }
        let is_written = |key: &str| {
            key == "tokens"
                || IDENTIFIERS.contains(&key)
                || BESIDE.contains(&key)
                || head.contains(&key)
        };
        for (key, value) in event.entries() {
            if !is_written(key) {
                push(key, value, &mut json);
            }
        }
        json.push(b'}');
        Ok(Content::new(&json, custom_object.unwrap_or(tokens), tokens))
    }
}

const IDENTIFIERS: [&str; 3] = ["email", "utk", "objectId"];
const BESIDE: [&str; 2] = ["domain", "customObjectTypeId"];

/// Checks the content of an event in JSON like that of an event that is sent.
pub(crate) fn check_content(at: &str, event: &Object<'_>) -> Result<(), ReadError> {
    let mut identified = false;
    for key in IDENTIFIERS {
        let identifier = event.text(key)?;
        if identifier
            .as_ref()
            .is_some_and(|text| text.trim().is_empty())
        {
            return Err(is_empty(at, key));
        }
        identified |= identifier.is_some();
    }
    for key in BESIDE {
        event.text(key)?;
    }
    if !identified {
        let keys = format!("an `{at}email`, a `{at}utk` or an `{at}objectId`");
        return Err(format!("names no record: it needs {keys}").into());
    }
    match event.get("tokens") {
        Some(tokens) => check_tokens(at, tokens)?,
        None => {
            return Err(format!("has no `{at}tokens`: without any they are `{{}}`").into());
        }
    }
    if let Some(iframe) = event.get("timelineIFrame") {
        check_iframe(at, iframe)?;
    }
    Ok(())
}

/// Appends a key and its value, on one line: a line break can only stand between values.
fn push(key: &str, value: &RawValue, json: &mut Vec<u8>) {
    if json.len() > 1 {
        json.push(b',');
    }
    let written = serde_json::to_writer(&mut *json, key);
    debug_assert!(written.is_ok(), "a text is always JSON");
    json.push(b':');
    let bytes = value.get().bytes();
    json.extend(bytes.map(|byte| match byte {
        b'\n' | b'\r' => b' ',
        other => other,
    }));
}

fn check_tokens(at: &str, value: &RawValue) -> Result<(), ReadError> {
    let tokens = Object::read("", value).map_err(|error| match error {
        ObjectError::Other(kind) => format!("`{at}tokens` is {kind}: expected an object"),
        ObjectError::Twice(name) => format!("token `{name}` in `{at}tokens` is set twice"),
    })?;
    let (count, most) = (tokens.entries().len(), limits::TOKENS_PER_TEMPLATE);
    if count > most {
        return Err(format!("`{at}tokens` has {count}; a template has at most {most}").into());
    }
    for (name, value) in tokens.entries() {
        check_name(name).map_err(|error| format!("in `{at}tokens`: {error}"))?;
        // Numbers are sent by other clients, and come back as texts.
        let bytes = match JsonKind::of(value) {
            JsonKind::Text if serde_json::from_str::<Text<'_>>(value.get()).is_ok() => {
                value.get().len() - 2
            }
            JsonKind::Number | JsonKind::Bool => value.get().len(),
            JsonKind::Null => {
                return Err(format!("`{at}tokens.{name}` is null: leave it out").into());
            }
            kind => {
                return Err(format!("`{at}tokens.{name}` is {kind}: expected a text").into());
            }
        };
        if bytes > limits::TOKEN_BYTES {
            let most = limits::TOKEN_BYTES;
            return Err(
                format!("`{at}tokens.{name}` takes {bytes} bytes; HubSpot allows {most}").into(),
            );
        }
    }
    Ok(())
}

fn check_iframe(at: &str, value: &RawValue) -> Result<(), ReadError> {
    let iframe = Object::read("timelineIFrame.", value).map_err(|error| match error {
        ObjectError::Other(kind) => format!("`{at}timelineIFrame` is {kind}: expected an object"),
        ObjectError::Twice(key) => format!("`{at}timelineIFrame.{key}` stands there twice"),
    })?;
    for key in ["linkLabel", "headerLabel", "url"] {
        if iframe
            .get(key)
            .is_none_or(|value| JsonKind::of(value) != JsonKind::Text)
        {
            return Err(format!("`{at}timelineIFrame.{key}` must be a text").into());
        }
    }
    for key in ["width", "height"] {
        let size = iframe.get(key).map(|value| value.get().parse::<i32>());
        if !matches!(size, Some(Ok(0..))) {
            return Err(
                format!("`{at}timelineIFrame.{key}` must be a whole number of pixels").into(),
            );
        }
    }
    Ok(())
}

/// Checks an event's id in JSON like that of an event that is sent.
pub(crate) fn check_id(at: &str, id: &str) -> Result<(), ReadError> {
    match Kind::of_id(id) {
        None => Ok(()),
        Some(Kind::IdTooLong(bytes)) => {
            let most = limits::EVENT_ID_BYTES;
            Err(format!("`{at}id` has {bytes} bytes; HubSpot allows {most}").into())
        }
        Some(_) => Err(format!(
            "`{at}id` contains `{{{{uuid}}}}`, which HubSpot replaces anew on every try: a retry would make a second event"
        )
        .into()),
    }
}
