//! What the derive's expansion calls. Not part of the public interface: it changes with the derive, which is pinned
//! to this crate's version.
//!
//! The expansion does not write a field's type out again where the compiler can infer it, so that a mistake in the type is
//! reported once. The compiler reports two equal errors at one place once, so a type that cannot be a token is reported once
//! too, though both methods of the impl need it.

mod assertion;
mod near;
mod role;

use std::borrow::Cow;

pub use std::marker::Sized;
pub use std::ops::FnMut;
pub use std::option::Option;
pub use std::primitive::{str, u8, usize};
pub use std::result::Result;
pub use std::time::SystemTime;
pub use std::vec::Vec;
pub use std::{concat, env, include_bytes};

pub use self::assertion::{
    Assertion, HandsOn, Known, Unknown, few_enough, has_type, mistake, refuse, same_type,
};
pub use self::role::{
    CustomObjectTypeIdValue, DomainValue, EmailValue, IdValue, KeyValue, ObjectIdValue, UtkValue,
};
pub use crate::event::{
    EventInput, ExtraData, IFrameValue, IdPart as Part, InvalidEvent, PartToken, Parts,
    Requirement, Role, TimelineEvent, TimelineFields, TimelineIFrame,
};
use crate::event::{Extra, TemplateNames, TemplateRef};
pub use crate::template::EventTemplate;
use crate::template::{ObjectType, TokenDefinition};
use crate::token::fitting;
pub use crate::token::{
    DateValue, FieldType, InvalidToken, Token, TokenKind, TokenOption, TokenType, TokenValue,
};

/// A template's id. Both methods of the impl go through here, so that a constant of a wrong type is reported once.
#[inline]
#[must_use]
pub const fn id(id: &'static str) -> &'static str {
    id
}

/// An input of the template with this id, with room for the type's tokens.
#[inline]
pub fn by_id<'a>(id: &'static str, object_type: &'static str, tokens: usize) -> EventInput<'a> {
    EventInput::prepared(TemplateRef::Id(Cow::Borrowed(id)), object_type, tokens)
}

/// An input of the template with this name.
#[inline]
pub fn by_name<'a>(name: &'static str, object_type: &'static str, tokens: usize) -> EventInput<'a> {
    EventInput::prepared(TemplateRef::Name(Cow::Borrowed(name)), object_type, tokens)
}

/// An input of an event type alone.
#[inline]
pub fn by_type<'a>(name: &'static str, object_type: &'static str, tokens: usize) -> EventInput<'a> {
    EventInput::prepared(
        TemplateRef::TypeName(Cow::Borrowed(name)),
        object_type,
        tokens,
    )
}

/// The name of the event's type in app events, beside its template.
#[inline]
pub fn type_name(input: &mut EventInput<'_>, name: &'static str) {
    input.type_name = Some(Cow::Borrowed(name));
}

/// The fully qualified name of its custom object in app events.
#[inline]
pub fn object_type_name(input: &mut EventInput<'_>, name: &'static str) {
    input.object_type_name = Some(Cow::Borrowed(name));
}

/// What a type says of its template.
#[must_use]
pub fn template_names(
    id: Option<&'static str>,
    name: Option<&'static str>,
    type_name: Option<&'static str>,
    unnamed_object_type: Option<&'static str>,
) -> Requirement {
    Requirement::Template(TemplateNames {
        id,
        name,
        type_name,
        unnamed_object_type,
    })
}

/// Any role but the timestamp.
#[inline]
pub fn role<'a>(input: &mut EventInput<'a>, role: Role, value: Result<Token<'a>, InvalidToken>) {
    input.set(role, value);
}

/// The timestamp.
#[inline]
pub fn timestamp<'a>(input: &mut EventInput<'a>, value: Result<Token<'a>, InvalidToken>) {
    input.set_timestamp(value);
}

/// One part of the key.
#[inline]
pub fn key<'a>(
    input: &mut EventInput<'a>,
    name: &'static str,
    value: Result<Token<'a>, InvalidToken>,
) {
    input.push_key(Cow::Borrowed(name), value);
}

/// A token whose name the derive has checked.
#[inline]
pub fn token<'a>(
    input: &mut EventInput<'a>,
    name: &'static str,
    value: Result<Token<'a>, InvalidToken>,
) {
    input.push_token(Cow::Borrowed(name), value);
}

/// Extra data of some type.
pub struct Lent<'a>(Extra<'a>);

