//! The body of a request to create events, as JSON. What is checked of its contents is in `check_event`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::missing::{missing, unset};
use super::refusal::{BodyStep, Refusal};
use super::rules::Rules;
use crate::event::TimelineIFrame;
use crate::limits;
use crate::token::read_iso8601;

/// The keys of one API's events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    /// The name of the event's type in the specification.
    event: &'static str,
    batch: &'static str,
    template: &'static str,
    tokens: &'static str,
    custom_object: &'static str,
}

/// The keys of v3.
pub(super) const V3: Keys = Keys {
    event: "TimelineEvent",
    batch: "BatchInputTimelineEvent",
    template: "eventTemplateId",
    tokens: "tokens",
    custom_object: "customObjectTypeId",
};

/// The keys of app events. The types' names are assumed.
pub(super) const APP_EVENTS: Keys = Keys {
    event: "AppEventOccurrence",
    batch: "BatchInputAppEventOccurrence",
    template: "eventTypeName",
    tokens: "properties",
    custom_object: "objectTypeFullyQualifiedName",
};

/// One event as it was sent. In app events its template is its event type.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub(super) template_id: String,
    pub(super) id: Option<String>,
    pub(super) email: Option<String>,
    pub(super) utk: Option<String>,
    pub(super) object_id: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) custom_object_type_id: Option<String>,
    /// Milliseconds since 1970.
    pub(super) timestamp: Option<i64>,
    pub(super) tokens: BTreeMap<String, String>,
    pub(super) extra_data: Option<Value>,
    pub(super) iframe: Option<TimelineIFrame<'static>>,
    /// Its size as compact JSON; 0 if the whole request is within the limit for one event.
    pub(super) bytes: usize,
}

/// The body as JSON.
pub(super) fn json(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Refusal::invalid(
            "INVALID_JSON",
            format!("Invalid input JSON on line {line}, column {column}"),
        )
    })
}

/// The events of a batch request. A key of the wrong type in one event refuses all.
pub(super) fn batch(body: &[u8], keys: Keys, rules: &Rules) -> Result<Vec<Incoming>, Refusal> {
    let measure = body.len() > limits::EVENT_BYTES;
    let inputs = inputs(json(body)?, keys).map_err(|refusal| refusal.in_body(body))?;
    let events = inputs.into_iter().enumerate().map(|(at, input)| {
        let inside = |refusal: Refusal| {
            let refusal = refusal.inside(BodyStep::At(at));
            refusal.inside(BodyStep::Key("inputs")).in_body(body)
        };
        event(input, keys, rules, measure).map_err(inside)
    });
    events.collect()
}

fn inputs(body: Value, of: Keys) -> Result<Vec<Value>, Refusal> {
    let Value::Object(mut keys) = body else {
        return Err(wrong_type("the body", "an object"));
    };
    match keys.remove("inputs") {
        Some(Value::Array(inputs)) => Ok(inputs),
        None | Some(Value::Null) => Err(missing(of.batch, &["inputs"])),
        Some(_) => Err(wrong_type("inputs", "a list")),
    }
}

/// The event of a request to create one.
pub(super) fn single(body: &[u8], keys: Keys, rules: &Rules) -> Result<Incoming, Refusal> {
    event(json(body)?, keys, rules, body.len() > limits::EVENT_BYTES)
        .map_err(|refusal| refusal.in_body(body))
}

