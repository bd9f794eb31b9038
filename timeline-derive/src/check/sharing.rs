//! Variants that share an event template agree about it.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::LitStr;

use super::assertion::{Assertion, Claim};
use crate::errors::Errors;
use crate::model::{Field, Shape, Template, Variant, VariantKind};
use crate::parse::TemplateId;
use crate::slot::Slot;
use crate::words::listed;

/// What a later variant says of a template must be what the first one has; what it leaves open is as there.
pub(super) fn check(variants: &mut [Variant<'_>], errors: &mut Errors) {
    let mut firsts: BTreeMap<String, usize> = BTreeMap::new();
    for later in 0..variants.len() {
        let Some(second) = variants.get(later) else {
            continue;
        };
        let Some((other, name)) = second
            .shape()
            .and_then(|shape| Some((shape, template(shape)?)))
        else {
            continue;
        };
        let first = firsts.get(&name).and_then(|first| variants.get(*first));
        let shared = first.and_then(Variant::shape);
        let assertions = match shared {
            Some(one) => compare(&name, one, other, second, errors),
            None => {
                let firsts = firsts
                    .values()
                    .filter_map(|first| variants.get(*first)?.shape());
                firsts
                    .filter_map(|one| other_id(one, other, second))
                    .collect()
            }
        };
        let shared = shared.is_some();
        if let Some(Variant {
            kind: VariantKind::Event(shape),
            ..
        }) = variants.get_mut(later)
        {
            shape.shared = shared;
            shape.assertions.extend(assertions);
        }
        firsts.entry(name).or_insert(later);
    }
}

/// The template as the user wrote it.
fn template(shape: &Shape<'_>) -> Option<String> {
    match (shape.attrs.template_id.value(), &shape.template) {
        (Some(TemplateId::Literal(id)), _) => Some(format!("{:?}", id.value())),
        (_, Some(Template::Id(path))) => Some(path.to_string().replace(' ', "")),
        (_, Some(Template::Name(name))) => Some(format!("name {name:?}")),
        (_, None) => None,
    }
}

/// Templates that are written in different ways are different ones; of a constant, only the compiler knows.
fn other_id(first: &Shape<'_>, later: &Shape<'_>, variant: &Variant<'_>) -> Option<Assertion> {
    let (Some(one), Some(other)) = (
        first.attrs.template_id.value(),
        later.attrs.template_id.value(),
    ) else {
        return None;
    };
    let tokens = |id: &TemplateId| match id {
        TemplateId::Literal(id) => id.to_token_stream(),
        TemplateId::Path(path) => path.to_token_stream(),
    };
    if matches!(
        (one, other),
        (TemplateId::Literal(_), TemplateId::Literal(_))
    ) {
        return None;
    }
    let (one, other) = (tokens(one), tokens(other));
    Some(Assertion {
        at: match variant.attrs.template_id.value() {
            Some(_) => other.clone(),
            None => later.ident.to_token_stream(),
        },
        message: format!(
            "this is the template of the variant `{}`, written in another way: write `{}` here too, so that the two can be \
             compared",
            first.ident,
            one.to_string().replace(' ', "")
        ),
        claim: Claim::OtherText(one, other),
    })
}

fn compare(
    template: &str,
    first: &Shape<'_>,
    later: &Shape<'_>,
    variant: &Variant<'_>,
    errors: &mut Errors,
) -> Vec<Assertion> {
    let mut assertions = Vec::new();
    if first.hides_a_name() || later.hides_a_name() {
        return assertions;
    }
    let of = |what: &str| {
        format!(
            "the template {template} has {what} in the variant `{}`: one template has one",
            first.ident
        )
    };
    let own = &variant.attrs;
    for (slot, has) in [
        (&own.name, &first.name),
        (&own.object_type, &first.object_type),
    ] {
        agree(slot, Some(has), &of, errors);
    }
    for (slot, first) in [
        (&own.header, &first.attrs.header),
        (&own.detail, &first.attrs.detail),
    ] {
        let has = first.value().map(|text| text.literal.value());
        if let (Some(said), Some(value)) = (slot.said(), slot.value())
            && has.as_ref() != Some(&value.literal.value())
        {
            errors.at(&said.at, of(&format!("another `{}`", slot.name())));
        }
    }
    let names = |shape: &Shape<'_>| {
        let tokens = shape.fields.iter().filter_map(|field| field.token.as_ref());
        let mut names: Vec<String> = tokens.map(|token| token.name.clone()).collect();
        names.sort();
        names
    };
    let (ones, others) = (names(first), names(later));
    let flattened = first.flattened().chain(later.flattened()).next().is_some();
    if ones != others {
        // What is flattened may bring what is missing; the types would have to tell.
        if !flattened {
            let what = if ones.is_empty() {
                "no tokens".to_owned()
            } else {
                format!("the tokens {}", listed(ones.iter().map(String::as_str)))
            };
            let what = format!(
                "the template {template} has {what} in the variant `{}`, and others here: give one of the two a template \
                 of its own",
                first.ident
            );
            errors.at(named_at(variant, later.ident), what);
        }
        return assertions;
    }
    for field in &later.fields {
        let pair = field.token.as_ref().and_then(|token| {
            let same = |other: &&Field<'_>| {
                other
                    .token
                    .as_ref()
                    .is_some_and(|other| other.name == token.name)
            };
            Some((token, first.fields.iter().find(same)?))
        });
        let Some((token, before)) = pair else {
            continue;
        };
        let Some(has) = &before.token else { continue };
        agree(&field.attrs.label, Some(&has.label), &of, errors);
        agree(&field.attrs.property, has.property.as_ref(), &of, errors);
        let plain =
            |field: &Field<'_>| field.sound && field.with().is_none() && field.role.is_none();
        let claim = match (&has.token_type, &token.token_type) {
            (Some(_), Some(_)) => {
                agree(
                    &field.attrs.token_type,
                    has.token_type.as_ref(),
                    &of,
                    errors,
                );
                continue;
            }
            (Some(said), None) if plain(field) => Claim::HasType(field.ty.clone(), said.clone()),
            (None, Some(said)) if plain(before) => Claim::HasType(before.ty.clone(), said.clone()),
            (None, None) if plain(field) && plain(before) => {
                Claim::SameType(before.ty.clone(), field.ty.clone())
            }
            // The result of a `with` function has no name to ask for.
            _ => continue,
        };
        assertions.push(Assertion {
            at: field.ty.to_token_stream(),
            claim,
            message: of(&format!("another type for the token `{}`", token.name)),
        });
    }
    assertions
}

fn agree(
    slot: &Slot<LitStr>,
    has: Option<&String>,
    of: &impl Fn(&str) -> String,
    errors: &mut Errors,
) {
    if let Some(said) = slot.value()
        && Some(&said.value()) != has
    {
        errors.at(said, of(&format!("another `{}`", slot.name())));
    }
}

/// The variant's own words for the template, or its name where the enum has them.
fn named_at(variant: &Variant<'_>, ident: &Ident) -> TokenStream {
    let attrs = &variant.attrs;
    let said = attrs.template_id.said().map(|said| &said.at);
    let said = said.or_else(|| attrs.template.said().map(|said| &said.at));
    said.cloned().unwrap_or_else(|| ident.to_token_stream())
}
