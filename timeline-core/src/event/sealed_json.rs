//! The JSON of a sealed event, written and read.

use std::fmt;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::content::{Content, check_id};
use super::id_origin::IdOrigin;
use super::json_object::{Object, ObjectError, ReadError};
use super::sealed::{AppEventNames, SealedEvent, SealedTemplate, SealedTime};
use crate::limits;

/// The version of the format that is written, and the newest that is read.
pub(crate) const VERSION: u64 = 1;

/// The keys that stand beside the content. The content may have them, too, if the values are the same.
pub(crate) const HEAD: [&str; 3] = ["eventTemplateId", "id", "timestamp"];

/// A sealed event's JSON, or what there is of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SealedJson<'s> {
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_origin: Option<IdOrigin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) template: Option<&'s str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) template_is_name: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_type_name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) portal_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<&'s SealedTime>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) stamped: bool,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<&'s RawValue>,
}

impl<'s> SealedJson<'s> {
    pub(crate) fn new(sealed: &'s SealedEvent) -> serde_json::Result<Self> {
        Ok(SealedJson {
            version: VERSION,
            id: Some(&sealed.id),
            id_origin: Some(sealed.id_origin),
            template: match &sealed.template {
                SealedTemplate::Id(text) | SealedTemplate::Name(text) => Some(text),
                SealedTemplate::TypeName(_) => None,
            },
            type_name: sealed.type_name(),
            object_type_name: sealed.object_type_name(),
            template_is_name: matches!(sealed.template, SealedTemplate::Name(_)),
            portal_id: sealed.portal_id,
            timestamp: Some(&sealed.time),
            stamped: sealed.is_stamped,
            event: Some(serde_json::from_slice(sealed.content.json())?),
        })
    }
}

impl Serialize for SealedEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SealedJson::new(self)
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

/// Why JSON is no sealed event that can be sent. It names the key that is wrong, and never its value.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedEventError {
    reason: String,
    is_newer: bool,
}

impl SealedEventError {
    /// Whether it is a sealed event in a newer version of the format: a later version of this crate can read it.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        self.is_newer
    }
}

impl fmt::Display for SealedEventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sealed event {}", self.reason)
    }
}

crate::error::debug_as_text!(SealedEventError);

impl std::error::Error for SealedEventError {}

impl SealedEvent {
    /// Reads a sealed event from its JSON; what `Deserialize` does, with an error that tells a newer version of the format
    /// from everything else.
    ///
    /// # Errors
    ///
    /// [`SealedEventError`] for what is no sealed event, or one that could not be sent.
    pub fn from_json(json: &[u8]) -> Result<Self, SealedEventError> {
        let wrong = |reason: String| SealedEventError {
            reason,
            is_newer: false,
        };
        let value: &RawValue = serde_json::from_slice(json).map_err(|error| {
            // serde_json's error for a text that is no JSON quotes nothing of it.
            wrong(format!("is no JSON: {error}"))
        })?;
        let object = Object::read("", value).map_err(|error| {
            wrong(match error {
                ObjectError::Other(kind) => format!("is {kind}: expected an object"),
                ObjectError::Twice(key) => format!("has `{key}` twice"),
            })
        })?;
        match object.read_as::<u64>("version", "a whole number") {
            Ok(Some(newer)) if newer > VERSION => Err(SealedEventError {
                reason: format!(
                    "is in version {newer} of its format, and this program reads version {VERSION}: update it"
                ),
                is_newer: true,
            }),
            Ok(Some(VERSION)) => Self::read(&object).map_err(|error| {
                // A reason that begins with a verb about the event needs no colon.
                let verb = ["is ", "has ", "names "];
                wrong(
                    match verb.iter().any(|verb| error.reason.starts_with(verb)) {
                        true => error.reason,
                        false => format!("cannot be read: {}", error.reason),
                    },
                )
            }),
            Ok(Some(_)) => Err(wrong(format!("has a `version` that is not {VERSION}"))),
            Ok(None) => Err(wrong("has no `version`".to_owned())),
            Err(error) => Err(wrong(format!("cannot be read: {}", error.reason))),
        }
    }

    /// Reads version 1 of the format. Keys that are unknown are left to the caller.
    pub(crate) fn read(object: &Object<'_>) -> Result<Self, ReadError> {
        let has_no = |key: &str| ReadError::from(format!("has no `{key}`"));
        let id = object.text("id")?.ok_or_else(|| has_no("id"))?;
        check_id("", &id)?;
        let with_id = |mut error: ReadError| {
            error.id = Some(id.to_string());
            error
        };
        let read = || {
            let id_origin = match object.text("idOrigin")?.as_deref() {
                Some("made") => IdOrigin::Made,
                Some("keyed") => IdOrigin::Keyed,
                Some("user") => IdOrigin::User,
                Some(_) => return Err("`idOrigin` must be `made`, `keyed` or `user`".into()),
                None => return Err(has_no("idOrigin")),
            };
            let mut type_name = object.text("typeName")?;
            let flag = |key| object.read_as::<bool>(key, "`true` or `false`");
            let template = match (object.text("template")?, flag("templateIsName")?) {
                (Some(name), Some(true)) => SealedTemplate::Name(name.into()),
                (Some(id), _) => SealedTemplate::Id(id.into()),
                (None, _) => {
                    let name = type_name.take().ok_or_else(|| has_no("template"))?;
                    SealedTemplate::TypeName(name.into())
                }
            };
            let timestamp = object.get("timestamp").ok_or_else(|| has_no("timestamp"))?;
            let time = SealedTime::read(timestamp).ok_or_else(|| no_date(""))?;
            let event = object.get("event").ok_or_else(|| has_no("event"))?;
            let event = Object::read("event.", event).map_err(|error| match error {
                ObjectError::Other(kind) => format!("`event` is {kind}: expected an object"),
                ObjectError::Twice(key) => format!("`event.{key}` stands there twice"),
            })?;
            for (key, beside) in HEAD.into_iter().zip(["template", "id", "timestamp"]) {
                let differs =
                    |value: &RawValue| object.get(beside).map(RawValue::get) != Some(value.get());
                if event.get(key).is_some_and(differs) {
                    return Err(format!("`event.{key}` is not what `{beside}` says").into());
                }
            }
            let sealed = SealedEvent {
                template,
                names: AppEventNames::new(
                    type_name.as_deref(),
                    object.text("objectTypeName")?.as_deref(),
                ),
                id: (*id).into(),
                id_origin,
                time,
                is_stamped: flag("stamped")?.unwrap_or_default(),
                portal_id: object.read_as("portalId", "a whole number")?,
                content: Content::read("event.", &event, &HEAD)?,
            };
            let bytes = sealed.content.json().len();
            if bytes > limits::EVENT_BYTES {
                let most = limits::EVENT_BYTES;
                return Err(format!("`event` takes {bytes} bytes; HubSpot allows {most}").into());
            }
            Ok(sealed)
        };
        read().map_err(with_id)
    }
}

/// The error for a timestamp that is no date.
pub(crate) fn no_date(at: &str) -> ReadError {
    format!(
        "`{at}timestamp` is no date: expected ISO-8601, as in `2026-08-01T12:00:00.000Z`, or milliseconds since 1970"
    )
    .into()
}

impl<'de> Deserialize<'de> for SealedEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        SealedEvent::from_json(json.get().as_bytes()).map_err(D::Error::custom)
    }
}
