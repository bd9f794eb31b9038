//! What the macro cannot see, since it sees a field's type as text only: left to the compiler as constants to evaluate.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Type;
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
    pub(crate) message: String,
}

/// Types are the user's own, to be asked for what they bring.
pub(crate) enum Claim {
    /// The flattened type has no token of this name.
    LacksToken(Type, String),
    /// The flattened type has no field with this role.
    LacksRole(Type, Role),
    /// The flattened type has neither a token nor a role in common with those before it, but for what the event has
    /// itself.
    Apart {
        part: Type,
        before: Vec<Type>,
        tokens: Vec<String>,
        roles: Vec<&'static str>,
    },
    /// One of the flattened types has a field with one of these roles.
    AnyRole(Vec<Type>, &'static [Role]),
    /// One of the flattened types has a token of this name.
    AnyToken(Vec<Type>, String),
    /// With so many tokens of the event's own, all are not too many.
    FewEnough(Vec<Type>, usize),
    /// The type's token has this type, in HubSpot's word.
    HasType(Type, String),
    /// The tokens of the two types have the same type.
    SameType(Type, Type),
    /// The two expressions are different texts.
    OtherText(TokenStream, TokenStream),
}

impl Claim {
    /// The types and expressions of the user's that it is about.
    pub(crate) fn asks(&self) -> Vec<TokenStream> {
        let tokens = |types: &[Type]| types.iter().map(ToTokens::to_token_stream).collect();
        match self {
            Claim::LacksToken(ty, _) | Claim::LacksRole(ty, _) | Claim::HasType(ty, _) => {
                vec![ty.to_token_stream()]
            }
            Claim::SameType(one, other) => vec![one.to_token_stream(), other.to_token_stream()],
            Claim::OtherText(one, other) => vec![one.clone(), other.clone()],
            Claim::Apart { part, before, .. } => {
                let mut asks: Vec<TokenStream> = tokens(before);
                asks.push(part.to_token_stream());
                asks
            }
            Claim::AnyRole(types, _) | Claim::AnyToken(types, _) | Claim::FewEnough(types, _) => {
                tokens(types)
            }
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
                let claim = Claim::LacksToken(part.ty.clone(), name.clone());
                assertions.push(of_part(claim, message));
            }
            // An id and a key exclude each other, and a flattened part can only bring the id.
            let Some(role) = field.role else { continue };
            let role = if role == Role::Key { Role::Id } else { role };
            let by = format!("the field `{}`", field.name());
            assertions.push(of_part(
                Claim::LacksRole(part.ty.clone(), role),
                twice(part, role, &by),
            ));
        }
        if shape.attrs.id.said().is_some() {
            assertions.push(of_part(
                Claim::LacksRole(part.ty.clone(), Role::Id),
                twice(part, Role::Id, "the pattern above the type"),
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
            part: part.ty.clone(),
            before: before.iter().map(|part| part.ty.clone()).collect(),
            tokens: tokens.collect(),
            roles: roles.collect(),
        };
        let names: Vec<String> = before.iter().map(|part| part.name()).collect();
        let message = format!(
            "`{}` is flattened and has something that is flattened from {} already",
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
        "`{part}` is flattened and has the `{role}`, which {by} gives already: an event has one, so remove one"
    )
}

/// The types that are flattened into a shape.
pub(super) fn types(shape: &Shape<'_>) -> Vec<Type> {
    shape.flattened().map(|part| part.ty.clone()).collect()
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
