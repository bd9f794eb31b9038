//! The third stage: the rules. It consumes the model and gives the plan, which holds only what no rule refuses. HubSpot
//! refuses nothing in the plan for a reason that is known at compile time.
//!
//! What only the fields' types decide goes into the plan as assertions, which the compiler evaluates.

mod field;
pub(crate) mod flattened;
mod identifier;
mod manifest;
pub(crate) mod names;
mod reported;
pub(crate) mod shape;
mod sharing;
mod sound;
mod texts;
mod variant;

use proc_macro2::TokenTree;
use syn::DeriveInput;

use self::reported::Reported;
use crate::doubt::Cause;
use crate::errors::Errors;
use crate::model::{self, Body, Shape, VariantKind};
use crate::parse::TypeAttrs;
use crate::plan;
use crate::rust_type::{is_itself, names_unknown_lifetime};

/// Checks an event. There is no plan where the user's bounds cannot be read: rustc would report them as missing in every
/// line.
pub(crate) fn event<'i>(event: model::Event<'i>, errors: &mut Errors) -> Option<plan::Event<'i>> {
    let model::Event { input, attrs, body } = event;
    let mut files = Vec::new();
    let body = match body {
        Body::Struct(mut shape) => {
            leave_out_what_rustc_refuses(&mut shape, input, "TimelineEvent", errors);
            let compared = manifest::check(&mut shape, errors);
            files = compared.files;
            let mut assertions = shape::check(&mut shape, &mut Reported::default(), errors);
            assertions.extend(compared.assertions);
            plan::Body::Struct(Box::new(sound::shape(*shape, assertions, false)))
        }
        Body::Enum(variants) => enum_body(variants, input, &attrs, &mut files, errors),
    };
    let target = target(input, &attrs)?;
    Some(plan::Event {
        target,
        body,
        files,
    })
}

fn enum_body<'i>(
    mut variants: Vec<model::Variant<'i>>,
    input: &'i DeriveInput,
    attrs: &TypeAttrs,
    files: &mut Vec<String>,
    errors: &mut Errors,
) -> plan::Body<'i> {
    if variant::are_for_a_token(&variants) {
        errors.at(
            &input.ident,
            "no variant has fields, so nothing says whose timeline the events go on: give the variants templates \
             and fields, or, if this is a value of events, derive `TokenEnum` instead",
        );
        return plan::Body::Enum {
            variants: Vec::new(),
            is_complete: false,
        };
    }
    variant::check_words_of_no_event(attrs, input, &variants, errors);
    let mut reported = Reported::default();
    let mut compared = Vec::new();
    for variant in &mut variants {
        let mut asserted = Vec::new();
        if let VariantKind::Event(shape) = &mut variant.kind {
            let with_manifest = manifest::check(shape, errors);
            files.extend(with_manifest.files);
            asserted = with_manifest.assertions;
        }
        compared.push(asserted);
    }
    sharing::inherit(&mut variants);
    let mut assertions = Vec::new();
    for (variant, compared) in variants.iter_mut().zip(compared) {
        match &mut variant.kind {
            VariantKind::Event(shape) => {
                leave_out_what_rustc_refuses(shape, input, "TimelineEvent", errors);
            }
            VariantKind::Inner(ty) => {
                if names_unknown_lifetime(ty, &input.generics) {
                    variant.attrs.doubt.add(Cause::All);
                }
            }
        }
        let mut asserted = variant::check(variant, &input.ident, &mut reported, errors);
        asserted.extend(compared);
        assertions.push(asserted);
    }
    let sharing = sharing::check(&variants, errors);
    sound::variants(variants, assertions, sharing)
}

/// Checks a struct of shared fields: the fields alone, since the event that takes them in decides the rest.
pub(crate) fn fields<'i>(
    mut shape: Shape<'i>,
    input: &'i DeriveInput,
    errors: &mut Errors,
) -> Option<plan::SharedFields<'i>> {
    leave_out_what_rustc_refuses(&mut shape, input, "TimelineFields", errors);
    for field in &mut shape.fields {
        field::check(field, errors);
    }
    field::check_roles(&shape, errors);
    names::check(&shape, errors);
    for field in &mut shape.fields {
        if field.is_flattened() && field.is_sound() && is_itself(field.ty, shape.ident) {
            errors.at(
                field.ty,
                format_args!(
                    "`{}` flattens `{}` into itself, which has no end: leave it out with `skip`, or hold another type",
                    field.name(),
                    shape.ident
                ),
            );
            field.attrs.doubt.add(Cause::All);
        }
    }
    let mut assertions = flattened::check(&shape);
    assertions.extend(field::check_types(&shape));
    Some(plan::SharedFields {
        target: target(input, &shape.attrs)?,
        fields: sound::fields(&shape, assertions, &[]),
        is_partial: errors.count() > 0,
    })
}

fn target<'i>(input: &'i DeriveInput, attrs: &TypeAttrs) -> Option<plan::Target<'i>> {
    (!attrs.doubt.has(Cause::Value("bound"))).then(|| plan::Target {
        input,
        core: attrs.core(),
        bound: attrs.bound.value().cloned(),
    })
}

/// Fields that rustc is sure to refuse are not expanded, so that rustc reports them once.
fn leave_out_what_rustc_refuses(
    shape: &mut Shape<'_>,
    input: &DeriveInput,
    derive: &str,
    errors: &mut Errors,
) {
    let packed = is_packed(input, derive, errors);
    for field in &mut shape.fields {
        if packed || names_unknown_lifetime(field.ty, &input.generics) {
            field.attrs.doubt.add(Cause::All);
        }
    }
}

/// Whether the type is packed, so that its fields cannot be borrowed. That is reported at the word `packed`.
fn is_packed(input: &DeriveInput, derive: &str, errors: &mut Errors) -> bool {
    let lists = input
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("repr"))
        .filter_map(|attribute| attribute.meta.require_list().ok());
    let packed = lists
        .flat_map(|list| list.tokens.clone())
        .find(|token| matches!(token, TokenTree::Ident(word) if word == "packed"));
    if let Some(word) = &packed {
        errors.at(
            word,
            format_args!(
                "`#[derive({derive})]` borrows the fields, and rustc lets nobody borrow those of a packed struct: remove \
                 `packed`, or derive it for a struct with the same fields that is not packed"
            ),
        );
    }
    packed.is_some()
}
