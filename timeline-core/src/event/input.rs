//! One event on its way to HubSpot, borrowing from the value it was made of.

mod fill;

use std::borrow::Cow;
use std::fmt::{self};

use super::extra::{Extra, ExtraData};
use super::iframe::{IFrameValue, TimelineIFrame};
use super::invalid::{InvalidEvent, Kind};
use super::role::Role;
use crate::token::{DateValue, InvalidToken, Token, TokenValue, check_name};

/// One event, as HubSpot will be asked to create it.
///
/// A derived [`TimelineEvent`](super::TimelineEvent) makes one from your struct. Built by hand, it remembers the
/// first mistake, which [`event_input`](super::TimelineEvent::event_input) gives back.
///
/// ```
/// use timeline_core::{EventInput, TimelineEvent};
///
/// let input = EventInput::new("1001298")
///     .id("adoption-17")
///     .email("ada@example.com")
///     .token("petName", "Rex")
///     .token("petAge", 3);
///
/// assert_eq!(input.get_id(), Some("adoption-17"));
/// assert_eq!(
///     serde_json::to_string(&input).unwrap(),
///     r#"{"eventTemplateId":"1001298","id":"adoption-17","email":"ada@example.com","tokens":{"petName":"Rex","petAge":"3"}}"#,
/// );
///
/// let mistaken = EventInput::new("1001298").email("ada@example.com").token("share", f64::NAN);
/// assert_eq!(
///     mistaken.event_input().unwrap_err().to_string(),
///     "token `share` is NaN or infinite, not a number",
/// );
/// ```
///
/// It serializes as HubSpot's v3 JSON: unset keys are left out, `tokens` is always there. Its `Debug` shows which keys
/// are set and never a value.
#[derive(Clone)]
#[must_use = "an event goes out only when it is sent"]
pub struct EventInput<'a> {
    pub(crate) template: TemplateRef<'a>,
    pub(crate) object_type: Option<Cow<'static, str>>,
    /// The names that app events use for the template and for a custom object.
    pub(crate) type_name: Option<Cow<'a, str>>,
    pub(crate) object_type_name: Option<Cow<'a, str>>,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) email: Option<Cow<'a, str>>,
    pub(crate) utk: Option<Cow<'a, str>>,
    pub(crate) object_id: Option<Cow<'a, str>>,
    pub(crate) domain: Option<Cow<'a, str>>,
    pub(crate) custom_object_type_id: Option<Cow<'a, str>>,
    /// Milliseconds since 1970, within the years that ISO-8601 can write.
    pub(crate) timestamp: Option<i64>,
    /// Present values only, in the order they were given.
    pub(crate) tokens: Vec<(Cow<'a, str>, Token<'a>)>,
    /// Present values only, in the order they were given.
    pub(crate) key: Vec<(Cow<'a, str>, Token<'a>)>,
    pub(crate) extra_data: Option<Extra<'a>>,
    pub(crate) iframe: Option<Box<TimelineIFrame<'a>>>,
    /// Absent as long as there are none.
    mistakes: Option<Box<Mistakes<'a>>>,
    /// The sealed event that this input was made of, as long as it is not changed.
    #[cfg(feature = "client")]
    pub(crate) sealed: Option<&'a super::sealed::SealedEvent>,
}

#[derive(Clone, Default)]
struct Mistakes<'a> {
    first: Option<InvalidEvent>,
    /// What was given but cannot be used, and so is not in the event: keys of the JSON, and `tokens.…`.
    missing: Vec<Cow<'a, str>>,
}

/// One piece of an id that is made of fields.
#[derive(Debug)]
pub enum IdPart<'a> {
    /// Verbatim.
    Text(&'static str),
    /// A field and its value.
    Field(&'static str, Result<Token<'a>, InvalidToken>),
}

/// How an event names its template.
#[derive(Clone)]
pub(crate) enum TemplateRef<'a> {
    Id(Cow<'a, str>),
    Name(Cow<'a, str>),
    /// It has no template, only the name of its event type in app events.
    TypeName(Cow<'a, str>),
}

impl TemplateRef<'_> {
    pub(crate) fn text(&self) -> &str {
        match self {
            TemplateRef::Id(text) | TemplateRef::Name(text) | TemplateRef::TypeName(text) => text,
        }
    }

    fn reborrow(&self) -> TemplateRef<'_> {
        match self {
            TemplateRef::Id(id) => TemplateRef::Id(Cow::Borrowed(id)),
            TemplateRef::Name(name) => TemplateRef::Name(Cow::Borrowed(name)),
            TemplateRef::TypeName(name) => TemplateRef::TypeName(Cow::Borrowed(name)),
        }
    }
}

