//! Checks that what the header, the detail and the id refer to is there.

use quote::ToTokens;
use syn::LitStr;

use super::flattened::{is_all_sound, types};
use super::reported::Reported;
use crate::assertion::{Assertion, Condition, UserType};
use crate::doubt::Cause;
use crate::errors::Errors;
use crate::handlebars::{Reference, Usage};
use crate::model::{Field, KnownType, Shape};
use crate::parse::{Pattern, Text, is_extra_data};
use crate::pattern::Part;
use crate::role::Role;
use crate::suggest::{fold, listed, nearest};

/// What HubSpot knows of an event beside its tokens.
const TIMESTAMP: &str = "timestamp";

/// The other words of HubSpot's own, as in the first example of its page on templates: the event's id, and what the event
/// is on.
const OWN_WORDS: [&str; 2] = ["id", "objectType"];

const NOT_GIVEN: &str = "neither the event's own fields nor those flattened into it give it";

/// Checks the header and the detail.
pub(super) fn check(
    shape: &Shape<'_>,
    reported: &mut Reported,
    errors: &mut Errors,
) -> Vec<Assertion> {
    let mut checker = Checker {
        shape,
        reported,
        errors,
        assertions: Vec::new(),
    };
    for slot in [&shape.attrs.header, &shape.attrs.detail] {
        let Some(text) = slot.value() else { continue };
        let of = shape.own(slot.name());
        let (into_extra_data, others): (Vec<&Reference>, Vec<&Reference>) = text
            .references
            .iter()
            .partition(|found| is_extra_data(found));
        for reference in others {
            check_reference(&of, text, reference, &mut checker);
        }
        if !into_extra_data.is_empty() {
            check_extra_data(&of, text, &mut checker);
        }
        for word in &text.single_braces {
            check_single_braces(&of, text, word, &mut checker);
        }
    }
    check_plain(shape, &mut checker);
    checker.assertions
}

/// Checks one shape: reports errors, and collects what only the compiler can decide about what is flattened into it.
struct Checker<'c, 'i, 'e> {
    shape: &'c Shape<'i>,
    reported: &'e mut Reported,
    errors: &'e mut Errors,
    assertions: Vec<Assertion>,
}

impl Checker<'_, '_, '_> {
    fn wrong(&mut self, text: &Text, what: &str, message: impl std::fmt::Display) {
        if self.reported.is_new(&text.literal, what) {
            self.errors.at(&text.literal, message);
        }
    }

    /// Asserts that something flattened has the token. The message names one that is near.
    fn assert_token_or_near(&mut self, text: &Text, of: &str, name: &str) {
        if is_all_sound(self.shape) {
            self.assertions.push(Assertion {
                at: text.literal.to_token_stream(),
                condition: Condition::AnyTokenOrNear(types(self.shape), name.to_owned()),
                message: vec![
                    format!("in the {of}: unknown token `{name}`; "),
                    NOT_GIVEN.to_owned(),
                ],
            });
        }
    }

    /// Asserts a condition on what is flattened.
    fn assert_of_flattened(
        &mut self,
        text: &Text,
        condition: fn(Vec<UserType>, String) -> Condition,
        name: &str,
        message: String,
    ) {
        if is_all_sound(self.shape) {
            self.assertions.push(Assertion {
                at: text.literal.to_token_stream(),
                condition: condition(types(self.shape), name.to_owned()),
                message: vec![message],
            });
        }
    }
}

