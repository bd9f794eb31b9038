//! How a template in code differs from one that exists: a pure comparison, for files and for HubSpot alike.

use std::fmt;

use serde::Serialize;

use super::event_template::EventTemplate;
use super::object_type::ObjectType;
use super::token_definition::TokenDefinition;
use crate::token::{TokenOption, TokenType};

/// One way in which a template in code differs from the one that exists, in a file or in HubSpot.
///
/// What the code does not state is no difference: a header, a detail, the CRM property of a token, further options.
/// `Display` is a line of a diff: `+` is in the code alone, `-` is in the existing template alone, `~` is in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "difference",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Difference {
    /// The name.
    Name {
        /// In the code.
        code: String,
        /// In the existing template.
        existing: String,
    },
    /// The object type, which cannot be changed.
    ObjectType {
        /// In the code.
        code: ObjectType,
        /// In the existing template.
        existing: ObjectType,
    },
    /// The header.
    Header {
        /// In the code.
        code: String,
        /// In the existing template.
        existing: Option<String>,
    },
    /// The detail.
    Detail {
        /// In the code.
        code: String,
        /// In the existing template.
        existing: Option<String>,
    },
    /// A token that only the code has.
    TokenAdded {
        /// The token.
        token: TokenDefinition,
    },
    /// A token that the code does not have. It counts only if tokens are to be removed.
    TokenRemoved {
        /// The token's name.
        token: String,
    },
    /// The type of a token, which cannot be changed.
    TokenType {
        /// The token's name.
        token: String,
        /// In the code.
        code: TokenType,
        /// In the existing template.
        existing: TokenType,
    },
    /// The label of a token.
    TokenLabel {
        /// The token's name.
        token: String,
        /// In the code.
        code: String,
        /// In the existing template.
        existing: String,
    },
    /// The CRM property that a token sets.
    TokenProperty {
        /// The token's name.
        token: String,
        /// In the code.
        code: String,
        /// In the existing template.
        existing: Option<String>,
    },
    /// An option of a token that only the code has.
    OptionAdded {
        /// The token's name.
        token: String,
        /// The option.
        option: TokenOption,
    },
    /// The label of an option.
    OptionLabel {
        /// The token's name.
        token: String,
        /// The option's value.
        value: String,
        /// In the code.
        code: String,
        /// In the existing template.
        existing: String,
    },
}

impl Difference {
    /// Whether no request can end the difference: HubSpot changes neither the object type of a template nor the type of a
    /// token.
    #[must_use]
    pub fn is_for_good(&self) -> bool {
        matches!(
            self,
            Difference::ObjectType { .. } | Difference::TokenType { .. }
        )
    }
}

/// What differs, in the order of the code. Tokens that the code does not have count if `removes`.
pub(crate) fn differences(
    code: &EventTemplate,
    existing: &EventTemplate,
    removes: bool,
) -> Vec<Difference> {
    let mut found = Vec::new();
    if code.name != existing.name {
        found.push(Difference::Name {
            code: code.name.clone(),
            existing: existing.name.clone(),
        });
    }
    if code.object_type != existing.object_type {
        found.push(Difference::ObjectType {
            code: code.object_type.clone(),
            existing: existing.object_type.clone(),
        });
    }
    if let Some((code, existing)) = stated(&code.header_template, &existing.header_template) {
        found.push(Difference::Header { code, existing });
    }
    if let Some((code, existing)) = stated(&code.detail_template, &existing.detail_template) {
        found.push(Difference::Detail { code, existing });
    }
    for token in &code.tokens {
        match find(existing, &token.name) {
            Some(existing) => of_token(token, existing, &mut found),
            None => found.push(Difference::TokenAdded {
                token: token.clone(),
            }),
        }
    }
    if removes {
        let removed = existing.tokens.iter().map(|token| &token.name);
        let removed = removed.filter(|name| find(code, name).is_none());
        found.extend(removed.map(|name| Difference::TokenRemoved {
            token: name.clone(),
        }));
    }
    found
}

