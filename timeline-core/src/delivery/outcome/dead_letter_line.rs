//! One line of a file of dead letters: a dead letter, a sealed event, or a plain v3 event, checked as an event is that is sent. What is
//! wrong is said with the field's name, and never with its value.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::delivery::outcome::dead_letters::DeadLetterOutcome;
use crate::event::{IdOrigin, SEALED_VERSION, SealedEvent, SealedTemplate};
use crate::limits;
use crate::token::{Iso8601, check_name};
use crate::wire::write_sealed;

/// A line whose event can be sent.
#[derive(Debug, PartialEq)]
pub(in crate::delivery) struct Line<'l> {
    pub(in crate::delivery) index: Option<u64>,
    pub(in crate::delivery) portal_id: Option<u64>,
    pub(in crate::delivery) template_id: String,
    pub(in crate::delivery) id: String,
    pub(in crate::delivery) id_origin: IdOrigin,
    pub(in crate::delivery) ended: Option<DeadLetterOutcome>,
    /// It still has the id of another event of its call.
    pub(in crate::delivery) same_id_twice: bool,
    /// Its time is that of a call, and not the event's own.
    pub(in crate::delivery) is_stamped: bool,
    /// As it is in the line.
    pub(in crate::delivery) given: &'l str,
    /// With a template and a time.
    pub(in crate::delivery) json: Cow<'l, str>,
}

/// What is wrong with a line, to be read behind its number.
#[derive(Debug, PartialEq)]
pub(in crate::delivery) struct LineError {
    /// The event's id, if it has one.
    pub(in crate::delivery) id: Option<String>,
    pub(in crate::delivery) reason: String,
}

impl<T: Into<String>> From<T> for LineError {
    fn from(reason: T) -> Self {
        LineError {
            id: None,
            reason: reason.into(),
        }
    }
}

/// Reads a line. The ids of templates that go by name are looked up; an event without a time gets this one, in
/// milliseconds since 1970.
pub(in crate::delivery) fn parse<'l>(
    line: &'l [u8],
    template_id: impl Fn(&str) -> Option<String>,
    now: i64,
) -> Result<Line<'l>, LineError> {
    // A file can be UTF-16 from some line on, after a shell has appended to it.
    if line.contains(&0) {
        return Err("has NUL bytes, as UTF-16 has: write the file as UTF-8".into());
    }
    let text = str::from_utf8(line)
        .map_err(|error| format!("is no UTF-8 from byte {} on", error.valid_up_to() + 1))?;
    let value: &RawValue = serde_json::from_str(text).map_err(|error| syntax(&error))?;
    let mut line = Object::read("", value).map_err(|kind| match kind {
        ObjectError::Other(kind) => {
            format!("is {kind}: expected an object, one event in each line")
        }
        ObjectError::Twice(key) => format!("has `{key}` twice"),
    })?;
    let version: Option<u64> = line.read_as("version", "a whole number")?;
    if let Some(newer) = version.filter(|version| *version > SEALED_VERSION) {
        return Err(format!(
            "is in version {newer} of its format, and this program reads version {SEALED_VERSION}: update it"
        )
        .into());
    }
    if version.is_some() && line.get("outcome").is_none() {
        sealed(value, template_id)
    } else if line.get("outcome").is_some() || line.get("event").is_some() {
        line.takes_null = true;
        letter(&line, template_id, now)
    } else if line.get("eventTemplateId").is_some() {
        event("", value, None, now).map(|event| Line {
            index: None,
            portal_id: None,
            template_id: event.template_id,
            id: event.id,
            // Nothing is presumed.
            id_origin: IdOrigin::User,
            ended: None,
            same_id_twice: false,
            is_stamped: event.is_stamped,
            given: value.get(),
            json: event.json,
        })
    } else if line.get("inputs").is_some() || line.get("results").is_some() {
        Err("is a whole request or answer: expected one event in each line".into())
    } else {
        Err(
            "is neither a dead letter, which has an `outcome`, nor an event, which has an `eventTemplateId`"
                .into(),
        )
    }
}

