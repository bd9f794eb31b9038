//! The rules: what passes here can be expanded, and HubSpot has no reason known at compile time to refuse it.
//!
//! What only the fields' types can tell is left behind as assertions, which the compiler evaluates.

mod field;
pub(crate) mod flattened;
mod identifier;
pub(crate) mod names;
mod rust;
mod sharing;
mod texts;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{DeriveInput, Fields, GenericArgument, PathArguments, Type};

pub(crate) use self::field::PLAIN;
use self::texts::Told;
use crate::claim::{Assertion, Claim};
use crate::errors::Errors;
use crate::model::{Body, Event, Field, Shape, Variant, VariantKind};
use crate::parse::TypeAttrs;
use crate::template_id::TemplateId;

/// Checks an event.
pub(crate) fn event(event: &mut Event<'_>, errors: &mut Errors) {
    let input = event.input;
    match &mut event.body {
        Body::Struct(shape) => {
            leave_out_what_rustc_refuses(shape, input, "TimelineEvent", errors);
            check_template(shape, errors);
            check_shape(shape, &mut Told::default(), errors);
        }
        Body::Enum(variants) => {
            if is_for_a_token(variants) {
                errors.at(
                    &event.input.ident,
                    "no variant has fields, so nothing says whose timeline the events go on: give the variants templates \
                     and fields, or, if this is a value of events, derive `TokenEnum` instead",
                );
                for variant in variants {
                    variant.kind = VariantKind::Broken;
                }
                return;
            }
            check_words_of_no_event(&event.attrs, event.input, variants, errors);
            let mut told = Told::default();
            sharing::inherit(variants);
            for variant in variants.iter_mut() {
                match &mut variant.kind {
                    VariantKind::Event(shape) => {
                        leave_out_what_rustc_refuses(shape, input, "TimelineEvent", errors);
                    }
                    VariantKind::Inner(ty) if rust::names_unknown_lifetime(ty, &input.generics) => {
                        variant.kind = VariantKind::Broken;
                    }
                    VariantKind::Inner(_) | VariantKind::Broken => {}
                }
                check_variant(variant, &event.input.ident, &mut told, errors);
            }
            sharing::check(variants, errors);
        }
    }
}

/// Checks a struct of shared fields: the fields alone, since the event that takes them in decides the rest.
pub(crate) fn fields(shape: &mut Shape<'_>, input: &DeriveInput, errors: &mut Errors) {
    leave_out_what_rustc_refuses(shape, input, "TimelineFields", errors);
    for field in &mut shape.fields {
        field::check(field, errors);
    }
    field::check_roles(shape, errors);
    names::check(shape, errors);
    for field in &mut shape.fields {
        if field.is_flattened() && field.sound && is_itself(field.ty, shape.ident) {
            errors.at(
                field.ty,
                format_args!(
                    "`{}` flattens `{}` into itself, which has no end: leave it out with `skip`, or hold another type",
                    field.name(),
                    shape.ident
                ),
            );
            field.sound = false;
        }
    }
    shape.assertions = flattened::check(shape);
    shape.assertions.extend(field::check_types(shape));
}

/// Fields that rustc is sure to refuse are not expanded, so that it does so once.
fn leave_out_what_rustc_refuses(
    shape: &mut Shape<'_>,
    input: &DeriveInput,
    derive: &str,
    errors: &mut Errors,
) {
    let packed = rust::is_packed(input, derive, errors);
    for field in &mut shape.fields {
        field.sound &= !packed && !rust::names_unknown_lifetime(field.ty, &input.generics);
    }
}

/// What a constant says is a template's id, as a literal is.
fn check_template_id(shape: &Shape<'_>, told: &mut Told) -> Option<Assertion> {
    let Some(TemplateId::Path(path)) = shape.attrs.template_id.value() else {
        return None;
    };
    told.is_new_constant(&path.to_token_stream().to_string())
        .then(|| Assertion {
            at: path.to_token_stream(),
            claim: Claim::TemplateId(path.to_token_stream()),
            message: Vec::new(),
        })
}

fn check_template(shape: &Shape<'_>, errors: &mut Errors) {
    // A template that is named on a field was reported, and only has to be moved.
    let mut fields = shape.fields.iter();
    let moved = fields.any(|field| field.attrs.unknown.misplaces(&["template_id", "template"]));
    if !shape.attrs.names_template() && !shape.attrs.unknown.unreadable && !moved {
        errors.at(
            shape.ident,
            format_args!(
                "no event template: add `#[timeline(template_id = \"1001298\")]` with the id HubSpot gave it, or \
                 `#[timeline(template = {:?})]` to have the id looked up by the template's name",
                shape.name
            ),
        );
    }
}

