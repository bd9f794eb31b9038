//! Sealed events: an event with the id and the time that it keeps, ready to be sent now, later, or by another process.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::content::Content;
use super::id_origin::IdOrigin;
use super::json_object::{JsonKind, Text};
use crate::token::{Iso8601, read_iso8601};

/// An event whose id, time and account are fixed: it can be sent any number of times, by any process, and is the same
/// event on HubSpot.
///
/// [`Client::seal`](crate::Client::seal) makes one. It is a [`TimelineEvent`](crate::TimelineEvent), so every way of sending takes it, and
/// sends it under its own id and time. It belongs to the account that it was sealed for: a client of another account
/// refuses it ([`Rejected`](crate::Outcome::Rejected)). An event that was sealed without an account goes to the account of
/// the client that sends it.
///
/// # Its JSON
///
/// It serializes as one JSON object, version 1 of the format; serde formats other than JSON cannot hold it.
///
/// | key | value |
/// |---|---|
/// | `version` | `1` |
/// | `id` | the event's id, at most 500 bytes |
/// | `idOrigin` | who made the id, which decides what "already in use" means: `made` by the client for this event alone, `keyed` for one that follows from a key, `user` for one that the event was given |
/// | `template` | the template's id; its name while no id is known; left out if it has a `typeName` alone |
/// | `templateIsName` | `true` if `template` is a name; else left out |
/// | `typeName` | the name of its event type in app events; left out if it has none |
/// | `objectTypeName` | the fully qualified name of its custom object in app events; left out if it has none |
/// | `portalId` | the account; left out if the client knew none |
/// | `timestamp` | when it happened, in ISO-8601: `2026-08-01T12:00:00.000Z` |
/// | `stamped` | `true` if the time is that of sealing, since the event had none; else left out |
/// | `event` | an object with what both of HubSpot's APIs take alike: `email`, `utk`, `objectId`, `domain`, `customObjectTypeId`, `tokens`, `extraData`, `timelineIFrame`. Unset keys are left out; `tokens` is always there |
///
/// ```
/// # #[cfg(feature = "rustls")]
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use timeline_core::{Client, EventInput, SealedEvent};
///
/// let client = Client::builder().access_token("…").portal_id(62515).build()?;
/// let sealed = client.seal(
///     &EventInput::new("1001298")
///         .id("adoption-17")
///         .email("ada@example.com")
///         .timestamp(std::time::UNIX_EPOCH)
///         .token("petName", "Rex"),
/// )?;
/// let json = serde_json::to_string(&sealed)?;
/// assert_eq!(
///     json,
///     concat!(
///         r#"{"version":1,"id":"adoption-17","idOrigin":"user","template":"1001298","portalId":62515,"#,
///         r#""timestamp":"1970-01-01T00:00:00.000Z","#,
///         r#""event":{"email":"ada@example.com","tokens":{"petName":"Rex"}}}"#,
///     ),
/// );
/// assert_eq!(SealedEvent::from_json(json.as_bytes())?, sealed);
/// # Ok(())
/// # }
/// # run().unwrap();
/// ```
///
/// Reading checks an event as sending does: identifiers, tokens and their names, sizes, the id. A key that comes twice is
/// an error, and so is `null`. Other keys beside these are ignored, and other keys in `event` are sent as they are. An
/// event in a **newer** version of the format is an error that can be told from all others
/// ([`SealedEventError::is_newer`](crate::SealedEventError::is_newer)), so that a queue can leave it for the process that understands it.
///
/// The JSON holds the event's data. `Debug` shows the id, the template and the account alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedEvent {
    pub(crate) template: SealedTemplate,
    /// `None` if it has none of the names.
    pub(crate) names: Option<Arc<AppEventNames>>,
    pub(crate) id: Arc<str>,
    pub(crate) id_origin: IdOrigin,
    pub(crate) time: SealedTime,
    /// Whether the time is that of sealing.
    pub(crate) is_stamped: bool,
    pub(crate) portal_id: Option<u64>,
    pub(crate) content: Content,
}

/// The names that app events use for an event's template, if it has a template, and for its custom object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AppEventNames {
    pub(crate) type_name: Option<Arc<str>>,
    pub(crate) object_type_name: Option<Arc<str>>,
}

impl AppEventNames {
    /// `None` if there is neither of the names.
    pub(crate) fn new(
        type_name: Option<&str>,
        object_type_name: Option<&str>,
    ) -> Option<Arc<Self>> {
        let any = type_name.or(object_type_name);
        any.map(|_| {
            Arc::new(AppEventNames {
                type_name: type_name.map(Arc::from),
                object_type_name: object_type_name.map(Arc::from),
            })
        })
    }
}