/// A sealed event, which no call has tried to send.
fn sealed<'l>(
    value: &'l RawValue,
    template_id: impl Fn(&str) -> Option<String>,
) -> Result<Line<'l>, LineError> {
    let mut event = SealedEvent::from_json(value.get().as_bytes())
        .map_err(|error| format!("cannot be sent: {error}"))?;
    if let SealedTemplate::Name(name) = &event.template {
        let id = template_id(name).ok_or_else(|| LineError {
            id: Some(event.id.to_string()),
            reason: unknown_template(name),
        })?;
        event.template = SealedTemplate::Id(id.into());
    }
    let mut json = Vec::new();
    write_sealed(&event, &mut json);
    let json = String::from_utf8(json).map_err(|_| "is no UTF-8")?;
    Ok(Line {
        index: None,
        portal_id: event.portal_id,
        template_id: event.template.text().to_string(),
        id: event.id.to_string(),
        id_origin: event.id_origin,
        ended: None,
        same_id_twice: false,
        is_stamped: event.is_stamped,
        given: value.get(),
        json: json.into(),
    })
}

fn unknown_template(name: &str) -> String {
    format!(
        "the client knows no id for its template {name:?}: add it with `.template_ids(…)` on the client's builder"
    )
}

fn letter<'l>(
    line: &Object<'l>,
    template_id: impl Fn(&str) -> Option<String>,
    now: i64,
) -> Result<Line<'l>, LineError> {
    let text = |key| line.text(key);
    let written = text("id")?.map(Cow::into_owned);
    let with_id = |mut wrong: LineError| {
        wrong.id = wrong.id.or_else(|| written.clone());
        wrong
    };
    let ended = match text("outcome")?.as_deref() {
        Some("rejected") => DeadLetterOutcome::Rejected,
        Some("notSent") => DeadLetterOutcome::NotSent,
        Some("unknown") => DeadLetterOutcome::Unknown,
        Some(_) => return Err("`outcome` must be `rejected`, `notSent` or `unknown`".into()),
        None => return Err("has no `outcome`".into()),
    };
    let reason: Option<String> = line.read_as("reason", "a text")?;
    let reason = reason.unwrap_or_else(|| "it has no `event`".to_owned());
    let id_origin = match text("idOrigin")?.as_deref() {
        Some("made") => IdOrigin::Made,
        Some("keyed") => IdOrigin::Keyed,
        Some("user") | None => IdOrigin::User,
        Some(_) => return Err("`idOrigin` must be `made`, `keyed` or `user`".into()),
    };
    let index: Option<u64> = line.read_as("index", "a whole number")?;
    let portal_id: Option<u64> = line.read_as("portalId", "a whole number")?;
    let same_id_twice: Option<bool> = line.read_as("sameIdTwice", "`true` or `false`")?;
    let stamped: Option<bool> = line.read_as("stamped", "`true` or `false`")?;
    let Some(given) = line.get("event") else {
        return Err(with_id(reason.into()));
    };
    let missing: Option<Vec<String>> = line.read_as("missing", "a list of texts")?;
    if let Some(name) = still_missing(given, missing.unwrap_or_default()) {
        let event = Object::read("event.", given).ok();
        let id = event.and_then(|event| event.text("id").ok()?.map(Cow::into_owned));
        let reason = format!(
            "{reason}: `event.{name}` is still missing; put it in, or take it out of the line's `missing`"
        );
        return Err(with_id(LineError { id, reason }));
    }
    // A name is looked up only where the event has no id of its own.
    let template = text("template")?;
    let template_id = template.as_deref().and_then(template_id);
    let has_template =
        Object::read("", given).is_ok_and(|event| event.get("eventTemplateId").is_some());
    if let (Some(name), None, false) = (&template, &template_id, has_template) {
        return Err(with_id(unknown_template(name).into()));
    }
    let event = event("event.", given, template_id, now).map_err(with_id)?;
    // An id that was put in by hand is the user's own, and its event one of its own.
    let keeps_id = written.as_deref() == Some(&*event.id);
    let same_id_twice = same_id_twice.unwrap_or_default() && keeps_id;
    let id_origin = if keeps_id { id_origin } else { IdOrigin::User };
    Ok(Line {
        index,
        portal_id,
        template_id: event.template_id,
        id: event.id,
        id_origin,
        ended: Some(ended),
        same_id_twice,
        is_stamped: stamped.unwrap_or_default() || event.is_stamped,
        given: given.get(),
        json: event.json,
    })
}

