//! HubSpot's answers as types, as its page describes them: an event as it is on HubSpot, and the answer to a batch.
//!
//! The types belong to no version of the API; each version's folder reads them from its own JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Names, ResponseError, printable};
use crate::event::TimelineIFrame;
use crate::template::ObjectType;

/// An event as HubSpot returns it: every field of a result on HubSpot's page.
///
/// The page requires `id`, `eventTemplateId`, `objectType` and `tokens`; what an answer leaves out of these is empty
/// here. The other fields are `None` unless HubSpot sends them. A field that the page does not have, or whose value has
/// another type than the page says, is in [`other`](Self::other): nothing of the answer is dropped.
///
/// `Debug` shows the names of what is there and no values but the ids, since the values may be personal data.
/// `Serialize` writes HubSpot's own JSON, without what is empty.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EventRecord {
    /// The event's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The id of its template.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event_template_id: String,
    /// The kind of record that it is on. [`ObjectType::Custom`] with an empty text if the answer does not say.
    #[serde(skip_serializing_if = "is_unsaid")]
    pub object_type: ObjectType,
    /// The tokens by their names. HubSpot keeps all values as texts: a number that was sent comes back as a text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tokens: BTreeMap<String, String>,
    /// When HubSpot created it, as HubSpot wrote it. The page calls the field unused, and HubSpot's recorded answers do
    /// not have it: it is usually `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// The type id of the custom object, such as `2-3308615`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_object_type_id: Option<String>,
    /// The domain that was sent with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The contact's e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The data for the detail view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Value>,
    /// The record that it is on. HubSpot fills it in where only an e-mail was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// The link that opens a page of yours inside HubSpot.
    #[serde(rename = "timelineIFrame", skip_serializing_if = "Option::is_none")]
    pub timeline_iframe: Option<TimelineIFrame<'static>>,
    /// When it happened, as HubSpot wrote it: ISO-8601 with milliseconds, such as `2026-08-01T12:00:00.000Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The tracking cookie that was sent with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utk: Option<String>,
    /// Fields that HubSpot's page does not have, and those of another type than it says.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Default for EventRecord {
    /// The record of an answer that says nothing.
    fn default() -> Self {
        EventRecord {
            id: String::new(),
            event_template_id: String::new(),
            object_type: ObjectType::from(""),
            tokens: BTreeMap::new(),
            created_at: None,
            custom_object_type_id: None,
            domain: None,
            email: None,
            extra_data: None,
            object_id: None,
            timeline_iframe: None,
            timestamp: None,
            utk: None,
            other: BTreeMap::new(),
        }
    }
}

/// HubSpot's whole answer to a batch: every field of its page.
///
/// HubSpot has each event that is in [`results`](Self::results). Of the others the answer says nothing, except in
/// [`errors`](Self::errors), whose position does not tell which event they are about.
///
/// The page requires `status`, `results`, `startedAt` and `completedAt`; what an answer leaves out of these is empty
/// here. A field that the page does not have, or of another type than the page says, is in [`other`](Self::other).
///
/// What is nested too deep for a [`Value`], and what is beyond 32 MiB of memory, is kept as a text that holds its JSON.
///
/// `Debug` shows no personal data; `Serialize` writes HubSpot's own JSON, without what is empty.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BatchResponse {
    /// How far HubSpot says it is with the batch.
    #[serde(skip_serializing_if = "BatchStatus::is_unsaid")]
    pub status: BatchStatus,
    /// The events that HubSpot has, in an order of its own. They may be fewer than were sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<EventRecord>,
    /// When HubSpot began, as it wrote it: ISO-8601, with microseconds.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub started_at: String,
    /// When HubSpot was done, likewise.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub completed_at: String,
    /// When HubSpot took the request, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_at: Option<String>,
    /// Links of HubSpot's by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
    /// How many errors there are, as HubSpot counts them; only in a 207.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_errors: Option<u64>,
    /// What HubSpot says against events that it did not take; only in a 207.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ResponseError>,
    /// Fields that HubSpot's page does not have, and those of another type than it says.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// How far HubSpot is with a batch, by its answer's `status`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum BatchStatus {
    /// `CANCELED`: HubSpot has given the batch up.
    Canceled,
    /// `COMPLETE`: done. Events may have been refused even so.
    Complete,
    /// `PENDING`: not begun yet.
    Pending,
    /// `PROCESSING`: not done yet.
    Processing,
    /// Another word, as HubSpot wrote it; empty if the answer has no status.
    Other(String),
}

impl BatchStatus {
    /// HubSpot's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            BatchStatus::Canceled => "CANCELED",
            BatchStatus::Complete => "COMPLETE",
            BatchStatus::Pending => "PENDING",
            BatchStatus::Processing => "PROCESSING",
            BatchStatus::Other(word) => word,
        }
    }

    fn is_unsaid(&self) -> bool {
        self.as_str().is_empty()
    }
}

impl Default for BatchStatus {
    /// The status of an answer that has none.
    fn default() -> Self {
        BatchStatus::Other(String::new())
    }
}

impl From<String> for BatchStatus {
    fn from(word: String) -> Self {
        match &*word {
            "CANCELED" => BatchStatus::Canceled,
            "COMPLETE" => BatchStatus::Complete,
            "PENDING" => BatchStatus::Pending,
            "PROCESSING" => BatchStatus::Processing,
            _ => BatchStatus::Other(word),
        }
    }
}

impl From<BatchStatus> for String {
    fn from(status: BatchStatus) -> Self {
        match status {
            BatchStatus::Other(word) => word,
            known => known.as_str().to_owned(),
        }
    }
}

impl fmt::Display for BatchStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(self.as_str()))
    }
}

fn is_unsaid(object_type: &ObjectType) -> bool {
    object_type.as_str().is_empty()
}

impl fmt::Debug for EventRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let present = [
            ("created_at", self.created_at.is_some()),
            (
                "custom_object_type_id",
                self.custom_object_type_id.is_some(),
            ),
            ("domain", self.domain.is_some()),
            ("email", self.email.is_some()),
            ("extra_data", self.extra_data.is_some()),
            ("object_id", self.object_id.is_some()),
            ("timeline_iframe", self.timeline_iframe.is_some()),
            ("timestamp", self.timestamp.is_some()),
            ("utk", self.utk.is_some()),
        ];
        let present: Vec<&str> = present
            .into_iter()
            .filter_map(|(name, is_there)| is_there.then_some(name))
            .collect();
        f.debug_struct("EventRecord")
            .field("id", &printable(&self.id))
            .field("event_template_id", &printable(&self.event_template_id))
            .field("object_type", &printable(self.object_type.as_str()))
            .field("tokens", &Names(&self.tokens))
            .field("present", &present)
            .field("other", &Names(&self.other))
            .finish()
    }
}

impl fmt::Debug for BatchResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchResponse")
            .field("status", &printable(self.status.as_str()))
            .field("results", &self.results)
            .field("started_at", &printable(&self.started_at))
            .field("completed_at", &printable(&self.completed_at))
            .field("requested_at", &self.requested_at.as_deref().map(printable))
            .field("links", &Names(&self.links))
            .field("num_errors", &self.num_errors)
            .field("errors", &self.errors)
            .field("other", &Names(&self.other))
            .finish()
    }
}
