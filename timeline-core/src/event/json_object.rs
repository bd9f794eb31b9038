//! JSON objects that are read strictly: what is wrong is told with the key, and never with its value.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// What is wrong with an event in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadError {
    /// The event's id, if it has one.
    pub(crate) id: Option<String>,
    pub(crate) reason: String,
}

impl<T: Into<String>> From<T> for ReadError {
    fn from(reason: T) -> Self {
        ReadError {
            id: None,
            reason: reason.into(),
        }
    }
}

/// An object's keys and values, the values not decoded yet.
pub(crate) struct Object<'j> {
    /// What stands before its keys in a message.
    at: &'static str,
    /// Whether `null` counts as absent.
    pub(crate) takes_null: bool,
    entries: Vec<(Cow<'j, str>, &'j RawValue)>,
}

/// Why a value is no object that can be read.
pub(crate) enum ObjectError {
    Other(JsonKind),
    /// A key comes twice. It is not known which of its values HubSpot would take.
    Twice(String),
}

impl<'j> Object<'j> {
    pub(crate) fn read(at: &'static str, value: &'j RawValue) -> Result<Self, ObjectError> {
        struct Entries;

        impl<'j> Visitor<'j> for Entries {
            type Value = Vec<(Cow<'j, str>, &'j RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Text(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(entries)
            }
        }

        let mut json = serde_json::Deserializer::from_str(value.get());
        let entries = json.deserialize_map(Entries);
        let entries = entries.map_err(|_| ObjectError::Other(JsonKind::of(value)))?;
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

    pub(crate) fn entries(&self) -> &[(Cow<'j, str>, &'j RawValue)] {
        &self.entries
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'j RawValue> {
        let entry = self.entries.iter().find(|(name, _)| name == key);
        entry.map(|(_, value)| *value)
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, key: &str) -> Result<Option<Cow<'j, str>>, ReadError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let at = self.at;
        match JsonKind::of(value) {
            JsonKind::Text => {}
            JsonKind::Null if self.takes_null => return Ok(None),
            JsonKind::Null => return Err(format!("`{at}{key}` is null: leave it out").into()),
            kind => return Err(format!("`{at}{key}` is {kind}: expected a text").into()),
        }
        let text: Cow<'j, str> = serde_json::from_str(value.get())
            .map(|Text(text)| text)
            .map_err(|_| format!("`{at}{key}` is no valid text"))?;
        if text.is_empty() {
            return Err(is_empty(at, key));
        }
        Ok(Some(text))
    }

    pub(crate) fn read_as<T: Deserialize<'j>>(
        &self,
        key: &str,
        what: &str,
    ) -> Result<Option<T>, ReadError> {
        let at = self.at;
        match self.get(key) {
            None => Ok(None),
            Some(value) if JsonKind::of(value) == JsonKind::Null => match self.takes_null {
                true => Ok(None),
                false => Err(format!("`{at}{key}` is null: leave it out").into()),
            },
            Some(value) => serde_json::from_str(value.get())
                .map(Some)
                .map_err(|_| format!("`{at}{key}` must be {what}").into()),
        }
    }
}

pub(crate) fn is_empty(at: &str, key: &str) -> ReadError {
    format!("`{at}{key}` is empty: give it a value, or leave it out").into()
}

/// A text that is borrowed where possible.
#[derive(Deserialize)]
pub(crate) struct Text<'j>(#[serde(borrow)] pub(crate) Cow<'j, str>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonKind {
    Null,
    Bool,
    Number,
    Text,
    List,
    Object,
}

impl JsonKind {
    /// The kind by the first byte, which is enough for JSON that is known to be sound.
    pub(crate) fn of(value: &RawValue) -> Self {
        match value.get().as_bytes().first() {
            Some(b'n') => JsonKind::Null,
            Some(b't' | b'f') => JsonKind::Bool,
            Some(b'"') => JsonKind::Text,
            Some(b'[') => JsonKind::List,
            Some(b'{') => JsonKind::Object,
            _ => JsonKind::Number,
        }
    }
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JsonKind::Null => "null",
            JsonKind::Bool => "a `bool`",
            JsonKind::Number => "a number",
            JsonKind::Text => "a text",
            JsonKind::List => "a list",
            JsonKind::Object => "an object that cannot be read",
        })
    }
}
