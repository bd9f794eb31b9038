//! Checks that the event names the record whose timeline it goes on.

use quote::ToTokens;

use super::flattened::{is_all_sound, types};
use crate::assertion::{Assertion, Condition};
use crate::doubt::Cause;
use crate::errors::Errors;
use crate::model::Shape;
use crate::role::Role;

const IDENTIFIERS: [&str; 3] = ["email", "utk", "object_id"];

/// An event names its record, by a field of its own or by one that is flattened into it.
pub(super) fn check(shape: &Shape<'_>, errors: &mut Errors) -> Option<Assertion> {
    let has = |wanted: Role| {
        let mut roles = shape.fields.iter().flat_map(|field| &field.attrs.roles);
        roles.any(|(role, _)| *role == wanted)
    };
    // An unknown object type was reported; which identifiers fit it is not known. An identifier on the type was
    // reported too, and only has to be moved.
    let doubt = shape.doubt();
    if doubt.has(Cause::Text)
        || doubt.has(Cause::Value("object_type"))
        || doubt.misplaces(&IDENTIFIERS)
    {
        return None;
    }
    let contacts = shape.object_type == "contacts";
    let fitting: &[Role] = if contacts {
        &[Role::Email, Role::Utk, Role::ObjectId]
    } else {
        &[Role::ObjectId]
    };
    if fitting.iter().any(|role| has(*role)) {
        return None;
    }
    let message = if shape.fields.is_empty() {
        let role = if contacts { "email" } else { "object_id" };
        format!(
            "`{}` has no fields, so nothing says whose timeline its events go on: give it one for the record, as in \
             `#[timeline({role})] {role}: String`",
            shape.ident
        )
    } else if contacts {
        "no contact to put the event on: mark the field that identifies it with `#[timeline(email)]`, \
         `#[timeline(utk)]` or `#[timeline(object_id)]`, or take in a struct that has it with `#[timeline(flatten)]`"
            .to_owned()
    } else {
        let found = [Role::Email, Role::Utk].into_iter().find(|role| has(*role));
        let found = found.map_or_else(String::new, |role| {
            format!(" (`{}` finds contacts only)", role.name())
        });
        format!(
            "no record to put the event on: on {} it is found by its id, so mark the field that holds it with \
             `#[timeline(object_id)]`{found}",
            shape.object_type
        )
    };
    if shape.flattened().next().is_none() {
        errors.at(shape.ident, message);
        return None;
    }
    is_all_sound(shape).then(|| Assertion {
        at: shape.ident.to_token_stream(),
        condition: Condition::AnyRole(types(shape), fitting),
        message: vec![message],
    })
}
