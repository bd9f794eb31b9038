//! One line of a file of dead letters: a dead letter, a sealed event, or a plain v3 event. It is checked as every event
//! is before it is sent. An error names the wrong field, and never shows its value.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::delivery::outcome::dead_letter::write::{APP_EVENTS, DeadLetterOutcome};
use crate::event::{
    AppEventNames, Content, IdOrigin, Object, ObjectError, ReadError, SEALED_HEAD, SEALED_VERSION,
    SealedEvent, SealedTemplate, SealedTime, check_id, no_date,
};
use crate::limits;
use crate::wire::{Api, event_size};

/// A line whose event can be sent.
#[derive(Debug, PartialEq)]
pub(in crate::delivery) struct Line {
    pub(in crate::delivery) index: Option<u64>,
    pub(in crate::delivery) ended: Option<DeadLetterOutcome>,
    /// The API that it went through before.
    pub(in crate::delivery) api: Api,
    /// It still has the id of another event of its call.
    pub(in crate::delivery) same_id_twice: bool,
    pub(in crate::delivery) event: SealedEvent,
}

/// Reads a line. `find` looks up a template that is given by its name, or says why it is refused; an event without a time
/// gets the time `now`, in milliseconds since 1970.
pub(in crate::delivery) fn parse(
    line: &[u8],
    find: impl Fn(SealedTemplate) -> Result<SealedTemplate, String>,
    now: i64,
) -> Result<Line, ReadError> {
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
        sealed(value, find)
    } else if line.get("outcome").is_some() || line.get("event").is_some() {
        line.takes_null = true;
        letter(&line, find, now)
    } else if line.get("eventTemplateId").is_some() {
        event("", value, None, now).map(|event| Line {
            index: None,
            ended: None,
            api: Api::V3,
            same_id_twice: false,
            event,
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
fn sealed(
    value: &RawValue,
    find: impl Fn(SealedTemplate) -> Result<SealedTemplate, String>,
) -> Result<Line, ReadError> {
    let mut event = SealedEvent::from_json(value.get().as_bytes())
        .map_err(|error| format!("cannot be sent: {error}"))?;
    event.template = find(event.template).map_err(|reason| ReadError {
        id: Some(event.id.to_string()),
        reason,
    })?;
    Ok(Line {
        index: None,
        ended: None,
        api: Api::V3,
        same_id_twice: false,
        event,
    })
}

fn letter(
    line: &Object<'_>,
    find: impl Fn(SealedTemplate) -> Result<SealedTemplate, String>,
    now: i64,
) -> Result<Line, ReadError> {
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
    // The template or type name beside the event is looked up only if the event has no template id of its own.
    let has_template =
        Object::read("", given).is_ok_and(|event| event.get("eventTemplateId").is_some());
    let type_name = text("typeName")?;
    let template = match (text("template")?, &type_name) {
        _ if has_template => None,
        (Some(name), _) => Some(SealedTemplate::Name(name.into())),
        (None, Some(name)) => Some(SealedTemplate::TypeName((&**name).into())),
        (None, None) => None,
    };
    let template = template.map(find).transpose();
    let template = template.map_err(|reason| with_id(reason.into()))?;
    let mut event = event("event.", given, template, now).map_err(with_id)?;
    let is_alone = matches!(event.template, SealedTemplate::TypeName(_));
    let type_name = type_name.filter(|_| !is_alone);
    event.names = AppEventNames::new(type_name.as_deref(), text("objectTypeName")?.as_deref());
    // An id that was put in by hand is the user's own, and with it this line is a separate event.
    let keeps_id = written.as_deref() == Some(&*event.id);
    if keeps_id {
        event.id_origin = id_origin;
    }
    event.is_stamped |= stamped.unwrap_or_default();
    event.portal_id = portal_id;
    Ok(Line {
        index,
        ended: Some(ended),
        api: match text("api")?.as_deref() {
            Some(APP_EVENTS) => Api::AppEvents,
            _ => Api::V3,
        },
        same_id_twice: same_id_twice.unwrap_or_default() && keeps_id,
        event,
    })
}

/// The first of these keys that the event does not have.
fn still_missing(event: &RawValue, missing: Vec<String>) -> Option<String> {
    // An event that is not an object is refused later, with another message.
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

/// An event that is fit to be sent, as v3 takes it. It is checked as an `EventInput` is, but for the object type, which a
/// line does not have.
fn event(
    at: &'static str,
    value: &RawValue,
    template: Option<SealedTemplate>,
    now: i64,
) -> Result<SealedEvent, ReadError> {
    let name = at.trim_end_matches('.');
    let event = Object::read(at, value).map_err(|kind| match kind {
        ObjectError::Other(kind) => format!("`{name}` is {kind}: expected an object"),
        ObjectError::Twice(key) => format!("`{at}{key}` stands there twice"),
    })?;
    let id = event.text("id")?;
    let with_id = |mut wrong: ReadError| {
        let is_short = |id: &&str| id.len() <= limits::EVENT_ID_BYTES;
        wrong.id = id.as_deref().filter(is_short).map(str::to_owned);
        wrong
    };
    let read = || {
        let template = match (event.text("eventTemplateId")?, template) {
            (Some(id), _) => SealedTemplate::Id(id.into()),
            (None, Some(template)) => template,
            (None, None) => return Err(format!("has no `{at}eventTemplateId`").into()),
        };
        if let Some(id) = &id {
            check_id(at, id)?;
        }
        let content = Content::read(at, &event, &SEALED_HEAD)?;
        let timestamp = event.get("timestamp");
        let time = match timestamp {
            Some(timestamp) => SealedTime::read(timestamp).ok_or_else(|| no_date(at))?,
            None => SealedTime::Milliseconds(now),
        };
        let Some(id) = &id else {
            return Err(format!(
                "has no `{at}id`: give it one, or the same line sent again would make a second event"
            )
            .into());
        };
        let sealed = SealedEvent {
            template,
            names: None,
            id: (&**id).into(),
            // The user's own, unless the line says otherwise.
            id_origin: IdOrigin::User,
            time,
            is_stamped: timestamp.is_none(),
            portal_id: None,
            content,
        };
        match event_size(&sealed) {
            ..=limits::EVENT_BYTES => Ok(sealed),
            bytes => {
                let most = limits::EVENT_BYTES;
                Err(format!("its event takes {bytes} bytes; HubSpot allows {most}").into())
            }
        }
    };
    read().map_err(with_id)
}

/// The error of a line that is not JSON. serde_json's message quotes nothing of the line; the place is its column.
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
