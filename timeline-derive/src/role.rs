//! The roles of fields.

/// What a field can be to an event, other than a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Id,
    Key,
    Email,
    Utk,
    ObjectId,
    Domain,
    CustomObjectTypeId,
    Timestamp,
    ExtraData,
    IFrame,
}

impl Role {
    const ALL: [Role; 10] = [
        Role::Id,
        Role::Key,
        Role::Email,
        Role::Utk,
        Role::ObjectId,
        Role::Domain,
        Role::CustomObjectTypeId,
        Role::Timestamp,
        Role::ExtraData,
        Role::IFrame,
    ];

    /// The attribute.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Id => "id",
            Role::Key => "key",
            Role::Email => "email",
            Role::Utk => "utk",
            Role::ObjectId => "object_id",
            Role::Domain => "domain",
            Role::CustomObjectTypeId => "custom_object_type_id",
            Role::Timestamp => "timestamp",
            Role::ExtraData => "extra_data",
            Role::IFrame => "iframe",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether the value is more than one text, so that it fits neither a token nor an id.
    pub(crate) fn is_structured(self) -> bool {
        matches!(self, Role::ExtraData | Role::IFrame)
    }
}