fn check_shape(shape: &mut Shape<'_>, told: &mut Told, errors: &mut Errors) {
    for field in &mut shape.fields {
        field::check(field, errors);
    }
    field::check_roles(shape, errors);
    let mut assertions = flattened::check(shape);
    assertions.extend(check_template_id(shape, told));
    assertions.extend(field::check_types(shape));
    assertions.extend(identifier::check(shape, errors));
    names::check(shape, errors);
    texts::check_id(shape, told, errors);
    assertions.extend(texts::check(shape, told, errors));
    shape.assertions = assertions;
}

fn check_variant(variant: &mut Variant<'_>, of: &Ident, told: &mut Told, errors: &mut Errors) {
    if let VariantKind::Inner(ty) = variant.kind
        && is_itself(ty, of)
    {
        errors.at(
            ty,
            format_args!(
                "the variant hands its events on to `{of}` itself, whose templates would have no end: give it a template \
                 of its own, or hold another type"
            ),
        );
        variant.kind = VariantKind::Broken;
    }
    let VariantKind::Event(shape) = &mut variant.kind else {
        return;
    };
    if variant.fields.is_empty() && !shape.attrs.names_template() && !shape.attrs.unknown.unreadable
    {
        let braces = match variant.fields {
            Fields::Unnamed(_) => "()",
            Fields::Named(_) => " {}",
            Fields::Unit => "",
        };
        errors.at(
            shape.ident,
            format_args!(
                "`{}{braces}` has no fields, so nothing says whose timeline its events go on: give it a template and a \
                 field for the record, as in `#[timeline(email)] email: String`",
                shape.ident
            ),
        );
        variant.kind = VariantKind::Broken;
        return;
    }
    if let (true, [field]) = (variant.attrs.names_template(), shape.fields.as_slice())
        && is_bare(field)
    {
        errors.at(
            field.ty,
            "the variant has a template of its own, so its field is one of the event's: name it with \
             `#[timeline(token = \"petName\")]`, or take in shared fields with `#[timeline(flatten)]`; if the type inside is \
             an event by itself, remove the variant's template",
        );
        variant.kind = VariantKind::Broken;
        return;
    }
    check_template(shape, errors);
    check_shape(shape, told, errors);
}

/// What an enum says is the default for its variants that are events; where none is, it would be said to nobody.
fn check_words_of_no_event(
    attrs: &TypeAttrs,
    of: &DeriveInput,
    variants: &[Variant<'_>],
    errors: &mut Errors,
) {
    let inner = |variant: &Variant<'_>| matches!(variant.kind, VariantKind::Inner(_));
    if variants.is_empty() || !variants.iter().all(inner) {
        return;
    }
    for (word, at) in attrs.words_for_events() {
        errors.at(
            at,
            format_args!(
                "every variant of `{}` hands its event on to the type inside, so `{word}` means nothing here: remove it, or \
                 say it on the type inside",
                of.ident
            ),
        );
    }
}

/// Whether this is an enum of names alone, of which nothing says that they are events.
fn is_for_a_token(variants: &[Variant<'_>]) -> bool {
    let bare = |variant: &Variant<'_>| {
        let named = variant
            .shape()
            .is_some_and(|shape| shape.attrs.names_template());
        variant.fields.is_empty() && !named && !variant.attrs.unknown.unreadable
    };
    variants.len() > 1 && variants.iter().all(bare)
}

/// Whether nothing is said on a field without a name.
fn is_bare(field: &Field<'_>) -> bool {
    let attrs = &field.attrs;
    matches!(field.member, syn::Member::Unnamed(_))
        && attrs.beside("").is_none()
        && !attrs.unknown.unreadable
}

/// Whether a type is the deriving type itself, by its bare name and behind the usual pointers. What else goes in a
/// circle is found by the compiler.
fn is_itself(ty: &Type, of: &Ident) -> bool {
    match ty {
        Type::Reference(reference) => is_itself(&reference.elem, of),
        Type::Group(group) => is_itself(&group.elem, of),
        Type::Paren(paren) => is_itself(&paren.elem, of),
        Type::Path(path) => {
            let path = &path.path;
            let bare = path.segments.len() == 1;
            let Some(last) = path.segments.last() else {
                return false;
            };
            let pointers = ["Arc", "Box", "Option", "Rc"];
            match &last.arguments {
                PathArguments::AngleBracketed(arguments)
                    if pointers.iter().any(|name| last.ident == name) =>
                {
                    arguments.args.iter().any(|argument| match argument {
                        GenericArgument::Type(inner) => is_itself(inner, of),
                        _ => false,
                    })
                }
                _ => bare && (last.ident == "Self" || last.ident == *of),
            }
        }
        _ => false,
    }
}