impl<'a> EventInput<'a> {
    /// An event of the template with this id.
    pub fn new(template_id: impl Into<Cow<'a, str>>) -> Self {
        Self::of(TemplateRef::Id(template_id.into()), None, Vec::new())
    }

    /// An event of the template with this name; its id is looked up in the client's
    /// [`TemplateIds`](crate::TemplateIds) when it is sent.
    pub fn named(template: impl Into<Cow<'a, str>>) -> Self {
        Self::of(TemplateRef::Name(template.into()), None, Vec::new())
    }

    /// An event of the event type with this name in HubSpot's app events, and of no v3 template: only a client with
    /// `.api(Api::AppEvents)` can send it. What v3 calls tokens are its properties there.
    ///
    /// ```
    /// use timeline_core::EventInput;
    ///
    /// let input = EventInput::of_type("pet_adopted")
    ///     .email("ada@example.com")
    ///     .token("petName", "Rex");
    /// assert_eq!((input.template_id(), input.get_type_name()), (None, Some("pet_adopted")));
    /// ```
    pub fn of_type(type_name: impl Into<Cow<'a, str>>) -> Self {
        Self::of(TemplateRef::TypeName(type_name.into()), None, Vec::new())
    }

    fn of(
        template: TemplateRef<'a>,
        object_type: Option<Cow<'static, str>>,
        tokens: Vec<(Cow<'a, str>, Token<'a>)>,
    ) -> Self {
        EventInput {
            template,
            object_type,
            type_name: None,
            object_type_name: None,
            id: None,
            email: None,
            utk: None,
            object_id: None,
            domain: None,
            custom_object_type_id: None,
            timestamp: None,
            tokens,
            key: Vec::new(),
            extra_data: None,
            iframe: None,
            mistakes: None,
            #[cfg(feature = "client")]
            sealed: None,
        }
    }

    /// The kind of record that the template belongs to. With it, an identifier that does not fit is found before
    /// anything is sent; without it, any identifier will do.
    pub fn object_type(mut self, object_type: impl Into<Cow<'static, str>>) -> Self {
        self.is_changed();
        self.object_type = Some(object_type.into());
        self
    }

    /// The name of the event's type in HubSpot's app events, which take it in place of the template. With both, the same
    /// event goes out through either API. A name in the client's [`EventTypes`](crate::EventTypes) takes precedence.
    pub fn type_name(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.is_changed();
        self.type_name = Some(name.into());
        self
    }

    /// The fully qualified name of a custom object, such as `p62515_car`, which app events take in place of its type id.
    pub fn object_type_name(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.is_changed();
        self.object_type_name = Some(name.into());
        self
    }

    /// The event's id, unique in its template across all accounts that install the app; at most 500 bytes. It
    /// appears in errors and logs, so keep personal data out of it. Without one the client makes one.
    pub fn id(mut self, id: impl TokenValue + 'a) -> Self {
        self.set(Role::Id, id.into_token());
        self
    }

    /// One part of a key that the event's id is made from: equal for equal keys, different for different accounts.
    /// The client needs a `portal_id`.
    pub fn key(mut self, name: impl Into<Cow<'a, str>>, value: impl TokenValue + 'a) -> Self {
        self.push_key(name.into(), value.into_token());
        self
    }

    /// The contact's e-mail address. HubSpot makes a contact for an address that it does not know. Blanks around the
    /// address are left out, as with the other two identifiers.
    pub fn email(mut self, email: impl TokenValue + 'a) -> Self {
        self.set(Role::Email, email.into_token());
        self
    }

    /// The contact's tracking cookie (`hubspotutk`).
    pub fn utk(mut self, utk: impl TokenValue + 'a) -> Self {
        self.set(Role::Utk, utk.into_token());
        self
    }

    /// The record's id in HubSpot. It takes precedence over `utk`, and `utk` over the e-mail.
    pub fn object_id(mut self, object_id: impl TokenValue + 'a) -> Self {
        self.set(Role::ObjectId, object_id.into_token());
        self
    }

    /// A company's domain. It goes with `object_id` and identifies nothing by itself.
    pub fn domain(mut self, domain: impl TokenValue + 'a) -> Self {
        self.set(Role::Domain, domain.into_token());
        self
    }

    /// The type id of the custom object that `object_id` belongs to.
    pub fn custom_object_type_id(mut self, id: impl TokenValue + 'a) -> Self {
        self.set(Role::CustomObjectTypeId, id.into_token());
        self
    }

    /// When it happened, sent as ISO-8601 in UTC with milliseconds. An event without one is stamped by the client.
    pub fn timestamp(mut self, timestamp: impl DateValue + 'a) -> Self {
        self.set_timestamp(timestamp.into_token());
        self
    }

