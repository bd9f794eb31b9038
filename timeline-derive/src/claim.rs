//! Claims that only the compiler can judge, since the macro sees a field's type as text: they are left to it as constants
//! to evaluate.

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;

use crate::parse::Role;

/// Something that must hold, and what to say at which place where it does not.
pub(crate) struct Assertion {
    /// The user's tokens to point at.
    pub(crate) at: TokenStream,
    pub(crate) claim: Claim,
    /// One piece, but for claims whose message has names that only the compiler will know: these stand between pieces.
    pub(crate) message: Vec<String>,
}

/// A type of the user's, in the user's tokens.
pub(crate) type Asked = TokenStream;

/// What can be claimed of types that are asked for their tokens and roles.
pub(crate) enum Claim {
    /// The flattened type has no token of this name.
    LacksToken(Asked, String),
    /// The flattened type has no field with this role.
    LacksRole(Asked, Role),
    /// The flattened type has neither a token nor a role in common with those before it, each with its field's name, but
    /// for what the event has itself. The message has three pieces.
    Apart {
        part: Asked,
        before: Vec<(Asked, String)>,
        tokens: Vec<String>,
        roles: Vec<&'static str>,
    },
    /// One of the flattened types has a field with one of these roles.
    AnyRole(Vec<Asked>, &'static [Role]),
    /// One of the flattened types has a token of this name.
    AnyToken(Vec<Asked>, String),
    /// As above, and the message ends in the name of one that is near, if there is one.
    AnyTokenOrNear(Vec<Asked>, String),
    /// None of the flattened types has a token of this name.
    NoToken(Vec<Asked>, String),
    /// If one of the flattened types has a token of this name, it is a date.
    TokenIsDate(Vec<Asked>, String),
    /// With so many tokens of the event's own, all are not too many.
    FewEnough(Vec<Asked>, usize),
    /// The two shapes have the same tokens, their own and the flattened types'. The message has two pieces.
    SameTokens(Tokens, Tokens),
    /// The type's token has this type, in HubSpot's word.
    HasType(Asked, String),
    /// Some value of the type has a text that a token of this type can have. The message stands around a word for the
    /// type's own.
    CanBe(Asked, String),
    /// The expression is a text that can be a template's id.
    TemplateId(TokenStream),
    /// The tokens of the two types have the same type.
    SameType(Asked, Asked),
    /// The expression is another text than those before it, each with the name of its variant. The message has two
    /// pieces.
    OtherText(TokenStream, Vec<(TokenStream, String)>),
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
            Claim::LacksToken(ty, _)
            | Claim::LacksRole(ty, _)
            | Claim::HasType(ty, _)
            | Claim::CanBe(ty, _)
            | Claim::TemplateId(ty) => vec![ty],
            Claim::SameType(one, other) => vec![one, other],
            Claim::Apart { part, before, .. } | Claim::OtherText(part, before) => {
                before.iter().map(|(ty, _)| ty).chain([part]).collect()
            }
            Claim::AnyRole(types, _)
            | Claim::AnyToken(types, _)
            | Claim::AnyTokenOrNear(types, _)
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

    /// Whether a generic type is held to it for each type that its parameters stand for. Not for what values can be: they
    /// are checked when the event is built, one by one.
    pub(crate) fn is_for_declaring(&self) -> bool {
        !self.is_for_building() && !matches!(self, Claim::CanBe(..))
    }
}

impl Assertion {
    pub(crate) fn span(&self) -> Span {
        self.at.span()
    }
}