fn check_reference(
    of: &str,
    text: &Text,
    Reference { path, usage }: &Reference,
    checker: &mut Checker<'_, '_, '_>,
) {
    let shape = checker.shape;
    let field = shape.field_of_token(path);
    let is_list = format!(
        "in the {of}: `{{{{#each {path}}}}}` goes over a list, and a token is one text: put the list into the \
         `extra_data` and write `{{{{#each extraData.{path}}}}}`"
    );
    if *usage == Usage::List && (field.is_some() || path == TIMESTAMP) {
        return checker.wrong(text, &format!("{path} is no list"), is_list);
    }
    let is_date = format!(
        "in the {of}: `{{{{#formatDate {path}}}}}` needs a date, and the token `{path}` is none: give the field a date, \
         or `type = \"date\"` if it holds milliseconds since 1970"
    );
    if let Some(field) = field {
        if *usage == Usage::Date {
            check_date(text, field, is_date, checker);
        }
        return;
    }
    // A name that could not be read may have been this one.
    if path == TIMESTAMP || is_own_word(path, shape) || shape.doubt().hides_a_name() {
        return;
    }
    let no_token = is_no_token(path, shape);
    if shape.flattened().next().is_none() {
        let message = no_token.unwrap_or_else(|| unknown_token(path, shape));
        return checker.wrong(text, path, format_args!("in the {of}: {message}"));
    }
    // Something flattened may have a token of this name, whatever the event's own field of the name is.
    match (no_token, near_token(path, shape)) {
        (None, None) => checker.assert_token_or_near(text, of, path),
        (Some(message), _) => {
            checker.assert_of_flattened(
                text,
                Condition::AnyToken,
                path,
                format!("in the {of}: {message}"),
            );
        }
        (None, Some(_)) => {
            let message = format!("in the {of}: {}", unknown_token(path, shape));
            checker.assert_of_flattened(text, Condition::AnyToken, path, message);
        }
    }
    match usage {
        Usage::Value => {}
        Usage::List => checker.assert_of_flattened(text, Condition::NoToken, path, is_list),
        Usage::Date => checker.assert_of_flattened(text, Condition::TokenIsDate, path, is_date),
    }
}

/// Checks that a token that is formatted as a date is a date. Only the field's type decides that.
fn check_date(text: &Text, field: &Field<'_>, message: String, checker: &mut Checker<'_, '_, '_>) {
    match field.known_type() {
        Some(KnownType::Said(said)) if said == "date" => {}
        Some(KnownType::Said(_)) => {
            checker.wrong(text, &format!("{} is no date", field.name()), message);
        }
        Some(KnownType::Rust(ty)) => checker.assertions.push(Assertion {
            at: text.literal.to_token_stream(),
            condition: Condition::HasType(ty, "date".to_owned()),
            message: vec![message],
        }),
        None => {}
    }
}

/// Reports a token in single braces, with or without a format behind it: Handlebars shows single braces as they are.
/// Empty braces are reported too: in Rust they stand for a value.
fn check_single_braces(of: &str, text: &Text, word: &str, checker: &mut Checker<'_, '_, '_>) {
    let shape = checker.shape;
    let name = word.split([':', '!']).next().unwrap_or(word).trim();
    let message = |token: &str| {
        format!(
            "in the {of}: `{{{word}}}` is plain text; for the token's value write `{{{{{token}}}}}`"
        )
    };
    let token = shape.fields.iter().find_map(|field| {
        let token = &field.token.as_ref()?.name;
        (token == name || field.name() == *name).then_some(token)
    });
    let what = format!("{{{word}}}");
    match token {
        Some(token) => checker.wrong(text, &what, message(token)),
        None if name.is_empty() => {
            let first = shape.tokens().next();
            let example = first.map_or("petName", |token| &token.name);
            checker.wrong(text, &what, message(example));
        }
        None if shape.flattened().next().is_some() => {
            checker.assert_of_flattened(text, Condition::NoToken, name, message(name));
        }
        None => {}
    }
}

