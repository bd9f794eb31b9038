//! Checks the variants of an enum.

use proc_macro2::Ident;
use syn::{DeriveInput, Fields, Member};

use super::reported::Reported;
use super::shape;
use crate::assertion::Assertion;
use crate::doubt::Cause;
use crate::errors::Errors;
use crate::model::{Field, Variant, VariantKind};
use crate::parse::TypeAttrs;
use crate::rust_type::is_itself;

/// Whether all variants are bare names, and nothing says that they are events.
pub(super) fn are_for_a_token(variants: &[Variant<'_>]) -> bool {
    let bare = |variant: &Variant<'_>| {
        let named = variant
            .shape()
            .is_some_and(|shape| shape.attrs.names_template());
        variant.fields.is_empty() && !named && !variant.attrs.doubt.has(Cause::Text)
    };
    variants.len() > 1 && variants.iter().all(bare)
}

/// The attributes of an enum are the defaults for its variants that are events. Where no variant is one, they have no effect.
pub(super) fn check_words_of_no_event(
    attrs: &TypeAttrs,
    of: &DeriveInput,
    variants: &[Variant<'_>],
    errors: &mut Errors,
) {
    if variants.is_empty() || variants.iter().any(|variant| variant.inner().is_none()) {
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

/// Checks one variant.
pub(super) fn check(
    variant: &mut Variant<'_>,
    of: &Ident,
    reported: &mut Reported,
    errors: &mut Errors,
) -> Vec<Assertion> {
    if let Some(ty) = variant.inner()
        && is_itself(ty, of)
    {
        errors.at(
            ty,
            format_args!(
                "the variant hands its events on to `{of}` itself, whose templates would have no end: give it a template \
                 of its own, or hold another type"
            ),
        );
        variant.attrs.doubt.add(Cause::All);
    }
    let VariantKind::Event(shape) = &mut variant.kind else {
        return Vec::new();
    };
    let unnamed = !shape.attrs.names_template() && !shape.attrs.doubt.has(Cause::Text);
    if variant.fields.is_empty() && unnamed {
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
        variant.attrs.doubt.add(Cause::All);
        return Vec::new();
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
        variant.attrs.doubt.add(Cause::All);
        return Vec::new();
    }
    shape::check(shape, reported, errors)
}

/// Whether the field has no name and no attributes.
fn is_bare(field: &Field<'_>) -> bool {
    let attrs = &field.attrs;
    matches!(field.member, Member::Unnamed(_))
        && attrs.beside("").is_none()
        && !attrs.doubt.has(Cause::Text)
}
