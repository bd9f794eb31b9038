//! Why an event cannot be sent.

#[cfg(feature = "client")]
use std::any::Any;
use std::borrow::Cow;
use std::fmt::{self, Write};
#[cfg(feature = "client")]
use std::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(feature = "client")]
use std::sync::Arc;

use super::role::Role;
use crate::error::PrintableWriter;
use crate::limits;
use crate::template::ObjectType;
use crate::token::{InvalidToken, InvalidTokenName};

/// Why an event cannot be sent. It names what is wrong and never quotes a value.
///
/// An error that comes from an event keeps the rest of the event for dead letters, and does not show it.
#[derive(Clone)]
pub struct InvalidEvent {
    kind: Box<Kind>,
    #[cfg(feature = "client")]
    pub(super) rest: Option<Rest>,
}

/// The rest of the event. Only `draft` knows its type, since it contains an input, and an input contains errors.
#[cfg(feature = "client")]
pub(super) type Rest = Arc<dyn Any + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// Two errors are equal if their reasons are, also for different events.
impl PartialEq for InvalidEvent {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for InvalidEvent {}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Custom(Cow<'static, str>),
    NoIdentifier(Option<ObjectType>),
    Role(Role, InvalidToken),
    Empty(Role),
    Token(String, InvalidToken),
    TokenName(InvalidTokenName),
    TokenTwice(String),
    TooManyTokens(usize),
    TokenTooLong {
        name: String,
        bytes: usize,
    },
    IdTooLong(usize),
    IdExpands,
    IdAndKey,
    IdPart(String, InvalidToken),
    EmptyIdPart(String),
    EmptyKey(String),
    KeyTwice(String),
    #[cfg(feature = "client")]
    KeyWithoutPortal,
    /// The event's template, and a similar name that the client knows.
    #[cfg(feature = "client")]
    UnknownTemplate {
        name: String,
        near: Option<String>,
    },
    /// The account that the event was sealed for, and the client's account.
    #[cfg(feature = "client")]
    OtherPortal(u64, Option<u64>),
    /// The account that no credentials were found for.
    #[cfg(feature = "client")]
    NoCredentials(u64),
    /// The account has no client in a relay; the words say why.
    #[cfg(feature = "client")]
    NoClient(String),
    EmptyTemplate,
    EmptyTypeName,
    /// The event has only the name of an event type.
    #[cfg(feature = "client")]
    NoTemplate(String),
    /// The event's template, which has no event type, and a similar one that has an event type.
    #[cfg(feature = "client")]
    NoEventType {
        template: String,
        near: Option<String>,
    },
    /// The project does not have the event's type.
    #[cfg(feature = "client")]
    UnknownEventType {
        name: String,
        project: String,
    },
    /// The event's object type.
    #[cfg(feature = "client")]
    NoObjectTypeName(String),
    /// The client lacks more than one thing.
    #[cfg(feature = "client")]
    Several(Vec<Kind>),
    NotADate,
    DateOutOfRange,
    ExtraData(String),
    /// Which side, and its pixels.
    IFrameTooLarge(&'static str, u32),
    EventTooLong(usize),
}

impl Kind {
    /// What is wrong with an event's id.
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        if id.len() > limits::EVENT_ID_BYTES {
            return Some(Kind::IdTooLong(id.len()));
        }
        // To look for one byte costs a fraction of what it costs to look for a text, and hardly any id has this byte.
        let has_brace = id.bytes().any(|byte| byte == b'{');
        if has_brace && id.contains("{{uuid}}") {
            return Some(Kind::IdExpands);
        }
        None
    }

    /// Whether the client lacks something and the event itself is sound. Then other events have the same mistake.
    #[cfg(feature = "client")]
    pub(crate) fn needs_setting(&self) -> bool {
        matches!(
            self,
            Kind::KeyWithoutPortal
                | Kind::UnknownTemplate { .. }
                | Kind::NoCredentials(_)
                | Kind::NoClient(_)
                | Kind::NoTemplate(_)
                | Kind::NoEventType { .. }
                | Kind::UnknownEventType { .. }
                | Kind::NoObjectTypeName(_)
                | Kind::Several(_)
        )
    }
}

impl InvalidEvent {
    /// An error for your own [`TimelineEvent`](super::TimelineEvent): a sentence that says what is wrong with the
    /// event. Keep personal data out of it; errors end up in logs.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Kind::Custom(reason.into()).into()
    }

