//! Checks that variants of one event template agree about it.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::LitStr;

use super::flattened::{is_all_sound, types};
use crate::assertion::{Assertion, Condition, Tokens};
use crate::errors::Errors;
use crate::model::{KnownType, Shape, Template, Variant, VariantKind};
use crate::parse::slot::Slot;
use crate::parse::template_id::TemplateId;
use crate::suggest::listed;

/// What an earlier variant of the same template means for a variant.
#[derive(Default)]
pub(super) struct Sharing {
    /// An earlier variant declares the template.
    pub(super) is_declared_before: bool,
    pub(super) assertions: Vec<Assertion>,
}

/// What a later variant says of a template must be what the first one says. What it leaves open is as in the first one.
pub(super) fn check(variants: &[Variant<'_>], errors: &mut Errors) -> Vec<Sharing> {
    let mut firsts: BTreeMap<String, &Shape<'_>> = BTreeMap::new();
    let mut all = Vec::new();
    for variant in variants {
        let mut sharing = Sharing::default();
        if let Some(shape) = variant.shape()
            && let Some(name) = template(shape)
        {
            if let Some(first) = firsts.get(&name) {
                sharing.is_declared_before = true;
                sharing.assertions = compare(&name, first, shape, variant, errors);
            } else {
                let other = other_ids(firsts.values().copied(), shape, variant);
                sharing.assertions.extend(other);
                firsts.insert(name, shape);
            }
        }
        all.push(sharing);
    }
    all
}

/// Gives a later variant without an object type that of the first one: a template has one object type, and which
/// identifiers an event needs depends on it.
pub(super) fn inherit(variants: &mut [Variant<'_>]) {
    let mut firsts: BTreeMap<String, String> = BTreeMap::new();
    for variant in variants {
        let says = variant.attrs.object_type.said().is_some();
        let VariantKind::Event(shape) = &mut variant.kind else {
            continue;
        };
        let Some(template) = template(shape) else {
            continue;
        };
        let first = firsts
            .entry(template)
            .or_insert_with(|| shape.object_type.clone());
        if !says {
            shape.object_type.clone_from(first);
        }
    }
}

/// The template as the user wrote it.
fn template(shape: &Shape<'_>) -> Option<String> {
    match (shape.attrs.template_id.value(), &shape.template) {
        (Some(TemplateId::Literal(id)), _) => Some(format!("{:?}", id.value())),
        (_, Some(Template::Id(path))) => Some(path.to_string().replace(' ', "")),
        (_, Some(Template::Name(name))) => Some(format!("name {name:?}")),
        (_, Some(Template::TypeName(name))) => Some(format!("type {name:?}")),
        (_, None) => None,
    }
}

/// Templates that are written in different ways are different ones. Only the compiler knows the text of a constant.
fn other_ids<'s, 'i: 's>(
    firsts: impl Iterator<Item = &'s Shape<'i>>,
    later: &Shape<'_>,
    variant: &Variant<'_>,
) -> Option<Assertion> {
    let id = later.attrs.template_id.value()?;
    let is_path = |id: &TemplateId| matches!(id, TemplateId::Path(_));
    let before: Vec<(TokenStream, String)> = firsts
        .filter_map(|first| {
            let other = first.attrs.template_id.value()?;
            (is_path(id) || is_path(other))
                .then(|| (other.to_token_stream(), first.ident.to_string()))
        })
        .collect();
    (!before.is_empty()).then(|| Assertion {
        at: match variant.attrs.template_id.value() {
            Some(_) => id.to_token_stream(),
            None => later.ident.to_token_stream(),
        },
        condition: Condition::OtherText(id.to_token_stream(), before),
        message: vec![
            "this is the template of the variant `".to_owned(),
            "`, written in another way: write it here as it is there, so that the two can be compared".to_owned(),
        ],
    })
}

fn compare(
    template: &str,
    first: &Shape<'_>,
    later: &Shape<'_>,
    variant: &Variant<'_>,
    errors: &mut Errors,
) -> Vec<Assertion> {
    compare_templates(template, first, variant, errors);
    if first.doubt().hides_a_name() || later.doubt().hides_a_name() {
        return Vec::new();
    }
    let (ones, others) = (tokens(first), tokens(later));
    let (ones_own, others_own) = (&ones.own, &others.own);
    let at = at(variant, template_slots(variant));
    let mut assertions = compare_tokens(first, later, errors);
    if !ones.flattened.is_empty() || !others.flattened.is_empty() {
        if is_all_sound(first) && is_all_sound(later) {
            assertions.push(Assertion {
                at,
                message: vec![
                    format!(
                        "the variant `{}` has the template {template} too, and only one of the two has the token `",
                        first.ident
                    ),
                    "`: give one of them a template of its own".to_owned(),
                ],
                condition: Condition::SameTokens(ones, others),
            });
        }
    } else if ones_own != others_own {
        errors.at(
            at,
            format_args!(
                "the template {template} has {} in the variant `{}`, and {} here: give one of the two a template of its \
                 own",
                counted(ones_own),
                first.ident,
                counted(others_own)
            ),
        );
    }
    assertions
}

/// Compares the texts and the object type: a template has each of them once.
fn compare_templates(
    template: &str,
    first: &Shape<'_>,
    variant: &Variant<'_>,
    errors: &mut Errors,
) {
    let own = &variant.attrs;
    let mut differ = |word: &str, has: Option<&str>, says: Option<(&TokenStream, String)>| {
        let Some((at, says)) = says else { return };
        let of = first.ident;
        let message = match has {
            Some(has) if has == says => return,
            Some(_) => format!(
                "the template {template} has another `{word}` in the variant `{of}`: say the same in both, or leave it out \
                 here"
            ),
            None => format!(
                "the template {template} has no `{word}` in the variant `{of}`, which comes first and declares it: move \
                 this one there"
            ),
        };
        errors.at(at, message);
    };
    for (slot, has) in [
        (&own.name, &first.name),
        (&own.object_type, &first.object_type),
    ] {
        let says = slot
            .said()
            .and_then(|said| Some((&said.at, said.value.as_ref()?.value())));
        differ(slot.name(), Some(has), says);
    }
    for (slot, first) in [
        (&own.header, &first.attrs.header),
        (&own.detail, &first.attrs.detail),
    ] {
        let has = first.value().map(|text| text.literal.value());
        let says = slot
            .said()
            .and_then(|said| Some((&said.at, said.value.as_ref()?.literal.value())));
        differ(slot.name(), has.as_deref(), says);
    }
}

/// Compares the tokens that both shapes have: a token is declared once.
fn compare_tokens(first: &Shape<'_>, later: &Shape<'_>, errors: &mut Errors) -> Vec<Assertion> {
    let mut assertions = Vec::new();
    for field in &later.fields {
        let Some(token) = &field.token else { continue };
        let before = first.field_of_token(&token.name);
        let Some((before, has)) = before.and_then(|before| Some((before, before.token.as_ref()?)))
        else {
            continue;
        };
        let name = &token.name;
        let mut differ = |slot: &Slot<LitStr>, has: Option<&String>| {
            let (Some(said), Some(says)) = (slot.said(), slot.value()) else {
                return;
            };
            let (word, of) = (slot.name(), first.ident);
            let message = match has {
                Some(has) if *has == says.value() => return,
                Some(has) => format!(
                    "the token `{name}` has the {word} {has:?} in the variant `{of}`, and a token has one in a template: \
                     say the same, or leave it out here"
                ),
                None => format!(
                    "the token `{name}` has no `{word}` in the variant `{of}`, which comes first and declares it: move \
                     this one there"
                ),
            };
            errors.at(&said.at, message);
        };
        differ(&field.attrs.label, Some(&has.label));
        differ(&field.attrs.property, has.property.as_ref());
        let message = format!(
            "the token `{name}` has another type in the variant `{}`: give one of the two a template of its own, or bring one \
             to the other's type with `type` or `with`",
            first.ident
        );
        let (Some(has), Some(says)) = (before.known_type(), field.known_type()) else {
            continue;
        };
        let condition = match (has, says) {
            (KnownType::Said(has), KnownType::Said(says)) => {
                if field.attrs.token_type.said().is_some() {
                    differ(&field.attrs.token_type, Some(&has));
                } else if has != says {
                    errors.at(field.ty, message);
                }
                continue;
            }
            (KnownType::Said(said), KnownType::Rust(ty))
            | (KnownType::Rust(ty), KnownType::Said(said)) => Condition::HasType(ty, said),
            (KnownType::Rust(one), KnownType::Rust(other)) => Condition::SameType(one, other),
        };
        assertions.push(Assertion {
            at: field.ty.to_token_stream(),
            condition,
            message: vec![message],
        });
    }
    assertions
}

fn tokens(shape: &Shape<'_>) -> Tokens {
    let mut own: Vec<String> = shape.tokens().map(|token| token.name.clone()).collect();
    own.sort();
    let flattened = types(shape);
    Tokens { own, flattened }
}

fn counted(names: &[String]) -> String {
    let all = listed(names.iter().map(String::as_str));
    match names {
        [] => "no tokens".to_owned(),
        [_] => format!("the token {all}"),
        _ => format!("the tokens {all}"),
    }
}

/// Where the variant itself names its template.
fn template_slots<'v>(variant: &'v Variant<'_>) -> Option<&'v TokenStream> {
    let attrs = &variant.attrs;
    let said = attrs.template_id.said().map(|said| &said.at);
    said.or_else(|| attrs.template.said().map(|said| &said.at))
        .or_else(|| attrs.type_name.said().map(|said| &said.at))
}

/// Where an error points: at the variant's own words, or at its name if the words stand on the enum.
fn at(variant: &Variant<'_>, said: Option<&TokenStream>) -> TokenStream {
    said.cloned()
        .unwrap_or_else(|| variant.ident.to_token_stream())
}
