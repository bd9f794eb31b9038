//! What the macro cannot see, since it sees a field's type as text only: left to the compiler as constants to evaluate.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;

use crate::model::{Field, Shape};
use crate::parse::Role;
use crate::words::listed;

/// HubSpot's limit, as in `timeline_core::limits`.
pub(super) const TOKENS_PER_TEMPLATE: usize = 500;

/// Something that must hold, and what to say at which place where it does not.
pub(crate) struct Assertion {
    /// The user's tokens to point at.
    pub(crate) at: TokenStream,
    pub(crate) claim: Claim,
    /// `{}` stands for a name that only the compiler will know; of the claims, `Apart` and `SameTokens` have one.
    pub(crate) message: String,
}

/// A type of the user's, in the user's tokens.
pub(crate) type Asked = TokenStream;

/// What can be claimed of types that are asked for their tokens and roles.
pub(crate) enum Claim {
    /// The flattened type has no token of this name.
    LacksToken(Asked, String),
    /// The flattened type has no field with this role.
    LacksRole(Asked, Role),
    /// The flattened type has neither a token nor a role in common with those before it, but for what the event has
    /// itself.
    Apart {
        part: Asked,
        before: Vec<Asked>,
        tokens: Vec<String>,
        roles: Vec<&'static str>,
    },
    /// One of the flattened types has a field with one of these roles.
    AnyRole(Vec<Asked>, &'static [Role]),
    /// One of the flattened types has a token of this name.
    AnyToken(Vec<Asked>, String),
    /// None of the flattened types has a token of this name.
    NoToken(Vec<Asked>, String),
    /// If one of the flattened types has a token of this name, it is a date.
    TokenIsDate(Vec<Asked>, String),
    /// With so many tokens of the event's own, all are not too many.
    FewEnough(Vec<Asked>, usize),
    /// The two shapes have the same tokens, their own and the flattened types'.
    SameTokens(Tokens, Tokens),
    /// The type's token has this type, in HubSpot's word.
    HasType(Asked, String),
    /// The tokens of the two types have the same type.
    SameType(Asked, Asked),
    /// The two expressions are different texts.
    OtherText(TokenStream, TokenStream),
}

/// All tokens of a shape.
pub(crate) struct Tokens {
    pub(crate) own: Vec<String>,
    pub(crate) flattened: Vec<Asked>,
}

impl Claim {
    /// The types and expressions of the user's that it is about.
    pub(crate) fn asks(&self) -> Vec<&TokenStream> {
        match self {
            Claim::LacksToken(ty, _) | Claim::LacksRole(ty, _) | Claim::HasType(ty, _) => vec![ty],
            Claim::SameType(one, other) | Claim::OtherText(one, other) => vec![one, other],
            Claim::Apart { part, before, .. } => before.iter().chain([part]).collect(),
            Claim::AnyRole(types, _)
            | Claim::AnyToken(types, _)
            | Claim::NoToken(types, _)
            | Claim::TokenIsDate(types, _)
            | Claim::FewEnough(types, _) => types.iter().collect(),
            Claim::SameTokens(one, other) => one.flattened.iter().chain(&other.flattened).collect(),
        }
    }

    /// Whether an event that breaks it must not be built, in a generic type where nobody knows before.
    pub(crate) fn is_for_building(&self) -> bool {
        matches!(
            self,
            Claim::LacksToken(..) | Claim::LacksRole(..) | Claim::Apart { .. }
        )
    }
}

/// Nothing that is flattened into a shape may be there twice.
pub(super) fn of_parts(shape: &Shape<'_>) -> Vec<Assertion> {
    let parts: Vec<&Field<'_>> = shape.flattened().filter(|part| part.sound).collect();
    let mut assertions = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let of_part = |claim, message| Assertion {
            at: part.ty.to_token_stream(),
            claim,
            message,
        };
        for field in &shape.fields {
            if let Some(token) = &field.token {
                let name = &token.name;
                let message = format!(
                    "`{}` is flattened and has the token `{name}`, which the field `{}` is already: rename one with \
                     `token = \"…\"`, or leave one out with `skip`",
                    part.name(),
                    field.name()
                );
                let claim = Claim::LacksToken(part.ty.to_token_stream(), name.clone());
                assertions.push(of_part(claim, message));
            }
            // An id and a key exclude each other, and a flattened part can only bring the id.
            let Some(role) = field.role else { continue };
            let (role, by) = match role {
                Role::Key => (
                    Role::Id,
                    format!("is made from its key (`{}`)", field.name()),
                ),
                role => (role, format!("is the field `{}`", field.name())),
            };
            assertions.push(of_part(
                Claim::LacksRole(part.ty.to_token_stream(), role),
                twice(part, role, &by),
            ));
        }
        if shape.attrs.id.said().is_some() {
            assertions.push(of_part(
                Claim::LacksRole(part.ty.to_token_stream(), Role::Id),
                twice(part, Role::Id, "is made from the pattern above the type"),
            ));
        }
        let before: Vec<&Field<'_>> = parts.iter().take(place).copied().collect();
        if before.is_empty() {
            continue;
        }
        let tokens = shape
            .fields
            .iter()
            .filter_map(|field| Some(field.token.as_ref()?.name.clone()));
        let roles = shape
            .fields
            .iter()
            .filter_map(|field| Some(field.role?.name()));
        let claim = Claim::Apart {
            part: part.ty.to_token_stream(),
            before: before
                .iter()
                .map(|part| part.ty.to_token_stream())
                .collect(),
            tokens: tokens.collect(),
            roles: roles.collect(),
        };
        let names: Vec<String> = before.iter().map(|part| part.name()).collect();
        let message = format!(
            "`{}` is flattened and brings the {{}}, which {} brings already: remove one, or rename it with `token = \"…\"` if \
             it is a token",
            part.name(),
            listed(names.iter().map(String::as_str))
        );
        assertions.push(of_part(claim, message));
    }
    if let [first, ..] = parts.as_slice() {
        let own = shape
            .fields
            .iter()
            .filter(|field| field.token.is_some())
            .count();
        assertions.push(Assertion {
            at: first.ty.to_token_stream(),
            claim: Claim::FewEnough(types(shape), own),
            message: format!(
                "with what is flattened into it, the event has more than the {TOKENS_PER_TEMPLATE} tokens that a \
                 template can have"
            ),
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
pub(super) fn types(shape: &Shape<'_>) -> Vec<Asked> {
    shape
        .flattened()
        .map(|part| part.ty.to_token_stream())
        .collect()
}

/// Whether everything that is flattened is fit to be asked; where it is not, that was reported.
pub(super) fn can_ask(shape: &Shape<'_>) -> bool {
    shape.flattened().all(|part| part.sound)
}

impl Assertion {
    pub(crate) fn span(&self) -> Span {
        self.at.span()
    }
}
