//! Checks a struct or a variant that is an event.

use quote::ToTokens;

use super::reported::Reported;
use super::{field, flattened, identifier, names, texts};
use crate::assertion::{Assertion, Condition};
use crate::doubt::Cause;
use crate::errors::Errors;
use crate::model::Shape;
use crate::parse::template_id::TemplateId;
use crate::parse::value::is_type_id;

/// Checks one event.
pub(super) fn check(
    shape: &mut Shape<'_>,
    reported: &mut Reported,
    errors: &mut Errors,
) -> Vec<Assertion> {
    check_template(shape, errors);
    for field in &mut shape.fields {
        field::check(field, errors);
    }
    field::check_roles(shape, errors);
    let mut assertions = flattened::check(shape);
    assertions.extend(check_template_id(shape, reported));
    assertions.extend(field::check_types(shape));
    assertions.extend(identifier::check(shape, errors));
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
    if !shape.attrs.names_template() && !shape.attrs.doubt.has(Cause::Text) && !moved {
        errors.at(
            shape.ident,
            format_args!(
                "no event template: add `#[timeline(template_id = \"1001298\")]` with the id HubSpot gave it, or \
                 `#[timeline(template = {:?})]` to have the id looked up by the template's name",
                shape.name
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