/// The first of these that the event does not have.
fn still_missing(event: &RawValue, missing: Vec<String>) -> Option<String> {
    // What is no object is refused with other words.
    let event = Object::read("", event).ok()?;
    let tokens = event.get("tokens").map(|tokens| Object::read("", tokens));
    let tokens = tokens.and_then(Result::ok);
    missing.into_iter().find(|name| {
        let found = match name.strip_prefix("tokens.") {
            Some(token) => tokens.as_ref().and_then(|tokens| tokens.get(token)),
            None => event.get(name),
        };
        found.is_none()
    })
}

struct Checked<'l> {
    template_id: String,
    id: String,
    is_stamped: bool,
    json: Cow<'l, str>,
}

/// An event that is fit to be sent. The same is asked of an `EventInput`.
fn event<'l>(
    at: &'static str,
    value: &'l RawValue,
    template: Option<String>,
    now: i64,
) -> Result<Checked<'l>, LineError> {
    let name = at.trim_end_matches('.');
    let event = Object::read(at, value).map_err(|kind| match kind {
        ObjectError::Other(kind) => format!("`{name}` is {kind}: expected an object"),
        ObjectError::Twice(key) => format!("`{at}{key}` stands there twice"),
    })?;
    let id = event.text("id")?.map(Cow::into_owned);
    let with_id = |mut wrong: LineError| {
        let is_short = |id: &String| id.len() <= limits::EVENT_ID_BYTES;
        wrong.id = id.clone().filter(is_short);
        wrong
    };
    let checked = check(at, value, &event, template, now);
    let (template_id, json) = checked.map_err(with_id)?;
    match id {
        Some(id) => Ok(Checked {
            template_id,
            id,
            is_stamped: event.get("timestamp").is_none(),
            json,
        }),
        None => Err(format!(
            "has no `{at}id`: give it one, or the same line sent again would make a second event"
        )
        .into()),
    }
}

