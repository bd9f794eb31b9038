//! The kind of record that events appear on.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

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

impl ObjectType {
    /// The object type of a name, which HubSpot's pages also write in capitals or in the singular.
    pub(crate) fn of_any_spelling(name: &str) -> Self {
        match &*name.to_ascii_lowercase() {
            "contact" | "contacts" => ObjectType::Contacts,
            "company" | "companies" => ObjectType::Companies,
            "deal" | "deals" => ObjectType::Deals,
            "ticket" | "tickets" => ObjectType::Tickets,
            _ => ObjectType::Custom(name.to_owned()),
        }
    }

    /// The same object type, whatever its spelling was in HubSpot's answer.
    pub(crate) fn in_one_spelling(self) -> Self {
        match self {
            ObjectType::Custom(name) => Self::of_any_spelling(&name),
            known => known,
        }
    }

    /// Whether it is the type id of a custom object, such as `2-3308615`.
    pub(crate) fn is_type_id(&self) -> bool {
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let parts = self.as_str().split_once('-');
        parts.is_some_and(|(kind, id)| is_number(kind) && is_number(id))
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
