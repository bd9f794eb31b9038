//! Checks one field, and the fields' roles.

use quote::ToTokens;
use syn::{LitStr, Member};

use crate::assertion::{Assertion, Condition};
use crate::doubt::Cause;
use crate::errors::Errors;
use crate::model::{Field, Shape};
use crate::parse::slot::{Said, Slot};
use crate::role::Role;
use crate::rust_type::{holds_anything, is_phantom_data};

/// Checks the attributes of one field.
pub(super) fn check(field: &mut Field<'_>, errors: &mut Errors) {
    let before = errors.count();
    check_purpose(field, errors);
    // A mistake in the words for tokens says nothing about the field's type, which rustc checks.
    if errors.count() == before {
        check_token_words(field, errors);
    } else {
        field.attrs.doubt.add(Cause::All);
    }
}

/// A field is skipped, flattened, or has at most one role.
fn check_purpose(field: &Field<'_>, errors: &mut Errors) {
    let attrs = &field.attrs;
    // Each must stand alone. Where both stand, one error is enough.
    let alone = [
        (&attrs.skip, "leaves the field out"),
        (&attrs.flatten, "takes the field apart"),
    ];
    for (slot, does) in alone {
        let Some(said) = slot.said() else { continue };
        let word = slot.name();
        if let Some(other) = attrs.beside(word) {
            errors.at(
                &said.at,
                format_args!("`{word}` {does}, so `{other}` means nothing: remove one"),
            );
        }
        return;
    }
    if attrs.with.said().is_none() && !attrs.doubt.has(Cause::Text) && is_phantom_data(field.ty) {
        errors.at(
            field.ty,
            "`PhantomData` has no value: leave the field out with `#[timeline(skip)]`",
        );
        return;
    }
    if let [(first, _), others @ ..] = attrs.roles.as_slice() {
        for (_, other) in others {
            if let Some(Said { at, .. }) = other.said() {
                errors.at(
                    at,
                    format_args!(
                        "the field is the `{}` already: a field has at most one role",
                        first.name()
                    ),
                );
            }
        }
    }
    if let Some(role) = field.role.filter(|role| role.is_structured())
        && let Some(Said { at, .. }) = attrs.token.said()
    {
        errors.at(
            at,
            format_args!(
                "the field is the `{}`, which cannot be a token as well: remove `token`",
                role.name()
            ),
        );
    }
}

/// The words for tokens stand on tokens, and a token has a name.
fn check_token_words(field: &Field<'_>, errors: &mut Errors) {
    let attrs = &field.attrs;
    if field.is_flattened()
        || attrs.skip.said().is_some()
        || attrs.token.said().is_some()
        || attrs.doubt.has(Cause::Text)
    {
        return;
    }
    match field.role {
        Some(role) => {
            for slot in [&attrs.label, &attrs.property, &attrs.token_type] {
                check_token_only(slot, field, role, errors);
            }
        }
        None if matches!(field.member, Member::Unnamed(_)) => errors.at(
            field.ty,
            "a token needs a name, and this field has none: add `#[timeline(token = \"petName\")]`, or leave the field \
             out with `#[timeline(skip)]`",
        ),
        None => {}
    }
}

fn check_token_only(slot: &Slot<LitStr>, field: &Field<'_>, role: Role, errors: &mut Errors) {
    let Some(Said { at, .. }) = slot.said() else {
        return;
    };
    let name = slot.name();
    let fix = if role.is_structured() {
        "remove it".to_owned()
    } else if role == Role::Timestamp && name == "type" {
        "remove it; milliseconds become a timestamp through a function, with `with = \"path::to::function\"`".to_owned()
    } else {
        let example = match &field.member {
            Member::Named(_) => field.name(),
            Member::Unnamed(_) => "petName".to_owned(),
        };
        format!("remove it, or add `token = \"{example}\"` to make the field a token as well")
    };
    errors.at(
        at,
        format_args!("`{name}` is for tokens, and this field is none: {fix}"),
    );
}

/// Asserts that some value of the field fits the token's `type`. Only the field's Rust type decides that.
pub(super) fn check_types(shape: &Shape<'_>) -> Vec<Assertion> {
    let assertion = |field: &Field<'_>| {
        let said = field.attrs.token_type.value()?;
        let (means, word) = match said.value().as_str() {
            "number" => ("a number", "number"),
            "date" => ("a date, which is milliseconds since 1970", "date"),
            _ => return None,
        };
        if !field.is_sound()
            || field.token.is_none()
            || field.attrs.with.value().is_some()
            || holds_anything(field.ty)
        {
            return None;
        }
        Some(Assertion {
            at: said.to_token_stream(),
            condition: Condition::CanBe(field.ty.to_token_stream(), word.to_owned()),
            message: vec![format!(
                "no value of the field `{}` is {means}: remove `type = \"{word}\"`, or turn the value into one with \
                 `with = \"path::to::function\"`",
                field.name()
            )],
        })
    };
    shape.fields.iter().filter_map(assertion).collect()
}

/// A role is on one field. Only `key` may be on several.
pub(super) fn check_roles(shape: &Shape<'_>, errors: &mut Errors) {
    let mut taken: Vec<(Role, &Field<'_>)> = Vec::new();
    for field in &shape.fields {
        let Some((role, slot)) = field.attrs.roles.first() else {
            continue;
        };
        let Some(Said { at, .. }) = slot.said() else {
            continue;
        };
        // A role that was read from a misspelt word may be another one. The word was reported.
        if field.attrs.doubt.has(Cause::Guess(role.name())) {
            continue;
        }
        let by = |role: Role| {
            let of = taken.iter().find(|(other, _)| *other == role);
            of.map(|(_, field)| field.name())
        };
        if *role != Role::Key
            && let Some(other) = by(*role)
        {
            errors.at(
                at,
                format_args!(
                    "the field `{other}` is the `{}` already: one field per role",
                    slot.name()
                ),
            );
        }
        let excluded = match role {
            Role::Id => by(Role::Key),
            Role::Key if by(Role::Key).is_none() => by(Role::Id),
            _ => None,
        };
        if let Some(other) = excluded {
            errors.at(
                at,
                format_args!(
                    "`id` and `key` exclude each other, since the id is made from the key: remove this one or the one on \
                     `{other}`"
                ),
            );
        }
        let patterned = shape.attrs.id.said().is_some();
        let first = by(Role::Id).is_none() && by(Role::Key).is_none();
        if patterned && first && matches!(role, Role::Id | Role::Key) {
            errors.at(
                at,
                format_args!(
                    "the id is made from the pattern above the type already: remove that `id = \"…\"`, or this `{}`",
                    slot.name()
                ),
            );
        }
        taken.push((*role, field));
    }
}
