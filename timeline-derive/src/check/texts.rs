//! What the header, the detail and the id refer to is there.

use quote::ToTokens;

use super::assertion::{Assertion, Claim, can_ask, types};
use super::field::is_phantom_data;
use crate::errors::Errors;
use crate::handlebars::{Reference, Usage};
use crate::model::{Field, Shape};
use crate::parse::{Pattern, Role, Text, is_extra_data};
use crate::pattern::Part;
use crate::suggest::{fold, nearest};
use crate::words::listed;

/// What HubSpot knows of an event beside its tokens.
const TIMESTAMP: &str = "timestamp";

/// Checks the header and the detail.
pub(super) fn check(shape: &Shape<'_>, errors: &mut Errors) -> Vec<Assertion> {
    let mut assertions = Vec::new();
    for slot in [&shape.attrs.header, &shape.attrs.detail] {
        let Some(text) = slot.value() else { continue };
        let mut reads_extra_data = false;
        for reference in &text.references {
            if is_extra_data(reference) {
                reads_extra_data = true;
            } else {
                assertions.extend(check_reference(slot.name(), text, reference, shape, errors));
            }
        }
        if reads_extra_data {
            assertions.extend(check_extra_data(slot.name(), text, shape, errors));
        }
        for word in &text.single_braces {
            let fix = shape.fields.iter().find_map(|field| {
                let token = &field.token.as_ref()?.name;
                (token == word || field.name() == *word).then_some(token)
            });
            if let Some(token) = fix {
                errors.at(
                    &text.literal,
                    format_args!(
                        "in the {}: `{{{word}}}` is plain text; for the token's value write `{{{{{token}}}}}`",
                        slot.name()
                    ),
                );
            }
        }
    }
    assertions
}

fn check_reference(
    of: &str,
    text: &Text,
    Reference { path, usage }: &Reference,
    shape: &Shape<'_>,
    errors: &mut Errors,
) -> Option<Assertion> {
    let field = shape.fields.iter().find(|field| {
        field
            .token
            .as_ref()
            .is_some_and(|token| token.name == *path)
    });
    if *usage == Usage::List && (field.is_some() || path == TIMESTAMP) {
        errors.at(
            &text.literal,
            format_args!(
                "in the {of}: `{{{{#each {path}}}}}` goes over a list, and a token is one text: put the list into the \
                 `extra_data` and write `{{{{#each extraData.{path}}}}}`"
            ),
        );
        return None;
    }
    if let Some(field) = field {
        return (*usage == Usage::Date).then(|| is_date(of, text, path, field, errors))?;
    }
    // A name that could not be read may have been this one.
    if path == TIMESTAMP || shape.hides_a_name() {
        return None;
    }
    if let Some(message) = is_no_token(path, shape) {
        errors.at(&text.literal, format_args!("in the {of}: {message}"));
        return None;
    }
    let message = format!("in the {of}: {}", unknown_token(path, shape));
    if shape.flattened().next().is_none() {
        errors.at(&text.literal, message);
        return None;
    }
    can_ask(shape).then(|| Assertion {
        at: text.literal.to_token_stream(),
        claim: Claim::AnyToken(types(shape), path.clone()),
        message,
    })
}

/// A token that is formatted as a date is one. What its type is, only the type can tell.
fn is_date(
    of: &str,
    text: &Text,
    path: &str,
    field: &Field<'_>,
    errors: &mut Errors,
) -> Option<Assertion> {
    let message = format!(
        "in the {of}: `{{{{#formatDate {path}}}}}` needs a date, and the token `{path}` is none: give the field a date, \
         or `type = \"date\"` if it holds milliseconds since 1970"
    );
    match field.attrs.token_type.value().map(syn::LitStr::value) {
        Some(said) if said == "date" => None,
        Some(_) => {
            errors.at(&text.literal, message);
            None
        }
        // A `with` function's result has no name to ask for; a timestamp is checked to be a date anyway.
        None if field.attrs.token_type.is_unreadable()
            || field.with().is_some()
            || field.role == Some(Role::Timestamp)
            || !field.sound =>
        {
            None
        }
        None => Some(Assertion {
            at: text.literal.to_token_stream(),
            claim: Claim::HasType(field.ty.clone(), "date".to_owned()),
            message,
        }),
    }
}

