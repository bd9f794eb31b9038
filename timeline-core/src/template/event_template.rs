//! Event templates as code.

use serde::{Deserialize, Serialize};

use super::object_type::ObjectType;
use super::token_definition::TokenDefinition;

/// An event template as code.
///
/// It serializes in the shape of HubSpot's request to create one, which has no id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventTemplate {
    #[serde(skip_serializing, default)]
    id: Option<String>,
    /// The name of its event type in app events. HubSpot's JSON of a template has no such key, but a `TemplateFile` writes
    /// it.
    #[serde(skip_serializing, default)]
    type_name: Option<String>,
    /// The name that users see in HubSpot's settings.
    pub name: String,
    /// The kind of record that the events appear on.
    pub object_type: ObjectType,
    /// The event's one-line title, in Handlebars and Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_template: Option<String>,
    /// The text of an opened event, in Handlebars and Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail_template: Option<String>,
    /// The tokens of its events; at most 500.
    #[serde(default)]
    pub tokens: Vec<TokenDefinition>,
}

impl EventTemplate {
    /// A template without tokens.
    pub fn new(name: impl Into<String>, object_type: ObjectType) -> Self {
        EventTemplate {
            id: None,
            type_name: None,
            name: name.into(),
            object_type,
            header_template: None,
            detail_template: None,
            tokens: Vec::new(),
        }
    }

    /// The template's id in HubSpot, if it is known.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The same template with its id in HubSpot.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The name of its event type in HubSpot's app events, if it is known.
    #[must_use]
    pub fn type_name(&self) -> Option<&str> {
        self.type_name.as_deref()
    }

    /// The same template with the name of its event type in app events.
    #[must_use]
    pub fn with_type_name(mut self, name: impl Into<String>) -> Self {
        self.type_name = Some(name.into());
        self
    }

    /// Declares one more token.
    #[must_use]
    pub fn token(mut self, token: TokenDefinition) -> Self {
        self.tokens.push(token);
        self
    }
}