    /// One error for all of them; `None` for none.
    #[cfg(feature = "client")]
    pub(crate) fn of_all(mut kinds: Vec<Kind>) -> Option<Self> {
        let one = match kinds.len() {
            0 | 1 => kinds.pop(),
            _ => Some(Kind::Several(kinds)),
        };
        one.map(Into::into)
    }

    #[cfg(feature = "client")]
    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The token that is at fault, if a token is.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        match &*self.kind {
            Kind::Token(name, _) | Kind::TokenTwice(name) | Kind::TokenTooLong { name, .. } => {
                Some(name)
            }
            _ => None,
        }
    }

    /// What `Serialize` said when the extra data could not be written. Unlike the error's text, it may quote the data.
    #[must_use]
    pub fn serialize_error(&self) -> Option<&str> {
        match &*self.kind {
            Kind::ExtraData(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Kind> for InvalidEvent {
    fn from(kind: Kind) -> Self {
        InvalidEvent {
            kind: Box::new(kind),
            #[cfg(feature = "client")]
            rest: None,
        }
    }
}

impl fmt::Display for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names come from the program's data, a map's keys for instance.
        let f = &mut PrintableWriter::new(f);
        match &*self.kind {
            Kind::Custom(reason) => f.write_str(reason),
            Kind::NoIdentifier(None | Some(ObjectType::Contacts)) => f.write_str(
                "the event names no record: it needs an `email`, a `utk` or an `object_id`",
            ),
            Kind::NoIdentifier(Some(object_type)) => write!(
                f,
                "the event names no record: an event on {object_type} needs an `object_id`"
            ),
            Kind::Role(role, reason) => write!(f, "`{role}` {reason}"),
            Kind::Empty(role) => write!(
                f,
                "`{role}` is empty: give it a value, or `None` to leave it out"
            ),
            Kind::Token(name, reason) => write!(f, "token `{name}` {reason}"),
            Kind::TokenName(error) => write!(f, "{error}"),
            Kind::TokenTwice(name) => write!(f, "token `{name}` is set twice"),
            Kind::TooManyTokens(count) => write!(
                f,
                "the event has {count} tokens; a template has at most {}",
                limits::TOKENS_PER_TEMPLATE
            ),
            Kind::TokenTooLong { name, bytes } => write!(
                f,
                "token `{name}` takes {bytes} bytes; HubSpot allows {}",
                limits::TOKEN_BYTES
            ),
            Kind::IdTooLong(bytes) => write!(
                f,
                "the event's id has {bytes} bytes; HubSpot allows {}",
                limits::EVENT_ID_BYTES
            ),
            Kind::IdExpands => f.write_str(
                "the event's id contains `{{uuid}}`, which HubSpot replaces anew on every try: a retry would make a \
                 second event; leave the id out and the client makes one that stays the same",
            ),
            Kind::IdAndKey => f.write_str("the event has both an `id` and a `key`: one makes the other useless"),
            Kind::IdPart(name, reason) => write!(f, "`{name}`, a part of the event's id, {reason}"),
            Kind::EmptyIdPart(name) => write!(
                f,
                "`{name}`, a part of the event's id, has no value: events without one would share their ids"
            ),
            Kind::EmptyKey(name) => write!(
                f,
                "key `{name}` has no value: events without one would all get the same id"
            ),
            Kind::KeyTwice(name) => write!(f, "key `{name}` is set twice"),
            #[cfg(feature = "client")]
            Kind::KeyWithoutPortal => f.write_str(
                "the event's id comes from a `key`, which needs to know the HubSpot account: call \
                 `.portal_id(…)` on the client's builder",
            ),
            #[cfg(feature = "client")]
            Kind::UnknownTemplate {
                name,
                near: Some(near),
            } => write!(
                f,
                "the client knows no id for the template {name:?}: did you mean {near:?}, which it knows? Else add it with \
                 `.template_ids(…)` on the client's builder"
            ),
            #[cfg(feature = "client")]
            Kind::UnknownTemplate { name, near: None } => write!(
                f,
                "the client knows no id for the template {name:?}: add it with `.template_ids(…)` on the client's builder"
            ),
            #[cfg(feature = "client")]
            Kind::OtherPortal(theirs, Some(ours)) => write!(
                f,
                "the event was sealed for account {theirs}, and the client is for {ours}: send it by a client for its account"
            ),
            #[cfg(feature = "client")]
            Kind::OtherPortal(theirs, None) => write!(
                f,
                "the event was sealed for account {theirs}: call `.portal_id({theirs})` on the client's builder if this is \
                 its account"
            ),
            #[cfg(feature = "client")]
            Kind::NoClient(words) => f.write_str(words),
            #[cfg(feature = "client")]
            Kind::NoCredentials(portal_id) => write!(
                f,
                "no credentials were found for account {portal_id}: let it install the app, and the function given to \
                 `Client::senders` find them"
            ),
            Kind::EmptyTemplate => f.write_str("the event template's id is empty"),
            Kind::EmptyTypeName => f.write_str("`type_name` is empty: give the event type's name, or leave it out"),
            #[cfg(feature = "client")]
            Kind::NoTemplate(type_name) => write!(
                f,
                "the event has no template, only the event type {type_name:?} of app events: build the client (in a test, the \
                 sandbox) with `.api(Api::AppEvents)`, or give the event a `template_id` of v3"
            ),
            #[cfg(feature = "client")]
            Kind::NoEventType { template, near } => {
                write!(
                    f,
                    "app events know no template, and the client knows no event type for the template {template:?}: "
                )?;
                if let Some(near) = near {
                    write!(f, "did you mean {near:?}, which it knows? Else ")?;
                }
                f.write_str("give the event a `type_name`, or the client `.event_types(…)`")
            }
            #[cfg(feature = "client")]
            Kind::Several(kinds) => {
                for (place, kind) in kinds.iter().enumerate() {
                    let between = if place == 0 { "" } else { "; and " };
                    write!(f, "{between}{}", InvalidEvent::from(kind.clone()))?;
                }
                Ok(())
            }
            #[cfg(feature = "client")]
            Kind::UnknownEventType { name, project } => write!(
                f,
                "the project {project:?} has no event type {name:?}: compare `type_name` with the `uid` in the project's \
                 definition files, and `.project(…)` with the project's name; if both are right, is the project uploaded?"
            ),
            #[cfg(feature = "client")]
            Kind::NoObjectTypeName(object_type) => write!(
                f,
                "app events need the fully qualified name of the custom object {object_type}: give the event an \
                 `object_type_name`, such as `p62515_car`"
            ),
            Kind::NotADate => f.write_str("`timestamp` is not a date"),
            Kind::DateOutOfRange => {
                f.write_str("`timestamp` is outside the years 0 to 9999, which ISO-8601 can write")
            }
            Kind::ExtraData(_) => f.write_str(
                "`extra_data` cannot be written as JSON: its `Serialize` failed (`serialize_error()` has the reason)",
            ),
            Kind::IFrameTooLarge(side, pixels) => write!(
                f,
                "the iframe's {side} is {pixels} pixels; HubSpot allows {}",
                limits::IFRAME_PIXELS
            ),
            Kind::EventTooLong(bytes) => write!(
                f,
                "the event takes {bytes} bytes; HubSpot allows {}",
                limits::EVENT_BYTES
            ),
        }
    }
}

crate::error::debug_as_text!(InvalidEvent);

impl std::error::Error for InvalidEvent {
    /// What is wrong with the value, or with the token's name. The error of a failed `Serialize` is not among them, since
    /// it may quote the data: it is [`serialize_error`](Self::serialize_error).
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.kind {
            Kind::Role(_, error) | Kind::Token(_, error) | Kind::IdPart(_, error) => Some(error),
            Kind::TokenName(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidEvent, Kind};
    use crate::token::InvalidToken;

    #[test]
    fn names_are_shown_without_what_is_not_seen() {
        let name = || "a\n\u{1b}[31m\u{202e}b\u{200b}c".to_owned();
        let is_no_number = || InvalidToken::new("is\u{2066} no number");
        for kind in [
            Kind::Custom(name().into()),
            Kind::NoIdentifier(Some(crate::ObjectType::from(&*name()))),
            Kind::Token(name(), is_no_number()),
            Kind::TokenTwice(name()),
            Kind::TokenTooLong {
                name: name(),
                bytes: 1,
            },
            Kind::IdPart(name(), is_no_number()),
            Kind::EmptyIdPart(name()),
            Kind::EmptyKey(name()),
            Kind::KeyTwice(name()),
        ] {
            let error = InvalidEvent::from(kind);
            let shown = error.to_string();
            assert!(shown.contains("a  [31m b c"), "{shown:?}");
            assert!(shown.chars().all(crate::error::is_seen), "{shown:?}");
        }
        assert_eq!(is_no_number().to_string(), "is  no number");
    }

    #[test]
    fn what_is_wrong_with_the_value_is_the_source() {
        use std::error::Error;
        let error = InvalidEvent::from(Kind::Token("a".to_owned(), InvalidToken::new("is bad")));
        let source = error.source().map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("is bad"));
        assert!(InvalidEvent::from(Kind::IdAndKey).source().is_none());
    }
}
