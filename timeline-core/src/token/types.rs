//! The types that a token can have in an event template, and the options of an enumeration.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The type a token has in its event template.
///
/// HubSpot fixes it when the token is created; it cannot be changed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenType {
    /// Any text.
    String,
    /// A number, sent as its decimal text.
    Number,
    /// One of the template's options.
    Enumeration,
    /// A point in time, sent as milliseconds since 1970-01-01T00:00:00Z.
    Date,
}

impl TokenType {
    /// HubSpot's name for the type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            TokenType::String => "string",
            TokenType::Number => "number",
            TokenType::Enumeration => "enumeration",
            TokenType::Date => "date",
        }
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One value that an enumeration token may take.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenOption {
    /// The text that users see in HubSpot.
    pub label: String,
    /// The text that events carry.
    pub value: String,
}

impl TokenOption {
    /// An option with the text that events carry and the text that users see.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        TokenOption {
            label: label.into(),
            value: value.into(),
        }
    }
}

/// What the derive declares about a token, in addition to its name and label.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct TokenKind {
    pub(crate) token_type: TokenType,
    pub(crate) options: fn() -> Vec<TokenOption>,
    pub(crate) property: Option<&'static str>,
}

impl TokenKind {
    /// The same with another type than the Rust type's own. Only an enumeration has options.
    #[must_use]
    pub const fn typed(mut self, token_type: TokenType) -> Self {
        self.token_type = token_type;
        if !matches!(token_type, TokenType::Enumeration) {
            self.options = Vec::new;
        }
        self
    }

    /// The CRM property that HubSpot sets from the token.
    #[must_use]
    pub const fn property(mut self, name: &'static str) -> Self {
        self.property = Some(name);
        self
    }
}
