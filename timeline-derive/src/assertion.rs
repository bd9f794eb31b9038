//! Assertions: what only the compiler can judge, since the macro sees a field's type as text. They are expanded to
//! constants that the compiler evaluates.

use proc_macro2::TokenStream;

use crate::manifest;
use crate::role::Role;

/// Something that must hold, and the message and its place if it does not.
pub(crate) struct Assertion {
    /// The user's tokens to point at.
    pub(crate) at: TokenStream,
    pub(crate) condition: Condition,
    /// One piece, except where the message has names that only the compiler will know: these stand between pieces.
    pub(crate) message: Vec<String>,
}

/// A type of the user's, in the user's tokens.
pub(crate) type UserType = TokenStream;

/// What types must fulfil, by their tokens, roles and types of tokens.
pub(crate) enum Condition {
    /// The flattened type has no token of this name.
    LacksToken(UserType, String),
    /// The flattened type has no field with this role.
    LacksRole(UserType, Role),
    /// The flattened type has neither a token nor a role in common with those before it, each with its field's name, but
    /// for what the event has itself. The message has three pieces.
    Apart {
        part: UserType,
        before: Vec<(UserType, String)>,
        tokens: Vec<String>,
        roles: Vec<&'static str>,
    },
    /// One of the flattened types has a field with one of these roles.
    AnyRole(Vec<UserType>, &'static [Role]),
    /// One of the flattened types has a token of this name.
    AnyToken(Vec<UserType>, String),
    /// As above, and the message ends in the name of one that is near, if there is one.
    AnyTokenOrNear(Vec<UserType>, String),
    /// None of the flattened types has a token of this name.
    NoToken(Vec<UserType>, String),
    /// If one of the flattened types has a token of this name, it is a date.
    TokenIsDate(Vec<UserType>, String),
    /// With so many tokens of the event's own, all are not too many.
    FewEnough(Vec<UserType>, usize),
    /// The two shapes have the same tokens, their own and the flattened types'. The message has two pieces.
    SameTokens(Tokens, Tokens),
    /// The type's token has this type, in HubSpot's word.
    HasType(UserType, String),
    /// The type's token is what a template declares: of this type, in HubSpot's word, and with none but these options. The
    /// message has four pieces: two around the type's own, and two around a value that is none of the options.
    IsDeclared(UserType, String, Vec<String>),
    /// The template declares every token of the flattened type so. The message has five pieces: before a token's name; behind
    /// that of one that is not declared, of one of another type, and of one with another value; and behind that value.
    AllDeclared(UserType, Vec<manifest::Token>),
    /// Some value of the type has a text that a token of this type can have. The message stands around a word for the
    /// type's own.
    CanBe(UserType, String),
    /// The expression is a text that can be a template's id.
    TemplateId(TokenStream),
    /// The tokens of the two types have the same type.
    SameType(UserType, UserType),
    /// The expression is another text than those before it, each with the name of its variant. The message has two
    /// pieces.
    OtherText(TokenStream, Vec<(TokenStream, String)>),
}

/// All tokens of a shape.
pub(crate) struct Tokens {
    pub(crate) own: Vec<String>,
    pub(crate) flattened: Vec<UserType>,
}

impl Condition {
    /// The types and expressions of the user's that it is about.
    pub(crate) fn asks(&self) -> Vec<&TokenStream> {
        match self {
            Condition::LacksToken(ty, _)
            | Condition::LacksRole(ty, _)
            | Condition::HasType(ty, _)
            | Condition::IsDeclared(ty, ..)
            | Condition::AllDeclared(ty, _)
            | Condition::CanBe(ty, _)
            | Condition::TemplateId(ty) => vec![ty],
            Condition::SameType(one, other) => vec![one, other],
            Condition::Apart { part, before, .. } | Condition::OtherText(part, before) => {
                before.iter().map(|(ty, _)| ty).chain([part]).collect()
            }
            Condition::AnyRole(types, _)
            | Condition::AnyToken(types, _)
            | Condition::AnyTokenOrNear(types, _)
            | Condition::NoToken(types, _)
            | Condition::TokenIsDate(types, _)
            | Condition::FewEnough(types, _) => types.iter().collect(),
            Condition::SameTokens(one, other) => {
                one.flattened.iter().chain(&other.flattened).collect()
            }
        }
    }

    /// Whether an event that breaks it must not be built. In a generic type that is known only when it is built.
    pub(crate) fn is_for_building(&self) -> bool {
        matches!(
            self,
            Condition::LacksToken(..) | Condition::LacksRole(..) | Condition::Apart { .. }
        )
    }

    /// Whether a generic type must fulfil it for each type that its parameters stand for. What values can be is left out:
    /// each value is checked when the event is built.
    pub(crate) fn is_for_declaring(&self) -> bool {
        !self.is_for_building() && !matches!(self, Condition::CanBe(..))
    }
}
