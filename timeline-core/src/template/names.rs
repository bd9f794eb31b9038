//! What an app calls its templates: their ids, and the names of their event types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
