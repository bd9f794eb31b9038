//! Compares an event with its template in a manifest. What only the fields' types decide goes into the plan as assertions.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::LitStr;

use super::flattened::types;
use crate::assertion::{Assertion, Condition};
use crate::doubt::Cause;
use crate::errors::Errors;
use crate::manifest::file::{self, NotFound};
use crate::manifest::{Manifest, Template, Token};
use crate::model::{self, Field, KnownType, Shape};
use crate::parse::Text;
use crate::parse::slot::Slot;
use crate::parse::template_id::TemplateId;
use crate::parse::value::TOKEN_TYPES;
use crate::rust_type::plain_type;
use crate::suggest::{listed, nearest};

/// What a manifest adds to a shape.
#[derive(Default)]
pub(super) struct Compared {
    pub(super) assertions: Vec<Assertion>,
    /// The files that were read, if this is the first type that names them.
    pub(super) files: Vec<String>,
}

/// Looks the template up, gives its id to the shape, and compares the two.
pub(super) fn check(shape: &mut Shape<'_>, errors: &mut Errors) -> Compared {
    let mut compared = Compared::default();
    let Some(path) = shape.attrs.manifest.value().cloned() else {
        if let Some(strict) = shape.attrs.manifest_strict.said()
            && shape.attrs.manifest.said().is_none()
        {
            errors.at(
                &strict.at,
                "`manifest_strict` is about a manifest: name it, as in `manifest = \"timeline.json\"`",
            );
        }
        return compared;
    };
    let found = match file::find(&path.value()) {
        Ok(found) => found,
        Err(NotFound::Because(words)) => {
            errors.at(&path, words);
            return compared;
        }
        Err(NotFound::Reported) => return compared,
    };
    let Some(manifest) = found.manifest() else {
        return compared;
    };
    if found.is_first {
        compared.files.clone_from(&manifest.files);
    }
    let Some(template) = template(shape, manifest, &path, errors) else {
        return compared;
    };
    let at = named_at(shape, &path);
    if let (Some(id), None) = (&template.id, shape.attrs.template_id.said()) {
        let id = LitStr::new(id, at.span());
        shape.template = Some(model::Template::Id(id.to_token_stream()));
    }
    check_object_type(shape, template, &at, errors);
    check_texts(shape, template, errors);
    for field in shape.fields.iter().filter(|field| field.is_sound()) {
        compared
            .assertions
            .extend(check_token(field, template, errors));
    }
    compared.assertions.extend(check_flattened(shape, template));
    if shape.attrs.manifest_strict.said().is_some() {
        let never_sent = check_strict(shape, template, &at, errors);
        compared.assertions.extend(never_sent);
    }
    compared
}

/// The literal that names the template.
fn named_at(shape: &Shape<'_>, path: &LitStr) -> LitStr {
    let attrs = &shape.attrs;
    let named = attrs.template.value().or(attrs.type_name.value());
    named.unwrap_or(path).clone()
}

/// Whether an event type with this `uid` goes by this name: the `uid` itself, or the full name, which ends with it.
fn is_name_of(type_name: &str, uid: &str) -> bool {
    let before = type_name.strip_suffix(uid);
    before.is_some_and(|before| before.is_empty() || before.ends_with('_'))
}

/// The template that the type names.
fn template<'m>(
    shape: &Shape<'_>,
    manifest: &'m Manifest,
    path: &LitStr,
    errors: &mut Errors,
) -> Option<&'m Template> {
    let attrs = &shape.attrs;
    let file = path.value();
    if let Some(said) = attrs.template_id.said() {
        let id = attrs.template_id.value().and_then(TemplateId::text);
        let named = id.and_then(|id| {
            let mut templates = manifest.templates.iter();
            templates.find(|template| template.id.as_deref() == Some(&id))
        });
        let name = named.map_or("Pet adopted", |template| &template.name);
        errors.at(
            &said.at,
            format_args!(
                "with a manifest the id comes from the file: name the template instead, as in `template = {name:?}`"
            ),
        );
        return None;
    }
    let is_definitions = manifest
        .templates
        .iter()
        .any(|template| template.uid.is_some());
    if let Some(name) = attrs.type_name.value()
        && is_definitions
    {
        let uid = name.value();
        let by_uid = |template: &&Template| template.uid.as_deref() == Some(&uid);
        if let Some(template) = manifest.templates.iter().find(by_uid) {
            return Some(template);
        }
        if attrs.template.said().is_none() {
            let uids = manifest.templates.iter().filter_map(|of| of.uid.as_deref());
            let near = advice(&uid, uids);
            errors.at(
                name,
                format_args!("no definition in {file:?} has the uid {uid:?}{near}"),
            );
            return None;
        }
    }
    let Some(name) = attrs.template.value() else {
        if attrs.template.said().is_none() && !attrs.doubt.has(Cause::Text) {
            let first = manifest.templates.first();
            let example = first.map_or(&shape.name, |template| &template.name);
            errors.at(
                path,
                format_args!(
                    "a manifest is asked for a template by its name: add `template = {example:?}`"
                ),
            );
        }
        return None;
    };
    let wanted = name.value();
    let mut named = manifest
        .templates
        .iter()
        .filter(|template| template.name == wanted);
    match (named.next(), named.next()) {
        (Some(template), None) => {
            let type_name = attrs.type_name.value();
            if let (Some(said), Some(uid)) = (type_name, &template.uid)
                && !is_name_of(&said.value(), uid)
            {
                errors.at(
                    said,
                    format_args!(
                        "the definition of {wanted:?} in {file:?} has the uid {uid:?}: say `type_name = {uid:?}`"
                    ),
                );
                return None;
            }
            Some(template)
        }
        (Some(_), Some(_)) => {
            errors.at(
                name,
                format_args!(
                    "several templates in {file:?} have the name {wanted:?}: give all but one another name in HubSpot"
                ),
            );
            None
        }
        (None, _) => {
            let names = manifest.templates.iter().map(|template| &*template.name);
            let near = advice(&wanted, names);
            errors.at(
                name,
                format_args!("{file:?} has no template {wanted:?}{near}"),
            );
            None
        }
    }
}

