//! The roles that a field of an event can have.

use std::fmt;

/// The parts of an event that are one text each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The event's own id.
    Id,
    /// The contact's e-mail address.
    Email,
    /// The contact's tracking cookie.
    Utk,
    /// The record's id.
    ObjectId,
    /// The domain that goes with a company's `objectId`.
    Domain,
    /// The type id of the custom object that `objectId` belongs to.
    CustomObjectTypeId,
    /// When it happened.
    Timestamp,
}

impl Role {
    /// Whether blanks around the text are left out. No identifier has blanks around it, but cells of tables do.
    pub(super) fn is_trimmed(self) -> bool {
        matches!(self, Role::Email | Role::Utk | Role::ObjectId)
    }

    /// Its key in the JSON.
    pub(super) fn key(self) -> &'static str {
        match self {
            Role::Id => "id",
            Role::Email => "email",
            Role::Utk => "utk",
            Role::ObjectId => "objectId",
            Role::Domain => "domain",
            Role::CustomObjectTypeId => "customObjectTypeId",
            Role::Timestamp => "timestamp",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Id => "id",
            Role::Email => "email",
            Role::Utk => "utk",
            Role::ObjectId => "object_id",
            Role::Domain => "domain",
            Role::CustomObjectTypeId => "custom_object_type_id",
            Role::Timestamp => "timestamp",
        })
    }
}
