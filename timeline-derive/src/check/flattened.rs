//! Checks what is flattened into a shape against what is there besides.

use quote::ToTokens;

use crate::assertion::{Assertion, Condition, UserType};
use crate::model::{Field, Shape};
use crate::role::Role;

/// HubSpot's limit, as in `timeline_core::limits`.
pub(crate) const TOKENS_PER_TEMPLATE: usize = 500;

/// Nothing that is flattened into a shape may be there twice, and all tokens together are not too many.
pub(super) fn check(shape: &Shape<'_>) -> Vec<Assertion> {
    let parts: Vec<&Field<'_>> = shape.flattened().filter(|part| part.is_sound()).collect();
    let mut assertions = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let of_part = |condition, message| Assertion {
            at: part.ty.to_token_stream(),
            condition,
            message: vec![message],
        };
        let mut keyed = false;
        for field in &shape.fields {
            if let Some(token) = &field.token {
                let name = &token.name;
                let message = format!(
                    "`{}` is flattened and has the token `{name}`, which the field `{}` is already: rename one with \
                     `token = \"…\"`, or leave one out with `skip`",
                    part.name(),
                    field.name()
                );
                let condition = Condition::LacksToken(part.ty.to_token_stream(), name.clone());
                assertions.push(of_part(condition, message));
            }
            // An id and a key exclude each other, and a flattened part can only bring the id.
            let Some(role) = field.role else { continue };
            if role == Role::Key && keyed {
                continue;
            }
            keyed |= role == Role::Key;
            let (role, by) = match role {
                Role::Key => (
                    Role::Id,
                    format!("is made from its key (`{}`)", field.name()),
                ),
                role => (role, format!("is the field `{}`", field.name())),
            };
            assertions.push(of_part(
                Condition::LacksRole(part.ty.to_token_stream(), role),
                twice(part, role, &by),
            ));
        }
        if shape.attrs.id.said().is_some() {
            assertions.push(of_part(
                Condition::LacksRole(part.ty.to_token_stream(), Role::Id),
                twice(part, Role::Id, "is made from the pattern above the type"),
            ));
        }
        if place == 0 {
            continue;
        }
        let tokens = shape.tokens().map(|token| token.name.clone());
        let roles = shape
            .fields
            .iter()
            .filter_map(|field| Some(field.role?.name()));
        let named = |part: &&Field<'_>| (part.ty.to_token_stream(), part.name());
        assertions.push(Assertion {
            at: part.ty.to_token_stream(),
            condition: Condition::Apart {
                part: part.ty.to_token_stream(),
                before: parts.iter().take(place).map(named).collect(),
                tokens: tokens.collect(),
                roles: roles.collect(),
            },
            message: vec![
                format!("`{}` is flattened and brings the ", part.name()),
                "`, which `".to_owned(),
                "` brings already: remove one, or rename it with `token = \"…\"` if it is a token"
                    .to_owned(),
            ],
        });
    }
    if let [first, ..] = parts.as_slice() {
        assertions.push(Assertion {
            at: first.ty.to_token_stream(),
            condition: Condition::FewEnough(types(shape), shape.tokens().count()),
            message: vec![format!(
                "with what is flattened into it, the event has more than the {TOKENS_PER_TEMPLATE} tokens that a \
                 template can have"
            )],
        });
    }
    assertions
}

fn twice(part: &Field<'_>, role: Role, by: &str) -> String {
    let (part, role) = (part.name(), role.name());
    format!(
        "`{part}` is flattened and has the `{role}`, and the event's `{role}` {by} already: remove one"
    )
}

/// The types that are flattened into a shape.
pub(super) fn types(shape: &Shape<'_>) -> Vec<UserType> {
    shape
        .flattened()
        .map(|part| part.ty.to_token_stream())
        .collect()
}

/// Whether all flattened fields are sound. If one is not, that was reported, and no assertion is made about all of them
/// together.
pub(super) fn is_all_sound(shape: &Shape<'_>) -> bool {
    shape.flattened().all(Field::is_sound)
}
