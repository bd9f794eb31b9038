//! Event templates as code, and the ids of templates by their names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::token::{InvalidTokenName, TokenOption, TokenType, TokenValue, check_name};

/// The kind of CRM record that a template's events appear on.
///
/// It cannot be changed once the template exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Cow<'_, str>", into = "String")]
pub enum ObjectType {
    /// Contacts, found by `objectId`, `utk` or e-mail, in that order of precedence.
    #[default]
    Contacts,
    /// Companies, found by `objectId` alone.
    Companies,
    /// Deals, found by `objectId` alone.
    Deals,
    /// Tickets, found by `objectId` alone.
    Tickets,
    /// A custom object's type id, such as `2-3308615`; found by `objectId` alone.
    Custom(String),
}

impl ObjectType {
    /// HubSpot's name for the type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            ObjectType::Contacts => "contacts",
            ObjectType::Companies => "companies",
            ObjectType::Deals => "deals",
            ObjectType::Tickets => "tickets",
            ObjectType::Custom(id) => id,
        }
    }
}

impl From<&str> for ObjectType {
    fn from(name: &str) -> Self {
        match name {
            "contacts" => ObjectType::Contacts,
            "companies" => ObjectType::Companies,
            "deals" => ObjectType::Deals,
            "tickets" => ObjectType::Tickets,
            id => ObjectType::Custom(id.to_owned()),
        }
    }
}

impl From<Cow<'_, str>> for ObjectType {
    fn from(name: Cow<'_, str>) -> Self {
        ObjectType::from(&*name)
    }
}

impl From<ObjectType> for String {
    fn from(object_type: ObjectType) -> Self {
        match object_type {
            ObjectType::Custom(id) => id,
            known => known.as_str().to_owned(),
        }
    }
}

impl fmt::Display for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One token that a template declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TokenDefinition {
    /// The name: letters, digits, `.`, `-`, `_`. It cannot be changed later.
    pub name: String,
    /// The name that users see in HubSpot.
    pub label: String,
    /// The type. It cannot be changed later.
    #[serde(rename = "type")]
    pub token_type: TokenType,
    /// The values of an enumeration; empty for the other types.
    #[serde(default)]
    pub options: Vec<TokenOption>,
    /// The CRM property that HubSpot sets from this token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_property_name: Option<String>,
}

impl TokenDefinition {
    /// A token that holds values of type `T`.
    ///
    /// # Errors
    ///
    /// [`InvalidTokenName`] if HubSpot would refuse the name.
    pub fn new<T: TokenValue + ?Sized>(
        name: impl Into<String>,
        label: impl Into<String>,
    ) -> Result<Self, InvalidTokenName> {
        let name = name.into();
        check_name(&name)?;
        Ok(Self::checked::<T>(name, label.into()))
    }

    /// As [`new`](Self::new), for a name that the derive has checked.
    pub(crate) fn checked<T: TokenValue + ?Sized>(name: String, label: String) -> Self {
        TokenDefinition {
            name,
            label,
            token_type: T::TYPE,
            options: T::options(),
            object_property_name: None,
        }
    }

    /// Lets the token set a CRM property of the record.
    #[must_use]
    pub fn property(mut self, name: impl Into<String>) -> Self {
        self.object_property_name = Some(name.into());
        self
    }
}

/// An event template as code.
///
/// It serializes in the shape of HubSpot's request to create one, which has no id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventTemplate {
    #[serde(skip_serializing, default)]
    id: Option<String>,
    /// App events' name of it. HubSpot's JSON of a template has none.
    #[serde(skip)]
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

    /// The name of its event type in HubSpot's app events, if a type says one.
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

/// The ids of templates by their names.
///
/// A development app and a production app have different ids for the same template. The id of a type with
/// `template = "Pet adopted"` is looked up here when an event is sent.
///
/// ```
/// use timeline_core::TemplateIds;
///
/// let ids: TemplateIds = serde_json::from_str(r#"{"Pet adopted": "1001298"}"#)?;
/// assert_eq!(ids.get("Pet adopted"), Some("1001298"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TemplateIds(BTreeMap<String, String>);

