//! One line of a file of dead letters: a dead letter, a sealed event, or a plain v3 event, checked as an event is that is sent. What is
//! wrong is said with the field's name, and never with its value.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::delivery::outcome::dead_letters::DeadLetterOutcome;
use crate::event::{
    IdOrigin, JsonKind, Object, ObjectError, ReadError, SEALED_VERSION, SealedEvent,
    SealedTemplate, check_content, check_id,
};
use crate::limits;
use crate::token::Iso8601;
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

/// Reads a line. The ids of templates that go by name are looked up; an event without a time gets this one, in
/// milliseconds since 1970.
pub(in crate::delivery) fn parse<'l>(
    line: &'l [u8],
    template_id: impl Fn(&str) -> Option<String>,
    now: i64,
) -> Result<Line<'l>, ReadError> {
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
) -> Result<Line<'l>, ReadError> {
    let mut event = SealedEvent::from_json(value.get().as_bytes())
        .map_err(|error| format!("cannot be sent: {error}"))?;
    if let SealedTemplate::Name(name) = &event.template {
        let id = template_id(name).ok_or_else(|| ReadError {
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
) -> Result<Line<'l>, ReadError> {
    let text = |key| line.text(key);
    let written = text("id")?.map(Cow::into_owned);
    let with_id = |mut wrong: ReadError| {
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
        return Err(with_id(ReadError { id, reason }));
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
) -> Result<Checked<'l>, ReadError> {
    let name = at.trim_end_matches('.');
    let event = Object::read(at, value).map_err(|kind| match kind {
        ObjectError::Other(kind) => format!("`{name}` is {kind}: expected an object"),
        ObjectError::Twice(key) => format!("`{at}{key}` stands there twice"),
    })?;
    let id = event.text("id")?.map(Cow::into_owned);
    let with_id = |mut wrong: ReadError| {
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
) -> Result<(String, Cow<'l, str>), ReadError> {
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
        check_id(at, &id)?;
    }
    check_content(at, event)?;
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

/// ISO-8601 is looked at no further than that it begins with a date: HubSpot reads more forms of it than we write.
fn is_timestamp(value: &RawValue) -> bool {
    let is_milliseconds = |text: &str| text.parse::<i64>().is_ok();
    match JsonKind::of(value) {
        JsonKind::Number => is_milliseconds(value.get()),
        JsonKind::Text => {
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

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// serde_json's words for what is no JSON quote nothing; its place is said in one line.
fn syntax(error: &serde_json::Error) -> ReadError {
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

#[cfg(test)]
mod tests;