/// How a sealed event names its template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SealedTemplate {
    Id(Arc<str>),
    /// No id was known.
    Name(Arc<str>),
    /// It has no template, only the name of its event type in app events.
    TypeName(Arc<str>),
}

impl SealedTemplate {
    pub(crate) fn text(&self) -> &Arc<str> {
        match self {
            SealedTemplate::Id(text)
            | SealedTemplate::Name(text)
            | SealedTemplate::TypeName(text) => text,
        }
    }

    /// What the text names, in words.
    #[cfg(feature = "client")]
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            SealedTemplate::TypeName(_) => "event type",
            SealedTemplate::Id(_) | SealedTemplate::Name(_) => "template",
        }
    }
}

/// When a sealed event happened.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum SealedTime {
    /// Milliseconds since 1970 that ISO-8601 can write.
    Milliseconds(i64),
    /// A time in another spelling, as JSON. It is sent as it is.
    Written(Arc<str>),
}

impl SealedTime {
    /// Reads a timestamp in JSON; `None` if it is none. Of ISO-8601 only the date at the beginning is checked: HubSpot
    /// reads more forms of it than we write.
    pub(crate) fn read(json: &RawValue) -> Option<Self> {
        let is_milliseconds = |text: &str| text.parse::<i64>().is_ok();
        let is_timestamp = match JsonKind::of(json) {
            JsonKind::Number => is_milliseconds(json.get()),
            JsonKind::Text => {
                let Text(text) = serde_json::from_str(json.get()).ok()?;
                if let Some(milliseconds) = read_iso8601(&text)
                    && Iso8601::new(milliseconds).is_some_and(|same| same.to_string() == text)
                {
                    return Some(SealedTime::Milliseconds(milliseconds));
                }
                let mut date = text.bytes().take(10).enumerate();
                let is_date = text.len() >= 10
                    && date.all(|(place, byte)| match place {
                        4 | 7 => byte == b'-',
                        _ => byte.is_ascii_digit(),
                    });
                is_date || is_milliseconds(&text)
            }
            _ => false,
        };
        is_timestamp.then(|| SealedTime::Written(json.get().into()))
    }

    pub(super) fn milliseconds(&self) -> Option<i64> {
        match self {
            SealedTime::Milliseconds(milliseconds) => Some(*milliseconds),
            SealedTime::Written(json) => {
                let text = json.trim_matches('"');
                read_iso8601(text).or_else(|| text.parse().ok())
            }
        }
    }
}

/// As the timestamp in HubSpot's JSON.
impl Serialize for SealedTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            SealedTime::Milliseconds(milliseconds) => {
                Iso8601::new(*milliseconds).serialize(serializer)
            }
            SealedTime::Written(json) => serde_json::from_str::<&RawValue>(json)
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
        }
    }
}

impl SealedEvent {
    /// The id under which the event is sent.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The template's id; `None` while only its name is known.
    #[must_use]
    pub fn template_id(&self) -> Option<&str> {
        match &self.template {
            SealedTemplate::Id(id) => Some(id),
            SealedTemplate::Name(_) | SealedTemplate::TypeName(_) => None,
        }
    }

    /// The template's name, while its id is not known.
    #[must_use]
    pub fn template_name(&self) -> Option<&str> {
        match &self.template {
            SealedTemplate::Name(name) => Some(name),
            SealedTemplate::Id(_) | SealedTemplate::TypeName(_) => None,
        }
    }

    /// The name of its event type in app events, if it has one of its own.
    #[must_use]
    pub fn type_name(&self) -> Option<&str> {
        match &self.template {
            SealedTemplate::TypeName(name) => Some(name),
            SealedTemplate::Id(_) | SealedTemplate::Name(_) => {
                self.names.as_ref()?.type_name.as_deref()
            }
        }
    }

    /// The fully qualified name of its custom object in app events, if it has one.
    pub(crate) fn object_type_name(&self) -> Option<&str> {
        self.names.as_ref()?.object_type_name.as_deref()
    }

    /// The account that it was sealed for; `None` if the client knew none.
    #[must_use]
    pub fn portal_id(&self) -> Option<u64> {
        self.portal_id
    }

    /// When it happened, in milliseconds since 1970-01-01T00:00:00Z; `None` for a time that was read from JSON in a
    /// spelling without a time of day or a zone.
    #[must_use]
    pub fn timestamp(&self) -> Option<i64> {
        self.time.milliseconds()
    }
}

/// Shows the template, the id and the account, and nothing of the content.
impl fmt::Debug for SealedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedEvent")
            .field("template", self.template.text())
            .field("id", &self.id)
            .field("portal_id", &self.portal_id)
            .finish_non_exhaustive()
    }
}