/// The template's name and the tokens' labels are plain texts, in which HubSpot puts nothing in the place of braces.
fn check_plain(shape: &Shape<'_>, checker: &mut Checker<'_, '_, '_>) {
    let attrs = &shape.attrs;
    let labels = shape.fields.iter().map(|field| &field.attrs.label);
    for slot in [&attrs.name, &attrs.template].into_iter().chain(labels) {
        let Some(literal) = slot.value() else {
            continue;
        };
        let value = literal.value();
        let inside = value
            .split('{')
            .skip(1)
            .filter_map(|word| Some(word.split_once('}')?.0));
        let is_name = |word: &str| {
            let name = word.split([':', '!']).next().unwrap_or(word).trim();
            let is_empty = name.is_empty();
            is_empty || shape.field(name).is_some() || shape.field_of_token(name).is_some()
        };
        let Some(word) = inside.into_iter().find(|word| is_name(word)) else {
            continue;
        };
        let of = slot.name();
        if checker.reported.is_new(literal, word) {
            checker.errors.at(
                literal,
                format_args!(
                    "the `{of}` is the same for every event, and HubSpot puts nothing in the place of `{{{word}}}`: a token's \
                     value goes into the `header` or the `detail`, as `{{{{petName}}}}`"
                ),
            );
        }
    }
}

/// Whether HubSpot fills in the word by itself. If a field has the same name and is something else, that field was probably
/// meant.
fn is_own_word(path: &str, shape: &Shape<'_>) -> bool {
    let by_field = shape
        .field(path)
        .is_some_and(|field| field.role != Some(Role::Id));
    OWN_WORDS.contains(&path) && !by_field
}