/// What a name is that means something here, and no token.
fn is_no_token(path: &str, shape: &Shape<'_>) -> Option<String> {
    if fold(path.split('.').next().unwrap_or(path)) == fold("extraData") {
        return Some(format!(
            "unknown token `{path}`; extra data is `extraData`, as in `{{{{extraData.items}}}}`"
        ));
    }
    let field = shape.field(path)?;
    if let Some(token) = &field.token {
        return Some(format!(
            "`{path}` is the field, and its token is `{0}`: write `{{{{{0}}}}}`",
            token.name
        ));
    }
    if field.attrs.skip.said().is_some() {
        return Some(format!(
            "the field `{path}` is skipped, so its value is not sent: remove the `skip`"
        ));
    }
    let role = field.role?;
    Some(if role.is_structured() {
        format!(
            "the field `{path}` is the `{}` and no token{}",
            role.name(),
            if role == Role::ExtraData {
                ": write `{{extraData.…}}` in the detail"
            } else {
                ""
            }
        )
    } else {
        format!(
            "the field `{path}` is the `{}` and no token: add `token = \"{path}\"` to make it one as well",
            role.name()
        )
    })
}

fn unknown_token(path: &str, shape: &Shape<'_>) -> String {
    let names = || {
        let tokens = shape.fields.iter().filter_map(|field| field.token.as_ref());
        tokens.map(|token| token.name.as_str())
    };
    let advice = match nearest(path, names().chain([TIMESTAMP])) {
        Some(near) => format!("did you mean `{{{{{near}}}}}`?"),
        None if shape.flattened().next().is_some() => {
            "neither the event's own fields nor those flattened into it give it".to_owned()
        }
        None if names().next().is_none() => "the event has no tokens".to_owned(),
        None => format!("the event has {}", listed(names())),
    };
    format!("unknown token `{path}`; {advice}")
}

/// Extra data that is read is there.
fn check_extra_data(
    of: &str,
    text: &Text,
    shape: &Shape<'_>,
    errors: &mut Errors,
) -> Option<Assertion> {
    let mut roles = shape.fields.iter().flat_map(|field| &field.attrs.roles);
    if shape.is_doubtful() || roles.any(|(role, _)| *role == Role::ExtraData) {
        return None;
    }
    let message = format!(
        "the {of} reads the `extraData`, and no field gives any: mark the one that does with `#[timeline(extra_data)]`"
    );
    if shape.flattened().next().is_none() {
        errors.at(&text.literal, message);
        return None;
    }
    can_ask(shape).then(|| Assertion {
        at: text.literal.to_token_stream(),
        claim: Claim::AnyRole(types(shape), &[Role::ExtraData]),
        message,
    })
}

/// Checks that the id is made of fields that are there and have a text.
pub(super) fn check_id(shape: &Shape<'_>, errors: &mut Errors) {
    let Some(Pattern { literal, parts }) = shape.attrs.id.value() else {
        return;
    };
    let mut told: Vec<&str> = Vec::new();
    for part in parts {
        let Part::Field(name) = part else { continue };
        if told.contains(&name.as_str()) {
            continue;
        }
        told.push(name);
        let Some(field) = shape.field(name) else {
            let known: Vec<String> = shape.fields.iter().map(Field::name).collect();
            let by_token = shape.fields.iter().find(|field| {
                field
                    .token
                    .as_ref()
                    .is_some_and(|token| token.name == *name)
            });
            let advice = match (by_token, nearest(name, known.iter().map(String::as_str))) {
                (Some(field), _) => {
                    format!(
                        "that is a token, and an id is made of fields: write `{{{}}}`",
                        field.name()
                    )
                }
                (None, Some(near)) => format!("did you mean `{{{near}}}`?"),
                (None, None) if known.is_empty() => "it has none".to_owned(),
                (None, None) => format!("it has {}", listed(known.iter().map(String::as_str))),
            };
            errors.at(
                literal,
                format_args!(
                    "`{}` has no field `{name}` to make the id of; {advice}",
                    shape.ident
                ),
            );
            continue;
        };
        if let Some(what) = has_no_text(field) {
            errors.at(
                literal,
                format_args!(
                    "the field `{name}` is {what} and has no text of its own to put into the id"
                ),
            );
        }
    }
}

fn has_no_text(field: &Field<'_>) -> Option<&'static str> {
    match field.role {
        _ if field.is_flattened() => Some("flattened"),
        Some(Role::ExtraData) => Some("the `extra_data`"),
        Some(Role::IFrame) => Some("the `iframe`"),
        _ if field.with().is_none() && is_phantom_data(field.ty) => Some("`PhantomData`"),
        _ => None,
    }
}
