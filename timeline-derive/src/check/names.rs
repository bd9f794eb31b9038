//! Checks the names of tokens, and of the parts of a key.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::flattened::TOKENS_PER_TEMPLATE;
use crate::errors::Errors;
use crate::model::{Field, Shape};
use crate::role::Role;

/// Every token has a name that HubSpot takes, and that no other token has.
pub(super) fn check(shape: &Shape<'_>, errors: &mut Errors) {
    check_tokens(shape, errors);
    check_key(shape, errors);
}

fn check_tokens(shape: &Shape<'_>, errors: &mut Errors) {
    let mut tokens: BTreeMap<&str, &Field<'_>> = BTreeMap::new();
    let mut count = 0_usize;
    for field in &shape.fields {
        let Some(token) = &field.token else { continue };
        if let Some(reason) = refused(&token.name) {
            let attribute = match field.attrs.token.said() {
                Some(_) => "token = \"…\"",
                None => "#[timeline(token = \"…\")]",
            };
            errors.at(
                field.named_at(),
                format_args!("{reason}: choose another name with `{attribute}`"),
            );
        } else if let Some(other) = tokens.get(token.name.as_str()) {
            errors.at(
                field.named_at(),
                format_args!(
                    "the field `{}` is the token `{}` already: a name is used once in a template",
                    other.name(),
                    token.name
                ),
            );
        } else {
            tokens.insert(&token.name, field);
        }
        count += 1;
        if count == TOKENS_PER_TEMPLATE + 1 {
            errors.at(
                field.named_at(),
                format_args!(
                    "this is token {count}; a template has at most {TOKENS_PER_TEMPLATE}: leave fields out with \
                     `#[timeline(skip)]`, or put them into the `extra_data`"
                ),
            );
        }
    }
}

/// Names of properties that a page of HubSpot's first version reserves. `timeline_core` has them, too.
pub(crate) const RESERVED: [&str; 16] = [
    "properties",
    "applicationId",
    "eventTypeId",
    "extraData",
    "id",
    "objectType",
    "objectId",
    "portalId",
    "timestamp",
    "utk",
    "domain",
    "log",
    "lookup",
    "timelineIFrame",
    "eventTemplateId",
    "tokens",
];

/// The tokens whose names app events may refuse. HubSpot does not document that they do, so such a name is no mistake.
pub(super) fn reserved(shape: &Shape<'_>) -> Vec<(String, TokenStream)> {
    if shape.attrs.type_name.value().is_none() {
        return Vec::new();
    }
    let named = |field: &Field<'_>| {
        let token = field.token.as_ref().filter(|_| field.is_sound())?;
        let is_reserved = RESERVED.contains(&&*token.name);
        is_reserved.then(|| (token.name.clone(), field.named_at().to_token_stream()))
    };
    shape.fields.iter().filter_map(named).collect()
}

fn check_key(shape: &Shape<'_>, errors: &mut Errors) {
    let mut keys: BTreeMap<String, &Field<'_>> = BTreeMap::new();
    for field in &shape.fields {
        if field.role != Some(Role::Key) {
            continue;
        }
        let name = field.key_name(&shape.attrs);
        let same_token = |other: &Field<'_>| other.token.is_some() && field.token.is_some();
        match keys.get(&name) {
            // Reported as two tokens of one name.
            Some(other) if same_token(other) => {}
            Some(other) => errors.at(
                field.named_at(),
                format_args!(
                    "two parts of the key are named `{name}`, this one and the field `{}`: name one with \
                     `token = \"…\"`",
                    other.name()
                ),
            ),
            None => {
                keys.insert(name, field);
            }
        }
    }
}

/// Why HubSpot would not take the name; the rule of `timeline_core`'s tokens.
pub(crate) fn refused(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the token's name is empty".to_owned());
    }
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if let Some(c) = name.chars().find(|c| !allowed(c)) {
        return Some(format!(
            "the token name {name:?} contains {c:?}, and HubSpot takes ASCII letters, digits, `.`, `-` and `_`"
        ));
    }
    matches!(name, "log" | "lookup").then(|| {
        format!("a token cannot be named `{name}`, a word that HubSpot's template language keeps for itself")
    })
}