/// A field of type `T` as extra data, by reference. A function, and not a method of the trait, since the compiler
/// would ask for the trait's own `Serialize` first.
#[inline]
pub fn lend<T: ExtraData>(field: &T) -> Lent<'_> {
    Lent(Extra::lent(field))
}

/// What a `with` function makes of a field, as extra data.
#[inline]
pub fn lend_made<'f, V: ExtraData + Send + 'f>(made: V) -> Lent<'f> {
    Lent(Extra::new(made))
}

/// `None`, in the place of a value from whose type the compiler infers the fields' types.
#[inline]
#[must_use]
pub fn no<T>() -> Option<T> {
    None
}

/// The extra data.
#[inline]
pub fn extra_data<'a>(input: &mut EventInput<'a>, value: Lent<'a>) {
    input.is_changed();
    input.extra_data = Some(value.0);
}

/// The iframe.
#[inline]
pub fn iframe<'a>(input: &mut EventInput<'a>, value: Option<TimelineIFrame<'a>>) {
    input.set_iframe(value);
}

/// A token of another type than its Rust type's own.
#[inline]
pub fn typed<'a>(
    input: &mut EventInput<'a>,
    name: &'static str,
    token_type: TokenType,
    value: Result<Token<'a>, InvalidToken>,
) {
    let value = value.and_then(|token| fitting(token, token_type));
    input.push_token(Cow::Borrowed(name), value);
}

/// The id, from its pattern.
pub fn pattern(input: &mut EventInput<'_>, parts: &[Part<'_>]) {
    input.set_id_from(parts);
}

/// A token that is an option of an enumeration.
///
/// # Errors
///
/// Never; a token's value is a `Result`.
#[inline]
pub fn option<'a>(value: &'static str) -> Result<Token<'a>, InvalidToken> {
    Ok(Token::text(value))
}

/// The options of an enumeration, as values and labels.
#[must_use]
pub fn options(options: &[(&str, &str)]) -> Vec<TokenOption> {
    let option = |(value, label): &(&str, &str)| TokenOption::new(*value, *label);
    options.iter().map(option).collect()
}

/// The first mistake in a finished input.
///
/// # Errors
///
/// [`InvalidEvent`] for the first mistake.
#[inline]
pub fn check(input: &EventInput<'_>) -> Result<(), InvalidEvent> {
    input.checked()
}

/// The answer of a variant that has mistakes. A program with such a type does not compile.
///
/// # Errors
///
/// Always.
pub fn broken_variant<'a>() -> Result<EventInput<'a>, InvalidEvent> {
    Err(InvalidEvent::new("the event's type did not compile"))
}

/// A template without tokens; the id is absent for a type that names its template.
#[must_use]
pub fn template(id: Option<&'static str>, name: &str, object_type: &str) -> EventTemplate {
    let template = EventTemplate::new(name, ObjectType::from(object_type));
    match id {
        Some(id) => template.with_id(id),
        None => template,
    }
}

/// The name of the template's event type in app events.
pub fn declare_type(template: &mut EventTemplate, name: &str) {
    let plain = std::mem::replace(template, EventTemplate::new("", ObjectType::Contacts));
    *template = plain.with_type_name(name);
}

/// The header and the detail.
pub fn texts(template: &mut EventTemplate, header: Option<&str>, detail: Option<&str>) {
    template.header_template = header.map(str::to_owned);
    template.detail_template = detail.map(str::to_owned);
}

/// Declares tokens: their names, their labels, and what their types say.
pub fn declare(template: &mut EventTemplate, tokens: &[(&str, &str, TokenKind)]) {
    let define = |(name, label, kind): &(&str, &str, TokenKind)| TokenDefinition {
        name: (*name).to_owned(),
        label: (*label).to_owned(),
        token_type: kind.token_type,
        options: (kind.options)(),
        object_property_name: kind.property.map(str::to_owned),
    };
    template.tokens.extend(tokens.iter().map(define));
}

/// The only template of a type.
#[must_use]
pub fn one(template: EventTemplate) -> Vec<EventTemplate> {
    vec![template]
}

/// Adds the templates of one variant. A template that is there already, exactly the same, is not added again. Two
/// different definitions of one template both stay, so that none is lost.
pub fn gather(all: &mut Vec<EventTemplate>, templates: Vec<EventTemplate>) {
    for template in templates {
        if !all.contains(&template) {
            all.push(template);
        }
    }
}
