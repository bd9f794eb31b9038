//! An event that the sandbox holds.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::dates;
use crate::event::TimelineIFrame;
use crate::template::ObjectType;
use crate::wire::Api;

/// An event that the sandbox holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoredEvent {
    /// The account that it is in.
    pub portal_id: u64,
    /// The id of its template; of an event that came through app events, the name of its event type.
    pub template_id: String,
    /// The API that it came through.
    pub api: Api,
    /// Its own id, unique in its template.
    pub id: String,
    /// The kind of record that it is on.
    pub object_type: ObjectType,
    /// The record's id: as sent, or that of the contact with this e-mail. `None` for a tracking cookie that belongs
    /// to no contact yet; HubSpot holds such an event and does not show it.
    pub object_id: Option<String>,
    /// The contact's e-mail address, if it was sent.
    pub email: Option<String>,
    /// The contact's tracking cookie, if it was sent.
    pub utk: Option<String>,
    /// The company's domain, if it was sent.
    pub domain: Option<String>,
    /// The type id of the custom object, if it was sent.
    pub custom_object_type_id: Option<String>,
    /// When it happened, in milliseconds since 1970: as sent, or the time of receipt on the sandbox's clock. Every event
    /// that it holds has one.
    pub timestamp: Option<i64>,
    /// Its tokens and their texts.
    pub tokens: BTreeMap<String, String>,
    /// Its extra data.
    pub extra_data: Option<Value>,
    /// The iframe that it opens.
    pub iframe: Option<TimelineIFrame<'static>>,
    /// When it was first stored, in milliseconds since 1970 on the sandbox's clock.
    pub created_at: i64,
    /// How often it was written: 1, and one more for each time it was sent again and taken
    /// ([`SameId::Updates`](super::SameId::Updates), [`SameId::Ignored`](super::SameId::Ignored)).
    pub writes: u64,
    /// How often it was sent in a shape that could be stored, if no fault prevented that: `writes`, plus the times that
    /// its id was refused as already in use. An event that was sent exactly once has 1.
    pub sent: u64,
}

impl StoredEvent {
    /// An event that no request has sent.
    pub(super) fn stranger(id: String, created_at: i64) -> Self {
        StoredEvent {
            portal_id: 0,
            template_id: "1".to_owned(),
            api: Api::V3,
            id,
            object_type: ObjectType::Contacts,
            object_id: Some("1".to_owned()),
            email: None,
            utk: None,
            domain: None,
            custom_object_type_id: None,
            timestamp: None,
            tokens: BTreeMap::new(),
            extra_data: None,
            iframe: None,
            created_at,
            writes: 0,
            sent: 0,
        }
    }
}

/// A result as HubSpot lists it. Keys that are not set are left out, and so is `createdAt`.
impl Serialize for StoredEvent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let listed = Listed {
            event: self,
            created_at: false,
        };
        listed.serialize(serializer)
    }
}

/// A result in an answer, with or without `createdAt`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed<'e> {
    pub(super) event: &'e StoredEvent,
    pub(super) created_at: bool,
}

impl Serialize for Listed<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;

        let event = self.event;
        let created_at = (self.created_at && event.api == Api::V3)
            .then(|| dates::with_milliseconds(event.created_at));
        let timestamp = event.timestamp.map(dates::with_milliseconds);
        let mut keys = serializer.serialize_map(None)?;
        keys.serialize_entry("id", &event.id)?;
        let is_app_event = event.api == Api::AppEvents;
        let (template, tokens, custom_object) = if is_app_event {
            (
                "eventTypeName",
                "properties",
                "objectTypeFullyQualifiedName",
            )
        } else {
            ("eventTemplateId", "tokens", "customObjectTypeId")
        };
        keys.serialize_entry(template, &event.template_id)?;
        if !is_app_event {
            keys.serialize_entry("objectType", &event.object_type)?;
        }
        keys.serialize_entry(tokens, &event.tokens)?;
        for (key, text) in [
            ("createdAt", &created_at),
            ("email", &event.email),
            ("utk", &event.utk),
            ("objectId", &event.object_id),
            ("domain", &event.domain),
            (custom_object, &event.custom_object_type_id),
            ("timestamp", &timestamp),
        ] {
            if let Some(text) = text {
                keys.serialize_entry(key, text)?;
            }
        }
        if let Some(data) = &event.extra_data {
            keys.serialize_entry("extraData", data)?;
        }
        if let Some(iframe) = &event.iframe {
            keys.serialize_entry("timelineIFrame", iframe)?;
        }
        keys.end()
    }
}