impl TemplateIds {
    /// No ids.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a template, or replaces its id.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, id: impl Into<String>) -> Self {
        self.insert(name, id);
        self
    }

    /// Adds a template, or replaces its id and returns the old one.
    pub fn insert(&mut self, name: impl Into<String>, id: impl Into<String>) -> Option<String> {
        self.0.insert(name.into(), id.into())
    }

    /// The id of the template with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The name of the template with this id.
    #[cfg(feature = "client")]
    pub(crate) fn name_of(&self, id: &str) -> Option<&str> {
        let mut names = self.0.iter().filter(|(_, known)| *known == id);
        names.next().map(|(name, _)| name.as_str())
    }
}

impl<N: Into<String>, I: Into<String>> FromIterator<(N, I)> for TemplateIds {
    fn from_iter<T: IntoIterator<Item = (N, I)>>(pairs: T) -> Self {
        let pairs = pairs.into_iter().map(|(name, id)| (name.into(), id.into()));
        TemplateIds(pairs.collect())
    }
}

impl<N: Into<String>, I: Into<String>> Extend<(N, I)> for TemplateIds {
    fn extend<T: IntoIterator<Item = (N, I)>>(&mut self, pairs: T) {
        let pairs = pairs.into_iter().map(|(name, id)| (name.into(), id.into()));
        self.0.extend(pairs);
    }
}

impl IntoIterator for TemplateIds {
    type Item = (String, String);
    type IntoIter = std::collections::btree_map::IntoIter<String, String>;

    /// Names and ids, sorted by name.
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<N: Into<String>, I: Into<String>, const COUNT: usize> From<[(N, I); COUNT]> for TemplateIds {
    fn from(pairs: [(N, I); COUNT]) -> Self {
        pairs.into_iter().collect()
    }
}

/// The names of event types in HubSpot's app events, by a template's name or id.
///
/// They differ between a development and a production app, as ids do, and come before the `type_name` of an event.
///
/// ```
/// use timeline_core::EventTypes;
///
/// let types = EventTypes::from([("Pet adopted", "a0001_pet_adopted")]);
/// assert_eq!(types.get("Pet adopted"), Some("a0001_pet_adopted"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTypes(BTreeMap<String, String>);

impl EventTypes {
    /// No names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a template by its name or id, or replaces its event type.
    #[must_use]
    pub fn with(mut self, template: impl Into<String>, name: impl Into<String>) -> Self {
        self.insert(template, name);
        self
    }

    /// Adds a template by its name or id, or replaces its event type and returns the old one.
    pub fn insert(
        &mut self,
        template: impl Into<String>,
        name: impl Into<String>,
    ) -> Option<String> {
        self.0.insert(template.into(), name.into())
    }

    /// The event type of the template with this name or id.
    #[must_use]
    pub fn get(&self, template: &str) -> Option<&str> {
        self.0.get(template).map(String::as_str)
    }
}

impl<N: Into<String>, I: Into<String>> FromIterator<(N, I)> for EventTypes {
    fn from_iter<T: IntoIterator<Item = (N, I)>>(pairs: T) -> Self {
        let pairs = pairs.into_iter().map(|(name, id)| (name.into(), id.into()));
        EventTypes(pairs.collect())
    }
}

impl<N: Into<String>, I: Into<String>> Extend<(N, I)> for EventTypes {
    fn extend<T: IntoIterator<Item = (N, I)>>(&mut self, pairs: T) {
        let pairs = pairs.into_iter().map(|(name, id)| (name.into(), id.into()));
        self.0.extend(pairs);
    }
}

impl IntoIterator for EventTypes {
    type Item = (String, String);
    type IntoIter = std::collections::btree_map::IntoIter<String, String>;

    /// Templates and event types, sorted by template.
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<N: Into<String>, I: Into<String>, const COUNT: usize> From<[(N, I); COUNT]> for EventTypes {
    fn from(pairs: [(N, I); COUNT]) -> Self {
        pairs.into_iter().collect()
    }
}
