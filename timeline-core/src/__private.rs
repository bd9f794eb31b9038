//! What the derive's expansion calls. Not part of the public interface: it changes with the derive, which is pinned
//! to this crate's version.
//!
//! The expansion writes a field's type as `<Type as TokenValue>::…` wherever it needs it, and a `with` function only
//! as an argument of [`with`] and its sisters. The compiler reports two equal errors at one place once, so a type
//! that cannot be a token is told once, though both methods of the impl mention it.

use std::borrow::Cow;
use std::marker::PhantomData;

pub use std::option::Option;
pub use std::result::Result;
pub use std::time::SystemTime;
pub use std::vec::Vec;

pub use crate::event::{
    EventInput, ExtraData, IFrameValue, InvalidEvent, Role, TimelineEvent, TimelineIFrame,
};
use crate::event::{Extra, TemplateRef};
pub use crate::template::EventTemplate;
use crate::template::{ObjectType, TokenDefinition};
pub use crate::token::{DateValue, TokenValue};
use crate::token::{InvalidToken, Token, TokenOption, TokenType};

/// A template's id. Both methods of the impl go through here, so that a constant of a wrong type is told once.
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
pub fn lend<T: ExtraData + ?Sized>(field: &T) -> Lent<'_> {
    Lent(Extra::new(field))
}

/// The extra data.
#[inline]
pub fn extra_data<'a>(input: &mut EventInput<'a>, value: Lent<'a>) {
    input.extra_data = Some(value.0);
}

/// The iframe.
#[inline]
pub fn iframe<'a>(input: &mut EventInput<'a>, value: Option<TimelineIFrame<'a>>) {
    input.iframe = value;
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

/// What a type answers whose derive has reported errors; a program that holds such a type does not compile.
///
/// # Errors
///
/// Always.
pub fn broken<'a>() -> Result<EventInput<'a>, InvalidEvent> {
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

/// Declares a token.
pub fn declare(
    template: &mut EventTemplate,
    (name, label, property): (&str, &str, Option<&str>),
    token_type: TokenType,
    options: Vec<TokenOption>,
) {
    template.tokens.push(TokenDefinition {
        name: name.to_owned(),
        label: label.to_owned(),
        token_type,
        options,
        object_property_name: property.map(str::to_owned),
    });
}

/// The only template of a type.
#[must_use]
pub fn one(template: EventTemplate) -> Vec<EventTemplate> {
    vec![template]
}

/// A `with` function, and what it makes of a field.
pub struct With<F, V> {
    make: F,
    made: PhantomData<fn() -> V>,
}

impl<F, V> With<F, V> {
    /// The token that the function makes of the field.
    ///
    /// # Errors
    ///
    /// As [`TokenValue::into_token`].
    #[inline]
    pub fn token<'f, T: ?Sized + 'f>(self, field: &'f T) -> Result<Token<'f>, InvalidToken>
    where
        F: FnOnce(&'f T) -> V,
        V: TokenValue + 'f,
    {
        (self.make)(field).into_token()
    }

    /// The extra data that the function makes of the field.
    #[inline]
    pub fn extra_data<'f, T: ?Sized + 'f>(self, field: &'f T) -> Lent<'f>
    where
        F: FnOnce(&'f T) -> V,
        V: ExtraData + Send + 'f,
    {
        Lent(Extra::new((self.make)(field)))
    }

    /// The iframe that the function makes of the field.
    #[inline]
    pub fn iframe<'f, T: ?Sized + 'f>(self, field: &'f T) -> Option<TimelineIFrame<'f>>
    where
        F: FnOnce(&'f T) -> V,
        V: IFrameValue + 'f,
    {
        (self.make)(field).into_iframe()
    }

    /// The type of the token.
    #[must_use]
    pub fn token_type(&self) -> TokenType
    where
        V: TokenValue,
    {
        V::TYPE
    }

    /// The options of the token.
    #[must_use]
    pub fn options(&self) -> Vec<TokenOption>
    where
        V: TokenValue,
    {
        V::options()
    }
}

/// A function from a field of type `T` to a token.
#[inline]
pub fn with<'f, T: ?Sized + 'f, V: TokenValue + 'f, F: FnOnce(&'f T) -> V>(make: F) -> With<F, V> {
    made(make)
}

/// A function from a field of type `T` to a date.
#[inline]
pub fn with_date<'f, T: ?Sized + 'f, V: DateValue + 'f, F: FnOnce(&'f T) -> V>(
    make: F,
) -> With<F, V> {
    made(make)
}

/// A function from a field of type `T` to extra data.
#[inline]
pub fn with_extra_data<'f, T: ?Sized + 'f, V: ExtraData + Send + 'f, F: FnOnce(&'f T) -> V>(
    make: F,
) -> With<F, V> {
    made(make)
}

/// A function from a field of type `T` to an iframe.
#[inline]
pub fn with_iframe<'f, T: ?Sized + 'f, V: IFrameValue + 'f, F: FnOnce(&'f T) -> V>(
    make: F,
) -> With<F, V> {
    made(make)
}

#[inline]
fn made<F, V>(make: F) -> With<F, V> {
    With {
        make,
        made: PhantomData,
    }
}
