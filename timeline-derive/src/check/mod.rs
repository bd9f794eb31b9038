//! The rules: what passes here can be expanded, and HubSpot has no reason known at compile time to refuse it.
//!
//! What only the fields' types can tell is left behind as assertions, which the compiler evaluates.

mod field;
mod flattened;
mod identifier;
mod names;
mod sharing;
mod texts;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Fields;

use crate::errors::Errors;
use crate::model::{Body, Event, Shape, Variant, VariantKind};

/// Checks an event.
pub(crate) fn event(event: &mut Event<'_>, errors: &mut Errors) {
    match &mut event.body {
        Body::Struct(shape) => {
            check_template(shape, errors);
            check_shape(shape, errors);
        }
        Body::Enum(variants) => {
            sharing::inherit(variants);
            for variant in variants.iter_mut() {
                check_variant(variant, &event.input.ident, errors);
            }
            sharing::check(variants, errors);
        }
    }
}

/// Checks a struct of shared fields: the fields alone, since the event that takes them in decides the rest.
pub(crate) fn fields(shape: &mut Shape<'_>, errors: &mut Errors) {
    for field in &mut shape.fields {
        field::check(field, errors);
    }
    field::check_roles(shape, errors);
    names::check(shape, errors);
    for field in &mut shape.fields {
        if field.is_flattened() && field.sound && holds(field.ty.to_token_stream(), shape.ident) {
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
}

fn check_template(shape: &Shape<'_>, errors: &mut Errors) {
    if !shape.attrs.names_template() && !shape.attrs.doubtful {
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

fn check_shape(shape: &mut Shape<'_>, errors: &mut Errors) {
    for field in &mut shape.fields {
        field::check(field, errors);
    }
    field::check_roles(shape, errors);
    let mut assertions = flattened::check(shape);
    assertions.extend(identifier::check(shape, errors));
    names::check(shape, errors);
    texts::check_id(shape, errors);
    assertions.extend(texts::check(shape, errors));
    shape.assertions = assertions;
}

fn check_variant(variant: &mut Variant<'_>, of: &Ident, errors: &mut Errors) {
    if let VariantKind::Inner(ty) = variant.kind
        && holds(ty.to_token_stream(), of)
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
    if variant.fields.is_empty() && !shape.attrs.names_template() && !shape.attrs.doubtful {
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
    check_template(shape, errors);
    check_shape(shape, errors);
}

/// Whether a type has the deriving type itself inside, by its bare name: `other::Event` is another one.
fn holds(ty: TokenStream, of: &Ident) -> bool {
    let mut after_colon = false;
    ty.into_iter().any(|token| {
        let after_colon = std::mem::replace(
            &mut after_colon,
            matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':'),
        );
        match token {
            TokenTree::Ident(ident) => ident == "Self" || (!after_colon && ident == *of),
            TokenTree::Group(group) => holds(group.stream(), of),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        }
    })
}
