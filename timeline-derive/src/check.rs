//! The rules: what passes here can be expanded, and HubSpot has no reason known at compile time to refuse it.

use std::collections::BTreeMap;

use syn::{Member, Type};

use crate::errors::Errors;
use crate::model::{Field, Model, Template, shown};
use crate::parse::{Role, Said, Slot};
use crate::suggest::nearest;

/// HubSpot's limit, as in `timeline_core::limits`.
const TOKENS_PER_TEMPLATE: usize = 500;

const OBJECT_TYPES: [&str; 4] = ["contacts", "companies", "deals", "tickets"];

/// A type that breaks no rule, as far as the errors say.
pub(crate) struct Event<'i> {
    pub(crate) template: Template,
    pub(crate) model: Model<'i>,
}

/// Checks the rules. Without a template there is nothing to expand, and an error says so.
pub(crate) fn check<'i>(mut model: Model<'i>, errors: &mut Errors) -> Option<Event<'i>> {
    check_template(&model, errors);
    let known = check_object_type(&model, errors);
    for field in &model.fields {
        check_field(field, errors);
    }
    check_roles(&model, errors);
    if known {
        check_identifier(&model, errors);
    }
    check_names(&model, errors);
    let template = model.template.take()?;
    Some(Event { template, model })
}

fn check_template(model: &Model<'_>, errors: &mut Errors) {
    let attrs = &model.attrs;
    match (attrs.template_id.said(), attrs.template.said()) {
        (Some(_), Some(Said { at, .. })) => errors.at(
            at,
            "`template_id` and `template` both name the event template: remove one",
        ),
        (None, None) if !attrs.doubtful => errors.at(
            &model.input.ident,
            format_args!(
                "no event template: add `#[timeline(template_id = \"1001298\")]` with the id HubSpot gave it, or \
                 `#[timeline(template = {:?})]` to have the id looked up by the template's name",
                model.name
            ),
        ),
        _ => {}
    }
}

/// Whether the object type is known, and with it the identifiers that fit.
fn check_object_type(model: &Model<'_>, errors: &mut Errors) -> bool {
    let name = model.object_type.as_str();
    let Some(said) = model.attrs.object_type.said() else {
        return true;
    };
    let Some(literal) = &said.value else {
        return false;
    };
    if OBJECT_TYPES.contains(&name) || is_type_id(name) {
        return true;
    }
    let near = match name.to_lowercase().as_str() {
        "company" => Some("companies"),
        _ => nearest(name, OBJECT_TYPES),
    };
    let advice = match near {
        Some(near) => format!("did you mean `object_type = \"{near}\"`?"),
        None => "expected `contacts`, `companies`, `deals`, `tickets`, or the type id of a custom object such as \
                 `2-3308615`"
            .to_owned(),
    };
    errors.at(
        literal,
        format_args!("unknown object type {name:?}; {advice}"),
    );
    false
}

/// `2-3308615`
fn is_type_id(name: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    name.split_once('-')
        .is_some_and(|(kind, number)| digits(kind) && digits(number))
}

fn check_field(field: &Field<'_>, errors: &mut Errors) {
    let attrs = &field.attrs;
    if let Some(skip) = attrs.skip.said() {
        if let Some(other) = said_beside_skip(field) {
            errors.at(
                &skip.at,
                format_args!("`skip` leaves the field out, so `{other}` means nothing: remove one"),
            );
        }
        return;
    }
    if let [(_, first), others @ ..] = attrs.roles.as_slice() {
        for (_, other) in others {
            if let Some(Said { at, .. }) = other.said() {
                errors.at(
                    at,
                    format_args!(
                        "the field is the `{}` already: a field has at most one role",
                        first.name()
                    ),
                );
            }
        }
    }
    let structured = match attrs.roles.first() {
        Some((Role::ExtraData | Role::IFrame, slot)) => Some(slot.name()),
        _ => None,
    };
    match (structured, attrs.token.said()) {
        (Some(role), Some(Said { at, .. })) => errors.at(
            at,
            format_args!(
                "the field is the `{role}`, which cannot be a token as well: remove `token`"
            ),
        ),
        (_, Some(_)) => {}
        (_, None) if field.role.is_some() && !attrs.doubtful => {
            for slot in [&attrs.label, &attrs.property] {
                check_token_only(slot, field, structured.is_some(), errors);
            }
        }
        (_, None) => {}
    }
    let nameless = field.token.is_none() && attrs.token.said().is_none();
    if nameless
        && field.role.is_none()
        && !attrs.doubtful
        && matches!(field.member, Member::Unnamed(_))
    {
        errors.at(
            field.ty,
            "a token needs a name, and a field of a tuple struct has none: add `#[timeline(token = \"petName\")]`, or \
             leave the field out with `#[timeline(skip)]`",
        );
    }
    if attrs.with.said().is_none() && !attrs.doubtful && is_phantom_data(field.ty) {
        errors.at(
            field.ty,
            "`PhantomData` has no value: leave the field out with `#[timeline(skip)]`",
        );
    }
}

