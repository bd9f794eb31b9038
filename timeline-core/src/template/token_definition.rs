//! The tokens that a template declares.

use serde::{Deserialize, Serialize};

use crate::token::{InvalidTokenName, TokenOption, TokenType, TokenValue, check_name};

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
