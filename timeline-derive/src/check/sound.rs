//! Makes the plan of what is sound in the model.

use std::collections::BTreeSet;

use super::names;
use super::sharing::Sharing;
use crate::assertion::Assertion;
use crate::model::{Field, Shape, Template, Variant, VariantKind};
use crate::parse::Text;
use crate::pattern::Part;
use crate::plan;

/// The variants, with what each of them must fulfil for itself and beside the others.
pub(super) fn variants<'i>(
    variants: Vec<Variant<'i>>,
    assertions: Vec<Vec<Assertion>>,
    sharing: Vec<Sharing>,
) -> plan::Body<'i> {
    let count = variants.len();
    let mut names = BTreeSet::new();
    let mut planned = Vec::new();
    for ((variant, mut assertions), sharing) in variants.into_iter().zip(assertions).zip(sharing) {
        // rustc reports two variants with one name. The `match` needs another arm for the second one.
        names.insert(variant.ident);
        if !variant.is_sound() {
            continue;
        }
        assertions.extend(sharing.assertions);
        planned.push(match variant.kind {
            VariantKind::Event(of) => {
                let planned = shape(*of, assertions, sharing.is_declared_before);
                plan::Variant::Event(Box::new(planned))
            }
            VariantKind::Inner(ty) => plan::Variant::Inner(variant.ident, ty),
        });
    }
    plan::Body::Enum {
        is_complete: planned.len() == count && names.len() == count,
        variants: planned,
    }
}

/// An event. A missing template was reported; it is taken to have the type's name.
pub(super) fn shape(
    shape: Shape<'_>,
    assertions: Vec<Assertion>,
    is_declared_before: bool,
) -> plan::Shape<'_> {
    let id = id(&shape);
    let literal = |text: Option<&Text>| text.map(|text| text.literal.clone());
    plan::Shape {
        fields: fields(&shape, assertions, &id),
        id,
        reserved: names::reserved(&shape),
        header: literal(shape.attrs.header.value()),
        detail: literal(shape.attrs.detail.value()),
        template: shape
            .template
            .unwrap_or_else(|| Template::Name(shape.name.clone())),
        name: shape.name,
        type_name: shape.attrs.type_name.value().cloned(),
        object_type_name: shape.attrs.object_type_name.value().cloned(),
        object_type: shape.object_type,
        is_declared_before,
    }
}

/// The fields that the expansion reads.
pub(super) fn fields<'i>(
    shape: &Shape<'i>,
    assertions: Vec<Assertion>,
    id: &[plan::IdPart<'i>],
) -> plan::Fields<'i> {
    let is_read = |field: &&Field<'_>| {
        let is_in_id = |part: &plan::IdPart<'_>| matches!(part, plan::IdPart::Field(_, of) if of.member == field.member);
        let is_something = field.role.is_some() || field.token.is_some() || field.is_flattened();
        field.is_sound() && (is_something || id.iter().any(is_in_id))
    };
    let fields = shape.fields.iter().filter(is_read);
    plan::Fields {
        ident: shape.ident,
        kind: shape.kind,
        fields: fields.map(|of| field(of, shape)).collect(),
        assertions,
    }
}

/// What the id is made of: nothing where one of its fields is in doubt, is not there, or has no text.
fn id<'i>(shape: &Shape<'i>) -> Vec<plan::IdPart<'i>> {
    let parts = shape.attrs.id.value().map_or(&[][..], |id| &id.parts);
    let part = |part: &Part| match part {
        Part::Text(text) => Some(plan::IdPart::Text(text.clone())),
        Part::Field(name) => {
            let of = shape.field(name)?;
            let fits = of.is_sound() && of.has_no_text().is_none();
            fits.then(|| plan::IdPart::Field(name.clone(), Box::new(field(of, shape))))
        }
    };
    let parts: Option<Vec<plan::IdPart<'_>>> = parts.iter().map(part).collect();
    parts.unwrap_or_default()
}

fn field<'i>(field: &Field<'i>, of: &Shape<'i>) -> plan::Field<'i> {
    plan::Field {
        member: field.member.clone(),
        binding: field.binding.clone(),
        ty: field.ty,
        with: field.attrs.with.value().cloned(),
        is_flattened: field.is_flattened(),
        role: field.role,
        key_name: field.key_name(&of.attrs),
        token: field.token.clone(),
        known_type: field.known_type(),
    }
}
