//! Checks a struct or a variant that is an event.

use quote::ToTokens;

use super::reported::Reported;
use super::{field, flattened, identifier, names, texts};
use crate::assertion::{Assertion, Condition};
use crate::doubt::Cause;
use crate::errors::Errors;
use crate::model::{Field, Shape};
use crate::parse::template_id::TemplateId;
use crate::parse::value::is_type_id;
use crate::role::Role;

/// Checks one event.
pub(super) fn check(
    shape: &mut Shape<'_>,
    reported: &mut Reported,
    errors: &mut Errors,
) -> Vec<Assertion> {
    check_template(shape, errors);
    check_lengths(shape, errors);
    for field in &mut shape.fields {
        field::check(field, errors);
    }
    field::check_roles(shape, errors);
    let mut assertions = flattened::check(shape);
    assertions.extend(check_template_id(shape, reported));
    assertions.extend(field::check_types(shape));
    assertions.extend(identifier::check(shape, errors));
    check_type_name(shape, errors);
    check_object_type_name(shape, errors);
    names::check(shape, errors);
    texts::check_id(shape, reported, errors);
    assertions.extend(texts::check(shape, reported, errors));
    assertions
}

fn check_template(shape: &Shape<'_>, errors: &mut Errors) {
    // A template that is named on a field was reported, and only has to be moved.
    let moved = shape
        .doubt()
        .misplaces(&["template_id", "template", "type_name"]);
    // A template that the manifest lacks was reported.
    let asked = shape.attrs.manifest.said().is_some();
    if !shape.attrs.names_template() && !shape.attrs.doubt.has(Cause::Text) && !moved && !asked {
        errors.at(
            shape.ident,
            format_args!(
                "no event template: add `#[timeline(template_id = \"1001298\")]` with the id HubSpot gave it, or \
                 `#[timeline(template = {:?})]` to have the id looked up by the template's name, or for app events alone \
                 `#[timeline(type_name = \"{}\")]`",
                shape.name,
                shape.name.to_lowercase().replace(' ', "_")
            ),
        );
    }
    let says_custom = shape.attrs.object_type.said().is_some() && is_type_id(&shape.object_type);
    if let Some(said) = shape.attrs.object_type_name.said().filter(|_| !says_custom)
        && !shape.attrs.doubt.has(Cause::Value("object_type"))
        && !shape.attrs.doubt.has(Cause::Text)
    {
        errors.at(
            &said.at,
            "`object_type_name` is the name of a custom object: give its type id beside it, as in \
             `object_type = \"2-3308615\"`, or remove it",
        );
    }
}

/// Checks that an event of app events alone names its custom object, on the type or by a field.
fn check_object_type_name(shape: &Shape<'_>, errors: &mut Errors) {
    let attrs = &shape.attrs;
    let is_alone = attrs.template_id.said().is_none()
        && attrs.template.said().is_none()
        && attrs.type_name.value().is_some();
    let gives_name = |field: &Field<'_>| {
        field.is_flattened() || field.role == Some(Role::CustomObjectTypeId) || !field.is_sound()
    };
    let is_named = attrs.object_type_name.said().is_some() || shape.fields.iter().any(gives_name);
    if let Some(said) = attrs.object_type.said()
        && is_alone
        && !is_named
        && is_type_id(&shape.object_type)
    {
        errors.at(
            &said.at,
            "app events need the fully qualified name of a custom object, which has the account's id in it: add \
             `object_type_name = \"p62515_car\"`, or a field with the role `custom_object_type_id` that has the name of each \
             account's own",
        );
    }
}

/// An event type's name is the `uid` of its definition, alone or with the app's own part before it.
fn check_type_name(shape: &Shape<'_>, errors: &mut Errors) {
    let Some(name) = shape.attrs.type_name.value() else {
        return;
    };
    // Blanks around it are reported.
    let text = name.value();
    let text = text.trim();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if let Some(odd) = text.chars().find(|c| !is_part(*c)) {
        let better = text.replace(|c| !is_part(c), "_");
        errors.at(
            name,
            format_args!(
                "`type_name` contains {odd:?}, and the `uid` of an event type has ASCII letters, digits, `_`, `-` and `.`: \
                 give that `uid`, such as `type_name = {better:?}`"
            ),
        );
    }
}

/// Characters that app events allow in an event type's name, header and detail. `timeline_core::limits` has them, too.
pub(crate) const NAME: usize = 50;
pub(crate) const HEADER: usize = 1_000;
pub(crate) const DETAIL: usize = 10_000;

/// Checks the lengths that app events allow. v3 has no such limits.
fn check_lengths(shape: &Shape<'_>, errors: &mut Errors) {
    if shape.attrs.type_name.value().is_none() {
        return;
    }
    let mut check = |what: &str, text: &str, most: usize, at: &dyn ToTokens| {
        let has = text.chars().count();
        if has > most {
            errors.at(
                at.to_token_stream(),
                format_args!(
                    "the {what} has {has} characters, and app events allow {most}: make it shorter, or remove `type_name`"
                ),
            );
        }
    };
    match shape.attrs.name.value() {
        Some(name) => check("name", &name.value(), NAME, name),
        None => check("name", &shape.name, NAME, shape.ident),
    }
    if let Some(header) = shape.attrs.header.value() {
        check("header", &header.literal.value(), HEADER, &header.literal);
    }
    if let Some(detail) = shape.attrs.detail.value() {
        check("detail", &detail.literal.value(), DETAIL, &detail.literal);
    }
}

/// A constant holds a template's id, as a literal does.
fn check_template_id(shape: &Shape<'_>, reported: &mut Reported) -> Option<Assertion> {
    let Some(TemplateId::Path(path)) = shape.attrs.template_id.value() else {
        return None;
    };
    reported
        .is_new_constant(&path.to_token_stream().to_string())
        .then(|| Assertion {
            at: path.to_token_stream(),
            condition: Condition::TemplateId(path.to_token_stream()),
            message: Vec::new(),
        })
}
