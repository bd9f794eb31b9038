//! One error in an answer of HubSpot's.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::text::printable;

/// One error in an answer of HubSpot's: an element of a batch's `errors`, the body of a refusal, or an error inside
/// one of these.
///
/// A text that HubSpot documents as required is empty if the answer lacks it. A field that is not documented, or that has
/// another type than documented, is in [`other`](Self::other).
///
/// `Debug` shows the category, the ids, and the names in the context. It does not show the message and the context's
/// values, which may quote personal data.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ResponseError {
    /// Usually `error`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// HubSpot's category, such as `VALIDATION_ERROR`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// A finer category: an object in an element of a batch's `errors`, a text elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_category: Option<Value>,
    /// HubSpot's own message. It may quote the event's values, such as an e-mail address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The id of the error, or of the object that it is about: HubSpot does not say which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A code, such as `INVALID_TOKEN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `in`: the field or parameter that the error is about.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub in_field: Option<String>,
    /// The id which HubSpot's support asks for; it is in the body of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// Further details: names, each with its values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, Vec<String>>,
    /// HubSpot's links by their names, such as links to its documentation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
    /// The errors inside this one. In HubSpot's answers these have no further errors inside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ResponseError>,
    /// Fields that HubSpot does not document, and fields of another type than documented.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl fmt::Debug for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &Option<String>| text.as_deref().map(printable);
        f.debug_struct("ResponseError")
            .field("status", &printable(&self.status))
            .field("category", &printable(&self.category))
            .field("id", &shown(&self.id))
            .field("code", &shown(&self.code))
            .field("in_field", &shown(&self.in_field))
            .field("correlation_id", &shown(&self.correlation_id))
            .field("context", &Names(&self.context))
            .field("errors", &self.errors)
            .field("other", &Names(&self.other))
            .finish_non_exhaustive()
    }
}

/// `Debug` as the names of a map: their values may be personal data.
pub(crate) struct Names<'s, V>(pub(crate) &'s BTreeMap<String, V>);

impl<V> fmt::Debug for Names<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.keys().map(|name| printable(name));
        f.debug_list().entries(names).finish()
    }
}