    /// A token. An absent value leaves it out.
    pub fn token(mut self, name: impl Into<Cow<'a, str>>, value: impl TokenValue + 'a) -> Self {
        let name = name.into();
        if let Err(error) = check_name(&name) {
            self.misses_token(&name);
            self.mistaken(Kind::TokenName(error));
        } else if self.tokens.iter().any(|(other, _)| *other == name) {
            // It is unknown which of the two is meant.
            self.tokens.retain(|(other, _)| *other != name);
            self.misses_token(&name);
            self.mistaken(Kind::TokenTwice(name.into_owned()));
        } else {
            self.push_token(name, value.into_token());
        }
        self
    }

    /// Data for the detail view, reached there as `{{extraData.…}}`. A value that serializes as `null` is left out.
    ///
    /// An object, such as a struct or a map, is the safe choice: HubSpot's specification wants one, though its guide says
    /// "any valid JSON". That others are taken is an assumption.
    pub fn extra_data(mut self, data: impl ExtraData + Send + 'a) -> Self {
        self.is_changed();
        self.extra_data = Some(Extra::new(data));
        self
    }

    /// A link that opens a page of yours in a window inside HubSpot.
    pub fn iframe(mut self, iframe: impl IFrameValue + 'a) -> Self {
        self.set_iframe(iframe.into_iframe());
        self
    }

    /// The template's id; `None` for an event that names its template.
    #[must_use]
    pub fn template_id(&self) -> Option<&str> {
        match &self.template {
            TemplateRef::Id(id) => Some(id),
            TemplateRef::Name(_) | TemplateRef::TypeName(_) => None,
        }
    }

    /// The template's name; `None` for an event that has its template's id.
    #[must_use]
    pub fn template_name(&self) -> Option<&str> {
        match &self.template {
            TemplateRef::Name(name) => Some(name),
            TemplateRef::Id(_) | TemplateRef::TypeName(_) => None,
        }
    }

    /// The name of the event's type in app events, if it has one of its own.
    #[must_use]
    pub fn get_type_name(&self) -> Option<&str> {
        match &self.template {
            TemplateRef::TypeName(name) => Some(name),
            TemplateRef::Id(_) | TemplateRef::Name(_) => self.type_name.as_deref(),
        }
    }

    /// The event's own id, if it has one already.
    #[must_use]
    pub fn get_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The contact's e-mail address.
    #[must_use]
    pub fn get_email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The contact's tracking cookie.
    #[must_use]
    pub fn get_utk(&self) -> Option<&str> {
        self.utk.as_deref()
    }

    /// The record's id.
    #[must_use]
    pub fn get_object_id(&self) -> Option<&str> {
        self.object_id.as_deref()
    }

    /// The company's domain.
    #[must_use]
    pub fn get_domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    /// The type id of the custom object.
    #[must_use]
    pub fn get_custom_object_type_id(&self) -> Option<&str> {
        self.custom_object_type_id.as_deref()
    }

    /// When it happened, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn get_timestamp(&self) -> Option<i64> {
        self.timestamp
    }

    /// The window that the event opens.
    #[must_use]
    pub fn get_iframe(&self) -> Option<&TimelineIFrame<'a>> {
        self.iframe.as_deref()
    }

    /// The tokens and their texts, in the order they were given.
    pub fn tokens(&self) -> impl ExactSizeIterator<Item = (&str, Cow<'_, str>)> {
        self.tokens
            .iter()
            .map(|(name, token)| (&**name, token.to_text().unwrap_or_default()))
    }

    /// Notes that the input is no longer what was sealed.
    #[inline]
    pub(crate) fn is_changed(&mut self) {
        #[cfg(feature = "client")]
        {
            self.sealed = None;
        }
    }
}

impl fmt::Debug for EventInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Names<'s, 'a>(&'s [(Cow<'a, str>, Token<'a>)]);
        impl fmt::Debug for Names<'_, '_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list()
                    .entries(self.0.iter().map(|(name, _)| name))
                    .finish()
            }
        }
        let identifiers: Vec<&str> = [
            ("email", self.email.is_some()),
            ("utk", self.utk.is_some()),
            ("object_id", self.object_id.is_some()),
            ("domain", self.domain.is_some()),
            (
                "custom_object_type_id",
                self.custom_object_type_id.is_some(),
            ),
        ]
        .into_iter()
        .filter_map(|(name, set)| set.then_some(name))
        .collect();
        f.debug_struct("EventInput")
            .field("template", &self.template.text())
            .field("id", &self.id)
            .field("identifiers", &identifiers)
            .field("tokens", &Names(&self.tokens))
            .finish_non_exhaustive()
    }
}
