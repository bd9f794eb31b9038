//! What an app calls its templates: their ids, and the names of their event types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A map of names that serializes as a JSON object.
macro_rules! names {
    ($(#[$doc:meta])* $Names:ident, $key:ident, $value:ident, $(#[$with:meta])* with, $(#[$insert:meta])* insert, $(#[$get:meta])* get, $(#[$iter:meta])* into_iter) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $Names(BTreeMap<String, String>);

        impl $Names {
            /// An empty map.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            $(#[$with])*
            #[must_use]
            pub fn with(mut self, $key: impl Into<String>, $value: impl Into<String>) -> Self {
                self.insert($key, $value);
                self
            }

            $(#[$insert])*
            pub fn insert(
                &mut self,
                $key: impl Into<String>,
                $value: impl Into<String>,
            ) -> Option<String> {
                self.0.insert($key.into(), $value.into())
            }

            $(#[$get])*
            #[must_use]
            pub fn get(&self, $key: &str) -> Option<&str> {
                self.0.get($key).map(String::as_str)
            }

            #[cfg(feature = "client")]
            pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
                self.0.keys().map(String::as_str)
            }
        }

        impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for $Names {
            fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
                let mut names = Self::new();
                names.extend(pairs);
                names
            }
        }

        impl<K: Into<String>, V: Into<String>> Extend<(K, V)> for $Names {
            fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, pairs: T) {
                let pairs = pairs.into_iter();
                self.0
                    .extend(pairs.map(|(key, value)| (key.into(), value.into())));
            }
        }

        impl IntoIterator for $Names {
            type Item = (String, String);
            type IntoIter = std::collections::btree_map::IntoIter<String, String>;

            $(#[$iter])*
            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }

        impl<K: Into<String>, V: Into<String>, const COUNT: usize> From<[(K, V); COUNT]>
            for $Names
        {
            fn from(pairs: [(K, V); COUNT]) -> Self {
                pairs.into_iter().collect()
            }
        }
    };
}

names! {
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
    TemplateIds, name, id,
    /// Adds a template, or replaces its id.
    with,
    /// Adds a template, or replaces its id and returns the old one.
    insert,
    /// The id of the template with this name.
    get,
    /// Names and ids, sorted by name.
    into_iter
}

impl TemplateIds {
    /// The name of the template with this id.
    #[cfg(feature = "client")]
    pub(crate) fn name_of(&self, id: &str) -> Option<&str> {
        let mut names = self.0.iter().filter(|(_, known)| *known == id);
        names.next().map(|(name, _)| name.as_str())
    }
}

names! {
    /// The names of event types in HubSpot's app events, by a template's name or id.
    ///
    /// They differ between a development and a production app, as ids do. They take precedence over the `type_name` of an
    /// event.
    ///
    /// ```
    /// use timeline_core::EventTypes;
    ///
    /// let types = EventTypes::from([("Pet adopted", "a0001_pet_adopted")]);
    /// assert_eq!(types.get("Pet adopted"), Some("a0001_pet_adopted"));
    /// ```
    EventTypes, template, name,
    /// Adds a template by its name or id, or replaces its event type.
    with,
    /// Adds a template by its name or id, or replaces its event type and returns the old one.
    insert,
    /// The event type of the template with this name or id.
    get,
    /// Templates and event types, sorted by template.
    into_iter
}