fn check<'l>(
    at: &'static str,
    value: &'l RawValue,
    event: &Object<'l>,
    template: Option<String>,
    now: i64,
) -> Result<(String, Cow<'l, str>), LineError> {
    let mut missing = String::new();
    let template_id = match (event.text("eventTemplateId")?, template) {
        (Some(id), _) => id.into_owned(),
        (None, Some(id)) => {
            missing += &format!("\"eventTemplateId\":{},", quoted(&id));
            id
        }
        (None, None) => return Err(format!("has no `{at}eventTemplateId`").into()),
    };
    if let Some(id) = event.text("id")? {
        if id.len() > limits::EVENT_ID_BYTES {
            let (bytes, most) = (id.len(), limits::EVENT_ID_BYTES);
            return Err(format!("`{at}id` has {bytes} bytes; HubSpot allows {most}").into());
        }
        if id.contains("{{uuid}}") {
            return Err(format!(
                "`{at}id` contains `{{{{uuid}}}}`, which HubSpot replaces anew on every try: a retry would make a second event"
            )
            .into());
        }
    }
    let mut identified = false;
    for key in ["email", "utk", "objectId"] {
        let identifier = event.text(key)?;
        if identifier
            .as_ref()
            .is_some_and(|text| text.trim().is_empty())
        {
            return Err(is_empty(at, key));
        }
        identified |= identifier.is_some();
    }
    for key in ["domain", "customObjectTypeId"] {
        event.text(key)?;
    }
    if !identified {
        let keys = format!("an `{at}email`, a `{at}utk` or an `{at}objectId`");
        return Err(format!("names no record: it needs {keys}").into());
    }
    match event.get("timestamp") {
        Some(timestamp) if is_timestamp(timestamp) => {}
        Some(_) => {
            return Err(format!(
                "`{at}timestamp` is no date: expected ISO-8601, as in `2026-08-01T12:00:00.000Z`, or milliseconds since 1970"
            )
            .into());
        }
        None => {
            if let Some(now) = Iso8601::new(now) {
                missing += &format!("\"timestamp\":\"{now}\",");
            }
        }
    }
    match event.get("tokens") {
        Some(tokens) => check_tokens(at, tokens)?,
        None => return Err(format!("has no `{at}tokens`: without any they are `{{}}`").into()),
    }
    if let Some(iframe) = event.get("timelineIFrame") {
        check_iframe(at, iframe)?;
    }
    let mut json = Cow::Borrowed(value.get());
    if !missing.is_empty() {
        // There is a key at least, and so a comma fits.
        json = json.replacen('{', &format!("{{{missing}"), 1).into();
    }
    // Between values only; an event is one line, also where lines end otherwise.
    if json.contains(['\r', '\n']) {
        json = json.replace(['\r', '\n'], " ").into();
    }
    if json.len() > limits::EVENT_BYTES {
        let (bytes, most) = (json.len(), limits::EVENT_BYTES);
        return Err(format!("its event takes {bytes} bytes; HubSpot allows {most}").into());
    }
    Ok((template_id, json))
}