/// Why a name that means something is no token.
fn is_no_token(path: &str, shape: &Shape<'_>) -> Option<String> {
    if fold(path.split('.').next().unwrap_or(path)) == fold("extraData") {
        return Some(format!(
            "unknown token `{path}`; extra data is `extraData`, as in `{{{{extraData.items}}}}`"
        ));
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    if !rest.is_empty()
        && let Some(field) = shape.field(first)
        && field.role == Some(Role::ExtraData)
    {
        return Some(format!(
            "the field `{first}` is the `extra_data` and no token: write `{{{{extraData.{rest}}}}}` in the detail"
        ));
    }
    if !rest.is_empty()
        && let Some(field) = shape.field(first)
        && field.is_flattened()
    {
        return Some(format!(
            "the field `{first}` is flattened, so its tokens are the event's own: write `{{{{{rest}}}}}`"
        ));
    }
    let field = shape.field(path)?;
    if let Some(token) = &field.token {
        return Some(format!(
            "`{path}` is the field, and its token is `{0}`: write `{{{{{0}}}}}`",
            token.name
        ));
    }
    if field.attrs.skip.said().is_some() {
        return Some(format!(
            "the field `{path}` is skipped, so its value is not sent: remove the `skip`"
        ));
    }
    if field.is_flattened() {
        return Some(format!(
            "the field `{path}` is flattened: write the name of one of its tokens"
        ));
    }
    let role = field.role?;
    let fix = match role {
        Role::ExtraData => "write `{{extraData.…}}` in the detail".to_owned(),
        Role::Timestamp => format!(
            "the event's time is `{{{{timestamp}}}}` in every template, so write that, or add `token = \"{path}\"`"
        ),
        Role::IFrame => "HubSpot shows its link by itself, so remove it here".to_owned(),
        _ => format!("add `token = \"{path}\"` to make it one as well"),
    };
    Some(format!(
        "the field `{path}` is the `{}` and no token: {fix}",
        role.name()
    ))
}

/// The word that was probably meant.
fn near_token<'s>(path: &str, shape: &'s Shape<'_>) -> Option<&'s str> {
    let names = shape.tokens().map(|token| token.name.as_str());
    nearest(path, names.chain([TIMESTAMP]).chain(OWN_WORDS))
}

fn unknown_token(path: &str, shape: &Shape<'_>) -> String {
    let names = || shape.tokens().map(|token| token.name.as_str());
    let advice = match near_token(path, shape) {
        Some(near) => format!("did you mean `{{{{{near}}}}}`?"),
        None if shape.flattened().next().is_some() => NOT_GIVEN.to_owned(),
        None if names().next().is_none() => "the event has no tokens".to_owned(),
        None => format!("the event has {}", listed(names())),
    };
    format!("unknown token `{path}`; {advice}")
}

/// Checks that a field gives the extra data that a text reads.
fn check_extra_data(of: &str, text: &Text, checker: &mut Checker<'_, '_, '_>) {
    let shape = checker.shape;
    let mut roles = shape.fields.iter().flat_map(|field| &field.attrs.roles);
    if shape.doubt().has(Cause::Text) || roles.any(|(role, _)| *role == Role::ExtraData) {
        return;
    }
    let message = format!(
        "the {of} reads the `extraData`, and no field gives any: mark the one that does with `#[timeline(extra_data)]`"
    );
    if shape.flattened().next().is_none() {
        return checker.wrong(text, "extraData", message);
    }
    if is_all_sound(shape) {
        checker.assertions.push(Assertion {
            at: text.literal.to_token_stream(),
            condition: Condition::AnyRole(types(shape), &[Role::ExtraData]),
            message: vec![message],
        });
    }
}

/// Checks that the id is made of fields that are there and have a text.
pub(super) fn check_id(shape: &Shape<'_>, reported: &mut Reported, errors: &mut Errors) {
    let Some(Pattern { literal, parts }) = shape.attrs.id.value() else {
        return;
    };
    // If the id has no field at all, it was reported that the braces are text.
    let named = parts.iter().any(|part| matches!(part, Part::Field(_)));
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        let name = match part {
            Part::Field(name) => name,
            Part::Text(_) if !named => continue,
            Part::Text(text) => {
                check_text_of_id(text, literal, shape, reported, errors);
                continue;
            }
        };
        if seen.contains(&name.as_str()) {
            continue;
        }
        seen.push(name);
        let Some(field) = shape.field(name) else {
            let known: Vec<String> = shape.fields.iter().map(Field::name).collect();
            let advice = match (shape.field_of_token(name), nearest(name, known.iter().map(String::as_str))) {
                (Some(field), _) => {
                    format!(
                        "that is a token, and an id is made of fields: write `{{{}}}`",
                        field.name()
                    )
                }
                (None, Some(near)) => format!("did you mean `{{{near}}}`?"),
                (None, None) if shape.flattened().next().is_some() => {
                    "an id is made of the event's own fields, not of flattened ones: repeat the value in a field with \
                     `#[timeline(skip)]`"
                        .to_owned()
                }
                (None, None) if known.is_empty() => "it has none".to_owned(),
                (None, None) => format!("it has {}", listed(known.iter().map(String::as_str))),
            };
            if reported.is_new(literal, name) {
                errors.at(
                    literal,
                    format_args!(
                        "`{}` has no field `{name}` to make the id of; {advice}",
                        shape.ident
                    ),
                );
            }
            continue;
        };
        if let Some(what) = field.has_no_text() {
            errors.at(
                literal,
                format_args!(
                    "the field `{name}` is {what} and has no text of its own to put into the id"
                ),
            );
        }
    }
}

/// `{{line}}` is plain text in an id, the same in every event. Where `line` is a name, the field was probably meant.
fn check_text_of_id(
    text: &str,
    literal: &LitStr,
    shape: &Shape<'_>,
    reported: &mut Reported,
    errors: &mut Errors,
) {
    let words = text
        .split('{')
        .skip(1)
        .filter_map(|word| word.split_once('}'));
    for (word, _) in words {
        let field = shape.field(word).or_else(|| shape.field_of_token(word));
        let fix = match field {
            Some(field) => format!("for the field write `{{{}}}`", field.name()),
            None if word == TIMESTAMP => {
                "for the event's time make the id of the field that holds it".to_owned()
            }
            None => continue,
        };
        if reported.is_new(literal, &format!("{{{{{word}}}}}")) {
            errors.at(
                literal,
                format_args!("`{{{{{word}}}}}` in an id is the text `{{{word}}}`, the same in every event: {fix}"),
            );
        }
    }
}