fn said_beside_skip(field: &Field<'_>) -> Option<&'static str> {
    let attrs = &field.attrs;
    let named = |slot: &Slot<_>| slot.said().map(|_| slot.name());
    attrs
        .roles
        .first()
        .map(|(_, slot)| slot.name())
        .or_else(|| named(&attrs.token))
        .or_else(|| named(&attrs.label))
        .or_else(|| named(&attrs.property))
        .or_else(|| attrs.with.said().map(|_| attrs.with.name()))
}

fn check_token_only(
    slot: &Slot<syn::LitStr>,
    field: &Field<'_>,
    structured: bool,
    errors: &mut Errors,
) {
    let Some(Said { at, .. }) = slot.said() else {
        return;
    };
    let name = slot.name();
    if structured {
        errors.at(
            at,
            format_args!("`{name}` is for tokens, and this field is none: remove it"),
        );
    } else {
        let example = match &field.member {
            Member::Named(ident) => ident.to_string(),
            Member::Unnamed(_) => "petName".to_owned(),
        };
        errors.at(
            at,
            format_args!(
                "`{name}` is for tokens, and this field is none: remove it, or add `token = \"{example}\"` to make the \
                 field a token as well"
            ),
        );
    }
}

/// By its name alone: a type of the user's that is called the same is refused too.
fn is_phantom_data(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "PhantomData"),
        Type::Group(group) => is_phantom_data(&group.elem),
        Type::Paren(paren) => is_phantom_data(&paren.elem),
        _ => false,
    }
}

fn check_roles(model: &Model<'_>, errors: &mut Errors) {
    let mut taken: Vec<(Role, &Field<'_>)> = Vec::new();
    for field in &model.fields {
        let Some((role, slot)) = field.attrs.roles.first() else {
            continue;
        };
        let Some(Said { at, .. }) = slot.said() else {
            continue;
        };
        let by = |role: Role| {
            let of = taken.iter().find(|(other, _)| *other == role);
            of.map(|(_, field)| shown(&field.member))
        };
        if *role != Role::Key
            && let Some(other) = by(*role)
        {
            errors.at(
                at,
                format_args!(
                    "the field `{other}` is the `{}` already: one field per role",
                    slot.name()
                ),
            );
        }
        let excluded = match role {
            Role::Id => by(Role::Key),
            Role::Key if by(Role::Key).is_none() => by(Role::Id),
            _ => None,
        };
        if let Some(other) = excluded {
            errors.at(
                at,
                format_args!(
                    "`id` and `key` exclude each other, since the id is made from the key: remove this one or the one on \
                     `{other}`"
                ),
            );
        }
        taken.push((*role, field));
    }
}

fn check_identifier(model: &Model<'_>, errors: &mut Errors) {
    let doubtful = model.attrs.doubtful || model.fields.iter().any(|field| field.attrs.doubtful);
    let has = |wanted: Role| {
        let mut roles = model.fields.iter().flat_map(|field| &field.attrs.roles);
        roles.any(|(role, _)| *role == wanted)
    };
    if doubtful || has(Role::ObjectId) {
        return;
    }
    let object_type = model.object_type.as_str();
    if object_type != "contacts" {
        let found = [(Role::Email, "email"), (Role::Utk, "utk")]
            .into_iter()
            .find_map(|(role, name)| has(role).then_some(name));
        let found = found.map_or_else(String::new, |name| {
            format!(" (`{name}` finds contacts only)")
        });
        errors.at(
            &model.input.ident,
            format_args!(
                "no record to put the event on: on {object_type} it is found by its id, so mark the field that holds it \
                 with `#[timeline(object_id)]`{found}"
            ),
        );
    } else if !has(Role::Email) && !has(Role::Utk) {
        errors.at(
            &model.input.ident,
            "no contact to put the event on: mark the field that identifies it with `#[timeline(email)]`, \
             `#[timeline(utk)]` or `#[timeline(object_id)]`",
        );
    }
}

fn check_names(model: &Model<'_>, errors: &mut Errors) {
    let mut tokens: BTreeMap<&str, &Field<'_>> = BTreeMap::new();
    let mut count = 0_usize;
    for field in &model.fields {
        let Some(token) = &field.token else { continue };
        if let Some(reason) = refused(&token.name) {
            let attribute = match field.attrs.token.said() {
                Some(_) => "token = \"…\"",
                None => "#[timeline(token = \"…\")]",
            };
            errors.at(
                field.named_at(),
                format_args!("{reason}: choose another name with `{attribute}`"),
            );
        } else if let Some(other) = tokens.get(token.name.as_str()) {
            errors.at(
                field.named_at(),
                format_args!(
                    "the field `{}` is the token `{}` already: a name is used once in a template",
                    shown(&other.member),
                    token.name
                ),
            );
        } else {
            tokens.insert(&token.name, field);
        }
        count += 1;
        if count == TOKENS_PER_TEMPLATE + 1 {
            errors.at(
                field.named_at(),
                format_args!(
                    "this is token {count}; a template has at most {TOKENS_PER_TEMPLATE}: leave fields out with \
                     `#[timeline(skip)]`, or put them into the `extra_data`"
                ),
            );
        }
    }
    let mut keys: BTreeMap<String, &Field<'_>> = BTreeMap::new();
    for field in &model.fields {
        if field.role != Some(Role::Key) {
            continue;
        }
        let name = field.key_name(&model.attrs);
        let same_token = |other: &Field<'_>| other.token.is_some() && field.token.is_some();
        match keys.get(&name) {
            // Told as two tokens of one name.
            Some(other) if same_token(other) => {}
            Some(other) => errors.at(
                field.named_at(),
                format_args!(
                    "two parts of the key are named `{name}`, this one and the field `{}`: name one with \
                     `token = \"…\"`",
                    shown(&other.member)
                ),
            ),
            None => {
                keys.insert(name, field);
            }
        }
    }
}

/// Why HubSpot would not take the name; the rule of `timeline_core`'s tokens.
fn refused(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the token's name is empty".to_owned());
    }
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if let Some(c) = name.chars().find(|c| !allowed(c)) {
        return Some(format!(
            "the token name {name:?} contains {c:?}, and HubSpot takes ASCII letters, digits, `.`, `-` and `_`"
        ));
    }
    matches!(name, "log" | "lookup").then(|| {
        format!("a token cannot be named `{name}`, a word that HubSpot's template language keeps for itself")
    })
}