/// At most this many names are listed if none is near.
const FEW: usize = 8;

/// Advice for a name that is not there.
fn advice<'n>(wanted: &str, names: impl Iterator<Item = &'n str> + Clone) -> String {
    if let Some(near) = nearest(wanted, names.clone()) {
        return format!(": did you mean `{near}`?");
    }
    match names.clone().count() {
        0 => ", nor any other".to_owned(),
        count if count <= FEW => {
            let mut names: Vec<&str> = names.collect();
            names.dedup();
            format!(": it has {}", listed(names.into_iter()))
        }
        count => format!(": it has {count} others"),
    }
}

/// Checks that the event's object type is the template's. Later checks go by the template's.
fn check_object_type(shape: &mut Shape<'_>, template: &Template, at: &LitStr, errors: &mut Errors) {
    let attrs = &shape.attrs;
    if attrs.doubt.has(Cause::Value("object_type")) || shape.object_type == template.object_type {
        return;
    }
    let wanted = &template.object_type;
    match attrs.object_type.value() {
        Some(said) => errors.at(
            said,
            format_args!(
                "the template {:?} is for `{wanted}`: say `object_type = \"{wanted}\"`, or name another template",
                template.name
            ),
        ),
        None => errors.at(
            at,
            format_args!(
                "the template {:?} is for `{wanted}`, and a type that says nothing is for `contacts`: add \
                 `object_type = \"{wanted}\"`",
                template.name
            ),
        ),
    }
    shape.object_type.clone_from(wanted);
}

/// Checks that the header and the detail that the type states are the template's.
fn check_texts(shape: &Shape<'_>, template: &Template, errors: &mut Errors) {
    let mut compare = |slot: &Slot<Text>, theirs: &Option<String>| {
        let Some(text) = slot.value() else { return };
        let word = slot.name();
        let message = match theirs {
            Some(theirs) if *theirs == text.literal.value() => return,
            Some(theirs) => format!(
                "the template's {word} in the manifest is {theirs:?}: say the same, or leave `{word}` out"
            ),
            None => format!("the template has no {word} in the manifest: leave `{word}` out"),
        };
        errors.at(
            &text.literal,
            format_args!(
                "{message}; `timeline plan` shows how to bring HubSpot to what the code says"
            ),
        );
    };
    compare(&shape.attrs.header, &template.header);
    compare(&shape.attrs.detail, &template.detail);
}

/// Checks that the template declares the token, with the type that the field has.
fn check_token(field: &Field<'_>, template: &Template, errors: &mut Errors) -> Option<Assertion> {
    let token = field.token.as_ref()?;
    let Some(declared) = template.token(&token.name) else {
        let names = template.tokens.iter().map(|token| &*token.name);
        let near = advice(&token.name, names);
        let otherwise = match near.ends_with('?') {
            true => "",
            false => "; declare it in HubSpot, or leave the field out with `#[timeline(skip)]`",
        };
        errors.at(
            field.named_at(),
            format_args!(
                "the template {:?} declares no token `{}`{near}{otherwise}",
                template.name, token.name
            ),
        );
        return None;
    };
    if !is_known(declared) {
        errors.at(
            field.named_at(),
            format_args!(
                "the template {:?} declares the token `{}` with the type `{}`, which is none that this version knows",
                template.name, token.name, declared.token_type
            ),
        );
        return None;
    }
    match field.known_type()? {
        KnownType::Said(said) if said == declared.token_type => None,
        KnownType::Said(said) => {
            let (at, fix) = match field.attrs.token_type.value() {
                Some(literal) => (
                    literal.to_token_stream(),
                    format!("say `type = \"{}\"`", declared.token_type),
                ),
                None => (
                    field.named_at(),
                    "send the timestamp under another token's name, or under none".to_owned(),
                ),
            };
            errors.at(
                at,
                format_args!(
                    "the template {:?} declares the token `{}` with the type `{}`, not `{said}`: {fix}",
                    template.name, token.name, declared.token_type
                ),
            );
            None
        }
        // The language's own types need no compiler to tell what they are: an assertion for each would cost more than all
        // the rest.
        KnownType::Rust(_) if is_plainly(field, declared) => None,
        KnownType::Rust(ty) => Some(is_declared(field, ty, declared, template)),
    }
}