fn check_tokens(at: &str, value: &RawValue) -> Result<(), LineError> {
    let tokens = Object::read("", value).map_err(|kind| match kind {
        ObjectError::Other(kind) => format!("`{at}tokens` is {kind}: expected an object"),
        ObjectError::Twice(name) => format!("token `{name}` in `{at}tokens` is set twice"),
    })?;
    let (count, most) = (tokens.entries.len(), limits::TOKENS_PER_TEMPLATE);
    if count > most {
        return Err(format!("`{at}tokens` has {count}; a template has at most {most}").into());
    }
    for (name, value) in &tokens.entries {
        check_name(name).map_err(|error| format!("in `{at}tokens`: {error}"))?;
        // Numbers are sent by other clients, and come back as texts.
        let bytes = match kind_of(value) {
            Kind::Text if serde_json::from_str::<Cow<'_, str>>(value.get()).is_ok() => {
                value.get().len() - 2
            }
            Kind::Number | Kind::Bool => value.get().len(),
            Kind::Null => {
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

fn check_iframe(at: &str, value: &RawValue) -> Result<(), LineError> {
    let iframe = Object::read("timelineIFrame.", value).map_err(|kind| match kind {
        ObjectError::Other(kind) => format!("`{at}timelineIFrame` is {kind}: expected an object"),
        ObjectError::Twice(key) => format!("`{at}timelineIFrame.{key}` stands there twice"),
    })?;
    for key in ["linkLabel", "headerLabel", "url"] {
        if iframe
            .get(key)
            .is_none_or(|value| kind_of(value) != Kind::Text)
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

/// ISO-8601 is looked at no further than that it begins with a date: HubSpot reads more forms of it than we write.
fn is_timestamp(value: &RawValue) -> bool {
    let is_milliseconds = |text: &str| text.parse::<i64>().is_ok();
    match kind_of(value) {
        Kind::Number => is_milliseconds(value.get()),
        Kind::Text => {
            let text: Cow<'_, str> = serde_json::from_str(value.get()).unwrap_or_default();
            let mut date = text.bytes().take(10).enumerate();
            let is_date = text.len() >= 10
                && date.all(|(place, byte)| match place {
                    4 | 7 => byte == b'-',
                    _ => byte.is_ascii_digit(),
                });
            is_date || is_milliseconds(&text)
        }
        _ => false,
    }
}

fn is_empty(at: &str, key: &str) -> LineError {
    format!("`{at}{key}` is empty: give it a value, or leave it out").into()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// serde_json's words for what is no JSON quote nothing; its place is said in one line.
fn syntax(error: &serde_json::Error) -> LineError {
    if error.is_eof() {
        return "is cut off, or goes on in the next line: a dead letter is one line".into();
    }
    let text = error.to_string();
    let what = match text.rsplit_once(" at line ") {
        Some(("trailing characters", _)) => "each event needs a line of its own",
        Some((what, _)) => what,
        None => &*text,
    };
    format!("is no JSON at column {}: {what}", error.column()).into()
}

/// An object's keys and values, the values not decoded yet.
struct Object<'l> {
    /// What stands before its keys in a message.
    at: &'static str,
    /// Whether `null` counts as absent.
    takes_null: bool,
    entries: Vec<(Cow<'l, str>, &'l RawValue)>,
}

/// Why a value is no object that can be read.
enum ObjectError {
    Other(Kind),
    /// Which of the values HubSpot would take is unknown.
    Twice(String),
}

impl<'l> Object<'l> {
    fn read(at: &'static str, value: &'l RawValue) -> Result<Self, ObjectError> {
        struct Entries;

        impl<'l> Visitor<'l> for Entries {
            type Value = Vec<(Cow<'l, str>, &'l RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Text(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(entries)
            }
        }

        let mut json = serde_json::Deserializer::from_str(value.get());
        let entries = json.deserialize_map(Entries);
        let entries = entries.map_err(|_| ObjectError::Other(kind_of(value)))?;
        let mut keys: Vec<&str> = entries.iter().map(|(key, _)| &**key).collect();
        keys.sort_unstable();
        let twice = keys.iter().zip(keys.iter().skip(1));
        let mut twice = twice.filter(|(one, other)| one == other);
        match twice.next() {
            Some((key, _)) => Err(ObjectError::Twice((*key).to_owned())),
            None => Ok(Object {
                at,
                takes_null: false,
                entries,
            }),
        }
    }

    fn get(&self, key: &str) -> Option<&'l RawValue> {
        let entry = self.entries.iter().find(|(name, _)| name == key);
        entry.map(|(_, value)| *value)
    }

    /// A text that is not empty.
    fn text(&self, key: &str) -> Result<Option<Cow<'l, str>>, LineError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let at = self.at;
        match kind_of(value) {
            Kind::Text => {}
            Kind::Null if self.takes_null => return Ok(None),
            Kind::Null => return Err(format!("`{at}{key}` is null: leave it out").into()),
            kind => return Err(format!("`{at}{key}` is {kind}: expected a text").into()),
        }
        let text: Cow<'l, str> = serde_json::from_str(value.get())
            .map(|Text(text)| text)
            .map_err(|_| format!("`{at}{key}` is no valid text"))?;
        if text.is_empty() {
            return Err(is_empty(at, key));
        }
        Ok(Some(text))
    }

    fn read_as<T: Deserialize<'l>>(&self, key: &str, what: &str) -> Result<Option<T>, LineError> {
        let value: Option<Option<T>> = self
            .get(key)
            .map(|value| serde_json::from_str(value.get()))
            .transpose()
            .map_err(|_| format!("`{}{key}` must be {what}", self.at))?;
        Ok(value.flatten())
    }
}

/// Borrowed where it can be.
#[derive(Deserialize)]
struct Text<'l>(#[serde(borrow)] Cow<'l, str>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Number,
    Text,
    List,
    Object,
}

/// JSON that is known to be sound tells what it is by its first byte.
fn kind_of(value: &RawValue) -> Kind {
    match value.get().as_bytes().first() {
        Some(b'n') => Kind::Null,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'"') => Kind::Text,
        Some(b'[') => Kind::List,
        Some(b'{') => Kind::Object,
        _ => Kind::Number,
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Null => "null",
            Kind::Bool => "a `bool`",
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::List => "a list",
            Kind::Object => "an object that cannot be read",
        })
    }
}

#[cfg(test)]
mod tests;
