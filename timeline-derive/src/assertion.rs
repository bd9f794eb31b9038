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
    /// One piece, or several: between two pieces stands a name that only the compiler knows.
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
    /// The flattened type shares no token and no role with the flattened types before it, each with its field's name.
    /// The event's own tokens and roles are left out: another assertion compares them. The message has three pieces.
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
    /// One of the flattened types has a token of this name. If not, the message ends in the name of a near token, if
    /// there is one.
    AnyTokenOrNear(Vec<UserType>, String),
    /// None of the flattened types has a token of this name.
    NoToken(Vec<UserType>, String),
    /// If one of the flattened types has a token of this name, it is a date.
    TokenIsDate(Vec<UserType>, String),
    /// The flattened types' tokens, and this many of the event's own, are not too many for a template.
    FewEnough(Vec<UserType>, usize),
    /// The two shapes have the same tokens, their own and the flattened types'. The message has two pieces.
    SameTokens(Tokens, Tokens),
    /// The type's token has this type, in HubSpot's word.
    HasType(UserType, String),
    /// The type's token is what a template declares: of this type, in HubSpot's word, and with no other options than
    /// these. The message has four pieces: two around the type's own token type, and two around a value that is none of
    /// the options.
    IsDeclared(UserType, String, Vec<String>),
    /// The template declares every token of the flattened type, with the same type and values. The message has five
    /// pieces: one before a token's name; three behind the name, for a token that is not declared, that has another
    /// type, or that has another value; and one behind that value.
    AllDeclared(UserType, Vec<manifest::Token>),
    /// The text of at least one value of the type fits a token of this type.
    CanBe(UserType, String),
    /// The expression is a text that can be a template's id.
    TemplateId(TokenStream),
    /// The tokens of the two types have the same type.
    SameType(UserType, UserType),
    /// The text of the expression differs from those before it, each with the name of its variant. The message has two
    /// pieces.
    OtherText(TokenStream, Vec<(TokenStream, String)>),
}

/// All tokens of a shape.
pub(crate) struct Tokens {
    pub(crate) own: Vec<String>,
    pub(crate) flattened: Vec<UserType>,
}

impl Condition {
    /// The user's types and expressions that the condition is about.
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

    /// Whether an event that breaks the condition must not be built. In a generic type this is known only when an event
    /// is built.
    pub(crate) fn is_for_building(&self) -> bool {
        matches!(
            self,
            Condition::LacksToken(..) | Condition::LacksRole(..) | Condition::Apart { .. }
        )
    }

    /// Whether a generic type must fulfil the condition for each type that its parameters stand for. `CanBe` is left
    /// out: each value is checked when the event is built.
    pub(crate) fn is_for_declaring(&self) -> bool {
        !self.is_for_building() && !matches!(self, Condition::CanBe(..))
    }
}
