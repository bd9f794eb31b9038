//! What the derive's expansion calls. Not part of the public interface: it changes with the derive, which is pinned
//! to this crate's version.

use std::borrow::Cow;

pub use std::option::Option;
pub use std::result::Result::{self, Ok};
pub use std::string::String;
pub use std::vec::Vec;

pub use crate::event::{EventInput, InvalidEvent, Role, TimelineEvent};
use crate::event::{ExtraData, IFrameValue};
use crate::template::ObjectType;
pub use crate::template::{EventTemplate, TokenDefinition};
use crate::token::{DateValue, TokenValue};

/// An input of the template with this id, with room for the type's tokens.
#[inline]
#[must_use]
pub fn by_id<'a>(id: &'static str, object_type: &'static str, tokens: usize) -> EventInput<'a> {
    let template = crate::event::TemplateRef::Id(Cow::Borrowed(id));
    EventInput::prepared(template, object_type, tokens)
}

/// An input of the template with this name.
#[inline]
#[must_use]
pub fn by_name<'a>(name: &'static str, object_type: &'static str, tokens: usize) -> EventInput<'a> {
    let template = crate::event::TemplateRef::Name(Cow::Borrowed(name));
    EventInput::prepared(template, object_type, tokens)
}

/// Any role but the timestamp.
#[inline]
pub fn role<'a>(input: &mut EventInput<'a>, role: Role, value: impl TokenValue + 'a) {
    input.set(role, value);
}

/// The timestamp.
#[inline]
pub fn timestamp<'a>(input: &mut EventInput<'a>, value: impl DateValue + 'a) {
    input.set_timestamp(value);
}

/// One part of the key.
#[inline]
pub fn key<'a>(input: &mut EventInput<'a>, name: &'static str, value: impl TokenValue + 'a) {
    input.push_key(Cow::Borrowed(name), value);
}

/// A token whose name the derive has checked.
#[inline]
pub fn token<'a>(input: &mut EventInput<'a>, name: &'static str, value: impl TokenValue + 'a) {
    input.push_token(Cow::Borrowed(name), value);
}

/// The extra data.
#[inline]
pub fn extra_data<'a>(input: &mut EventInput<'a>, value: impl ExtraData + 'a) {
    input.set_extra_data(value);
}

/// The iframe.
#[inline]
pub fn iframe<'a>(input: &mut EventInput<'a>, value: impl IFrameValue<'a>) {
    input.iframe = value.into_iframe();
}

/// The finished input, or the first mistake in it.
///
/// # Errors
///
/// [`InvalidEvent`] for the first mistake.
#[inline]
pub fn finish(input: EventInput<'_>) -> Result<EventInput<'_>, InvalidEvent> {
    input.checked()
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

/// Declares the token that holds values of type `T`.
pub fn declare<T: TokenValue + ?Sized>(
    template: &mut EventTemplate,
    name: &str,
    label: &str,
    property: Option<&'static str>,
) {
    let mut token = TokenDefinition::checked::<T>(name.to_owned(), label.to_owned());
    token.object_property_name = property.map(str::to_owned);
    template.tokens.push(token);
}

/// Declares the token that holds what a `with` function makes of a field.
pub fn declare_with<'f, F: ?Sized + 'f, V: TokenValue + 'f>(
    template: &mut EventTemplate,
    name: &str,
    label: &str,
    property: Option<&'static str>,
    _with: impl FnOnce(&'f F) -> V,
) {
    declare::<V>(template, name, label, property);
}