fn of_token(code: &TokenDefinition, existing: &TokenDefinition, found: &mut Vec<Difference>) {
    let token = || code.name.clone();
    if code.token_type != existing.token_type {
        found.push(Difference::TokenType {
            token: token(),
            code: code.token_type,
            existing: existing.token_type,
        });
    }
    if code.label != existing.label {
        found.push(Difference::TokenLabel {
            token: token(),
            code: code.label.clone(),
            existing: existing.label.clone(),
        });
    }
    let properties = stated(&code.object_property_name, &existing.object_property_name);
    if let Some((code, existing)) = properties {
        found.push(Difference::TokenProperty {
            token: token(),
            code,
            existing,
        });
    }
    for option in &code.options {
        let same = |other: &&TokenOption| other.value == option.value;
        match existing.options.iter().find(same) {
            None => found.push(Difference::OptionAdded {
                token: token(),
                option: option.clone(),
            }),
            Some(existing) if existing.label != option.label => {
                found.push(Difference::OptionLabel {
                    token: token(),
                    value: option.value.clone(),
                    code: option.label.clone(),
                    existing: existing.label.clone(),
                });
            }
            Some(_) => {}
        }
    }
}

/// The code's text and the existing one, if the code states a text and the two differ.
fn stated(code: &Option<String>, existing: &Option<String>) -> Option<(String, Option<String>)> {
    let code = code.as_ref().filter(|_| code != existing)?;
    Some((code.clone(), existing.clone()))
}

fn find<'t>(template: &'t EventTemplate, token: &str) -> Option<&'t TokenDefinition> {
    template.tokens.iter().find(|other| other.name == token)
}

/// The existing template with all that the code states. Afterwards the only differences are those that cannot be changed.
#[cfg(feature = "client")]
pub(crate) fn merged(
    code: &EventTemplate,
    existing: &EventTemplate,
    removes: bool,
) -> EventTemplate {
    let mut merged = existing.clone();
    merged.name.clone_from(&code.name);
    for (text, to) in [
        (&code.header_template, &mut merged.header_template),
        (&code.detail_template, &mut merged.detail_template),
    ] {
        if text.is_some() {
            to.clone_from(text);
        }
    }
    if removes {
        merged
            .tokens
            .retain(|token| find(code, &token.name).is_some());
    }
    for token in &code.tokens {
        let same = |other: &&mut TokenDefinition| other.name == token.name;
        let Some(to) = merged.tokens.iter_mut().find(same) else {
            merged.tokens.push(token.clone());
            continue;
        };
        to.label.clone_from(&token.label);
        if token.object_property_name.is_some() {
            to.object_property_name
                .clone_from(&token.object_property_name);
        }
        for option in &token.options {
            let same = |other: &&mut TokenOption| other.value == option.value;
            match to.options.iter_mut().find(same) {
                Some(to) => to.label.clone_from(&option.label),
                None => to.options.push(option.clone()),
            }
        }
    }
    merged
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed =
            |f: &mut fmt::Formatter<'_>, what: &str, from: &Option<String>, to: &str| match from {
                Some(from) => write!(f, "~ {what}: {from:?} -> {to:?}"),
                None => write!(f, "+ {what}: {to:?}"),
            };
        match self {
            Difference::Name { code, existing } => write!(f, "~ name: {existing:?} -> {code:?}"),
            Difference::ObjectType { code, existing } => {
                write!(
                    f,
                    "~ object type: {existing} -> {code}, which cannot be changed"
                )
            }
            Difference::Header { code, existing } => changed(f, "header", existing, code),
            Difference::Detail { code, existing } => changed(f, "detail", existing, code),
            Difference::TokenAdded { token } => {
                let TokenDefinition {
                    name,
                    label,
                    token_type,
                    options,
                    object_property_name,
                } = token;
                write!(f, "+ token {name} ({token_type}), labelled {label:?}")?;
                if !options.is_empty() {
                    let values = options.iter().map(|option| format!("{:?}", option.value));
                    write!(f, ", one of {}", values.collect::<Vec<_>>().join(", "))?;
                }
                match object_property_name {
                    Some(property) => write!(f, ", sets the property {property}"),
                    None => Ok(()),
                }
            }
            Difference::TokenRemoved { token } => write!(f, "- token {token}"),
            Difference::TokenType {
                token,
                code,
                existing,
            } => write!(
                f,
                "~ token {token}: type {existing} -> {code}, which cannot be changed"
            ),
            Difference::TokenLabel {
                token,
                code,
                existing,
            } => write!(f, "~ token {token}: label {existing:?} -> {code:?}"),
            Difference::TokenProperty {
                token,
                code,
                existing,
            } => {
                let from = existing.as_deref().unwrap_or("none");
                write!(f, "~ token {token}: property {from} -> {code}")
            }
            Difference::OptionAdded { token, option } => write!(
                f,
                "+ token {token}: option {:?}, labelled {:?}",
                option.value, option.label
            ),
            Difference::OptionLabel {
                token,
                value,
                code,
                existing,
            } => write!(
                f,
                "~ token {token}: label of option {value:?}: {existing:?} -> {code:?}"
            ),
        }
    }
}
