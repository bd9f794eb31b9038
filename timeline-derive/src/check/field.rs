//! One field, and the fields' roles.

use syn::{LitStr, Member};

use crate::errors::Errors;
use crate::model::{Field, Shape, is_phantom_data};
use crate::parse::Role;
use crate::slot::{Said, Slot};

/// Checks what is said on one field.
pub(super) fn check(field: &mut Field<'_>, errors: &mut Errors) {
    let before = errors.count();
    check_words(field, errors);
    field.sound &= errors.count() == before;
}

fn check_words(field: &Field<'_>, errors: &mut Errors) {
    let attrs = &field.attrs;
    // Both want the field for themselves; with both, one error is enough.
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
    let structured = field.role.filter(|role| role.is_structured());
    match (structured, attrs.token.said()) {
        (Some(role), Some(Said { at, .. })) => errors.at(
            at,
            format_args!(
                "the field is the `{}`, which cannot be a token as well: remove `token`",
                role.name()
            ),
        ),
        (_, Some(_)) => {}
        (_, None) if field.role.is_some() && !attrs.doubtful => {
            for slot in [&attrs.label, &attrs.property, &attrs.token_type] {
                check_token_only(slot, field, structured.is_some(), errors);
            }
        }
        (_, None) => {}
    }
    let nameless = field.token.is_none() && attrs.token.said().is_none();
    if nameless
        && field.role.is_none()
        && !attrs.doubtful
        && matches!(field.member, Member::Unnamed(_))
    {
        errors.at(
            field.ty,
            "a token needs a name, and this field has none: add `#[timeline(token = \"petName\")]`, or \
             leave the field out with `#[timeline(skip)]`",
        );
    }
    if attrs.with.said().is_none() && !attrs.doubtful && is_phantom_data(field.ty) {
        errors.at(
            field.ty,
            "`PhantomData` has no value: leave the field out with `#[timeline(skip)]`",
        );
    }
}

fn check_token_only(slot: &Slot<LitStr>, field: &Field<'_>, structured: bool, errors: &mut Errors) {
    let Some(Said { at, .. }) = slot.said() else {
        return;
    };
    let name = slot.name();
    if structured {
        errors.at(
            at,
            format_args!("`{name}` is for tokens, and this field is none: remove it"),
        );
    } else {
        let example = match &field.member {
            Member::Named(_) => field.name(),
            Member::Unnamed(_) => "petName".to_owned(),
        };
        errors.at(
            at,
            format_args!(
                "`{name}` is for tokens, and this field is none: remove it, or add `token = \"{example}\"` to make the \
                 field a token as well"
            ),
        );
    }
}

/// A role is on one field, but for the key.
pub(super) fn check_roles(shape: &Shape<'_>, errors: &mut Errors) {
    let mut taken: Vec<(Role, &Field<'_>)> = Vec::new();
    for field in &shape.fields {
        let Some((role, slot)) = field.attrs.roles.first() else {
            continue;
        };
        let Some(Said { at, .. }) = slot.said() else {
            continue;
        };
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