fn event(input: Value, of: Keys, rules: &Rules, measure: bool) -> Result<Incoming, Refusal> {
    let bytes = if measure { size(&input) } else { 0 };
    let Value::Object(mut keys) = input else {
        return Err(wrong_type("an event", "an object"));
    };
    let template_id = text(&mut keys, of.template)?;
    let id = text(&mut keys, "id")?;
    let tokens = match keys.remove(of.tokens) {
        Some(Value::Object(tokens)) => Some(tokens),
        None | Some(Value::Null) => None,
        Some(_) => return Err(wrong_type(of.tokens, "an object")),
    };
    let unset = unset([
        (of.template, template_id.is_some()),
        ("id", id.is_some() || !rules.require_id),
        (of.tokens, tokens.is_some()),
    ]);
    let (Some(template_id), Some(tokens), []) = (template_id, tokens, &*unset) else {
        return Err(missing(of.event, &unset));
    };
    let tokens = tokens.into_iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        // Observed at HubSpot: a JSON number is taken and comes back as a string.
        Value::Number(number) => Ok((name, number.to_string())),
        _ => Err(wrong_type(&format!("{}.{name}", of.tokens), "a string")),
    });
    Ok(Incoming {
        template_id,
        id,
        tokens: tokens.collect::<Result<_, _>>()?,
        email: text(&mut keys, "email")?,
        utk: text(&mut keys, "utk")?,
        object_id: text(&mut keys, "objectId")?,
        domain: text(&mut keys, "domain")?,
        custom_object_type_id: text(&mut keys, of.custom_object)?,
        timestamp: timestamp(keys.remove("timestamp"), rules)?,
        extra_data: keys.remove("extraData").filter(|data| !data.is_null()),
        iframe: iframe(keys.remove("timelineIFrame"))
            .map_err(|refusal| refusal.inside(BodyStep::Key("timelineIFrame")))?,
        bytes,
    })
}

/// An optional text; `null` is the same as no key.
pub(super) fn text(keys: &mut Map<String, Value>, key: &str) -> Result<Option<String>, Refusal> {
    match keys.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong_type(key, "a string")),
    }
}

fn timestamp(value: Option<Value>, rules: &Rules) -> Result<Option<i64>, Refusal> {
    let in_utc = |text: &str| {
        let take = rules.timestamp_without_offset;
        take.then(|| read_iso8601(&format!("{text}Z"))).flatten()
    };
    let milliseconds = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => read_iso8601(&text)
            .or_else(|| in_utc(&text))
            .or_else(|| text.parse().ok()),
        Some(_) => None,
    };
    // A year with more than four digits cannot be written in an answer.
    let writable = milliseconds.and_then(crate::token::writable);
    let found =
        writable.ok_or_else(|| wrong_type("timestamp", "ISO-8601 or milliseconds since 1970"));
    found.map(Some)
}

fn iframe(value: Option<Value>) -> Result<Option<TimelineIFrame<'static>>, Refusal> {
    let mut keys = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(keys)) => keys,
        Some(_) => return Err(wrong_type("timelineIFrame", "an object")),
    };
    let link_label = text(&mut keys, "linkLabel")?;
    let header_label = text(&mut keys, "headerLabel")?;
    let url = text(&mut keys, "url")?;
    let (width, height) = (pixels(&mut keys, "width")?, pixels(&mut keys, "height")?);
    let unset = unset([
        ("linkLabel", link_label.is_some()),
        ("headerLabel", header_label.is_some()),
        ("url", url.is_some()),
        ("width", width.is_some()),
        ("height", height.is_some()),
    ]);
    let (Some(link_label), Some(header_label), Some(url), Some(width), Some(height)) =
        (link_label, header_label, url, width, height)
    else {
        return Err(missing("TimelineEventIFrame", &unset));
    };
    Ok(Some(TimelineIFrame {
        link_label: link_label.into(),
        header_label: header_label.into(),
        url: url.into(),
        width,
        height,
    }))
}

/// A width or height: an `int32` that is not negative.
fn pixels(keys: &mut Map<String, Value>, key: &str) -> Result<Option<u32>, Refusal> {
    let value = match keys.remove(key) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value,
    };
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    let fits = number.filter(|pixels| *pixels <= limits::IFRAME_PIXELS);
    let expected = format!(
        "a whole number of pixels, at most {}",
        limits::IFRAME_PIXELS
    );
    fits.map(Some).ok_or_else(|| wrong_type(key, &expected))
}

/// Bytes of the value as compact JSON.
pub(super) fn size(value: &impl serde::Serialize) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Cannot fail: the value comes from JSON, and `Count` takes all bytes.
    drop(serde_json::to_writer(&mut count, value));
    count.0
}

pub(super) fn wrong_type(what: &str, expected: &str) -> Refusal {
    Refusal::invalid("INVALID_TYPE", format!("{what} must be {expected}"))
}