/// Whether the field's type is one of the language's own, and makes a token as it is declared.
fn is_plainly(field: &Field<'_>, declared: &Token) -> bool {
    let has = |value: &str| declared.options.iter().any(|option| option == value);
    match plain_type(field.ty) {
        Some("enumeration") => declared.is_enumeration() && has("true") && has("false"),
        plain => plain == Some(&*declared.token_type),
    }
}

/// Whether the token's type is one that HubSpot documents.
fn is_known(token: &Token) -> bool {
    TOKEN_TYPES.contains(&&*token.token_type)
}

/// Asserts that the field's token is as it is declared: only the compiler knows its type and its values.
fn is_declared(
    field: &Field<'_>,
    ty: TokenStream,
    declared: &Token,
    template: &Template,
) -> Assertion {
    let Token {
        name,
        token_type,
        options,
    } = declared;
    let options_of = match options.len() {
        0 => "it has no options".to_owned(),
        1..=FEW => format!(
            "its options are {}",
            listed(options.iter().map(String::as_str))
        ),
        count => format!("it has {count} options"),
    };
    let template = &template.name;
    Assertion {
        at: field.ty.to_token_stream(),
        condition: Condition::IsDeclared(ty, token_type.clone(), options.clone()),
        message: vec![
            format!(
                "the template {template:?} declares the token `{name}` with the type `{token_type}`, and this field's type makes it \
                 `"
            ),
            format!(
                "`: change the field's type, or say `type = \"{token_type}\"` if its texts are such values"
            ),
            format!("the template {template:?} declares the token `{name}`, of which `"),
            format!(
                "` is no option: {options_of}; remove the variant, give it another `value`, or add the option in HubSpot"
            ),
        ],
    }
}

/// Asserts that the template declares every flattened token as it is.
fn check_flattened(shape: &Shape<'_>, template: &Template) -> Vec<Assertion> {
    let known: Vec<Token> = template
        .tokens
        .iter()
        .filter(|token| is_known(token))
        .cloned()
        .collect();
    let parts = shape.flattened().filter(|part| part.is_sound());
    let name = &template.name;
    parts
        .map(|part| Assertion {
            at: part.ty.to_token_stream(),
            condition: Condition::AllDeclared(part.ty.to_token_stream(), known.clone()),
            message: vec![
                format!("`{}` is flattened and brings the token `", part.name()),
                format!(
                    "`, which the template {name:?} does not declare: leave it out with `skip`, or give it the name of one \
                     that is declared with `token = \"…\"`"
                ),
                format!("`, which the template {name:?} declares with another type"),
                "` with the value `".to_owned(),
                format!("`, which is none of the options that the template {name:?} declares"),
            ],
        })
        .collect()
}

/// Checks that the type sends every token that the template declares.
fn check_strict(
    shape: &Shape<'_>,
    template: &Template,
    at: &LitStr,
    errors: &mut Errors,
) -> Vec<Assertion> {
    if shape.doubt().hides_a_name() {
        return Vec::new();
    }
    let sent = |name: &str| shape.tokens().any(|token| token.name == name);
    let missing: Vec<&str> = template
        .tokens
        .iter()
        .map(|token| &*token.name)
        .filter(|name| !sent(name))
        .collect();
    let message = |names: &[&str]| {
        let (noun, them, fix) = match names {
            [_] => ("the token", "it", "a field for it"),
            _ => ("the tokens", "them", "fields for them"),
        };
        format!(
            "the template {:?} declares {noun} {}, and the type never sends {them}: add {fix}, or remove `manifest_strict`",
            template.name,
            listed(names.iter().copied())
        )
    };
    if missing.is_empty() {
        return Vec::new();
    }
    if shape.flattened().next().is_none() {
        errors.at(at, message(&missing));
        return Vec::new();
    }
    let asserted = missing.into_iter().map(|name| Assertion {
        at: at.to_token_stream(),
        condition: Condition::AnyToken(types(shape), name.to_owned()),
        message: vec![message(&[name])],
    });
    asserted.collect()
}
