//! The plan: what is to be expanded. It has only sound things in it: a field, a variant or an id about which a mistake was
//! reported is not in the plan.

use proc_macro2::{Ident, TokenStream};
use syn::{DeriveInput, ExprPath, LitStr, Member, Type, TypeParamBound, WherePredicate};

use crate::assertion::Assertion;
use crate::model::{KnownType, ShapeKind, Template, Token};
use crate::role::Role;

/// The impl of an event.
pub(crate) struct Event<'i> {
    pub(crate) target: Target<'i>,
    pub(crate) body: Body<'i>,
    /// Files that the type was compared with, so that it is compiled again when one of them changes.
    pub(crate) files: Vec<String>,
}

/// The impl of a struct of shared fields.
pub(crate) struct SharedFields<'i> {
    pub(crate) target: Target<'i>,
    pub(crate) fields: Fields<'i>,
    /// The type has fields that are not in the plan, so it may bring tokens and roles that are not known here.
    pub(crate) is_partial: bool,
}

/// The type that the impl is for.
pub(crate) struct Target<'i> {
    pub(crate) input: &'i DeriveInput,
    /// The path of `timeline_core`.
    pub(crate) core: TokenStream,
    /// The user's bounds, if there are any, in place of those that the fields ask for.
    pub(crate) bound: Option<Vec<WherePredicate>>,
}

impl Target<'_> {
    /// Whether a type parameter may stand for a type of no known size (`?Sized`); then the last field may have none
    /// either.
    pub(crate) fn may_be_unsized(&self) -> bool {
        let is_maybe = |bound: &TypeParamBound| matches!(bound, TypeParamBound::Trait(of) if of.maybe.is_some());
        let generics = &self.input.generics;
        let mut parameters = generics.type_params().flat_map(|of| &of.bounds);
        let clause = generics.where_clause.iter().flat_map(|of| &of.predicates);
        let mut in_clause = clause.filter_map(|predicate| match predicate {
            WherePredicate::Type(of) => Some(&of.bounds),
            _ => None,
        });
        parameters.any(is_maybe) || in_clause.any(|bounds| bounds.iter().any(is_maybe))
    }
}

pub(crate) enum Body<'i> {
    Struct(Box<Shape<'i>>),
    Enum {
        variants: Vec<Variant<'i>>,
        /// Every variant of the type is in the plan, and once.
        is_complete: bool,
    },
}

pub(crate) enum Variant<'i> {
    /// An event with a template of its own.
    Event(Box<Shape<'i>>),
    /// A variant that hands its event on to the one type inside.
    Inner(&'i Ident, &'i Type),
}

/// A struct, or a variant of an enum, that is an event.
pub(crate) struct Shape<'i> {
    pub(crate) template: Template,
    /// The template's name in HubSpot.
    pub(crate) name: String,
    pub(crate) object_type: String,
    /// What app events call the template, and a custom object.
    pub(crate) type_name: Option<LitStr>,
    pub(crate) object_type_name: Option<LitStr>,
    /// Tokens whose names app events may refuse, and where they are named.
    pub(crate) reserved: Vec<(String, TokenStream)>,
    pub(crate) header: Option<LitStr>,
    pub(crate) detail: Option<LitStr>,
    /// What the id is made of, if a pattern says so.
    pub(crate) id: Vec<IdPart<'i>>,
    pub(crate) fields: Fields<'i>,
    /// An earlier variant declares the template.
    pub(crate) is_declared_before: bool,
}

/// One piece of an id.
pub(crate) enum IdPart<'i> {
    Text(String),
    /// A field, and the name that the pattern has for it.
    Field(String, Box<Field<'i>>),
}

/// The fields of a struct or a variant that the expansion reads, and what their types must fulfil.
pub(crate) struct Fields<'i> {
    /// The name of the struct or the variant.
    pub(crate) ident: &'i Ident,
    pub(crate) kind: ShapeKind,
    pub(crate) fields: Vec<Field<'i>>,
    pub(crate) assertions: Vec<Assertion>,
}

/// A field that has a role or is a token, or both, or is flattened, or stands in the pattern of the id.
#[derive(Clone)]
pub(crate) struct Field<'i> {
    pub(crate) member: Member,
    /// In a variant, the name that the field is bound to.
    pub(crate) binding: Option<Ident>,
    pub(crate) ty: &'i Type,
    pub(crate) with: Option<ExprPath>,
    pub(crate) is_flattened: bool,
    pub(crate) role: Option<Role>,
    /// The name under which its value goes into a key.
    pub(crate) key_name: String,
    pub(crate) token: Option<Token>,
    /// The type of its token.
    pub(crate) known_type: Option<KnownType>,
}
