//! An answer, read once, in a form that both APIs share. The circuit breaker, the verdict, and what is told of attempts use
//! it; none of them reads JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use super::error_body::ErrorBody;
use super::record::{BatchResponse, EventRecord};
use super::texts::{Text, Texts};
use crate::error::ResponseError;
use crate::limits;
use crate::template::{EventTemplate, TokenDefinition};

/// An answer as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
    /// Whether all of the body was read. An error's body over the cap counts as complete.
    pub(crate) complete: bool,
    /// Whether the body was longer than what is read.
    pub(crate) too_long: bool,
}

/// What a request asks for, which says how its answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// To create so many events; the answer says what became of each.
    Created(usize),
    /// Whether a stored event is the one that was sent.
    Stored,
    /// A stored event with all its fields.
    Record,
    /// The answer to a batch with all its fields.
    Batch,
    /// The full name of an event type.
    TypeName,
    /// All templates of an app.
    Templates,
    /// One template.
    Template,
    /// One token of a template.
    Token,
    /// Nothing but the status.
    Nothing,
}

impl Expected {
    /// Bytes of a successful answer that are read; a longer one counts as cut off.
    pub(crate) fn most_bytes(self) -> usize {
        match self {
            Expected::Templates => limits::TEMPLATES_BYTES,
            _ => limits::ANSWER_BYTES,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// Whether all of the body was read. An error's body over the cap counts as complete.
    pub(crate) complete: bool,
    /// Whether the body was longer than what is read.
    pub(crate) too_long: bool,
    pub(crate) content: Content,
}

/// What an answer says.
#[derive(Debug)]
pub(crate) enum Content {
    Listing(Listing),
    Stored(Box<StoredContent>),
    Record(Box<EventRecord>),
    Batch(Box<BatchResponse>),
    TypeName(Box<str>),
    Templates(Vec<EventTemplate>),
    Template(Box<EventTemplate>),
    Token(Box<TokenDefinition>),
    Nothing,
    /// A success that has something else in place of templates or tokens, and what is wrong with it.
    NoTemplate(Box<str>),
    Error(Box<ErrorContent>),
    /// A success without what was asked for: cut off, no JSON object, or another object.
    Unreadable,
}

/// A stored event, to be compared with the one that was sent.
#[derive(Debug)]
pub(crate) struct StoredContent {
    pub(crate) event: StoredEvent,
    /// The texts of its tokens, if it has any; an empty one counts as none.
    pub(crate) tokens: Option<BTreeMap<String, String>>,
}

/// The content of an answer that is no success.
#[derive(Debug, Default)]
pub(crate) struct ErrorContent {
    pub(crate) body: ErrorBody,
    /// What the answer says of single events.
    pub(crate) errors: Vec<EventError>,
    /// The scopes that a 403 says the access token lacks.
    pub(crate) missing_scopes: Vec<String>,
    /// All fields of the error, for calls that return the answer itself.
    pub(crate) response: Option<Box<ResponseError>>,
}

/// How long to wait if HubSpot does not say how long a limit lasts. When a daily limit ends is not known.
const LIMITED_WAIT: Duration = Duration::from_secs(1);
const DAILY_WAIT: Duration = Duration::from_secs(60);

impl Answer {
    /// A text of what it lists.
    pub(crate) fn text(&self, text: Text) -> &str {
        match &self.content {
            Content::Listing(listing) => listing.texts.get(text),
            _ => "",
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether a part of the body is missing, for whatever reason.
    pub(crate) fn is_cut(&self) -> bool {
        !self.complete || self.too_long
    }

    /// The body of an error; `None` if it is a success.
    pub(crate) fn error(&self) -> Option<&ErrorContent> {
        match &self.content {
            Content::Error(error) => Some(error),
            _ => None,
        }
    }

    /// Whether it is an error with HubSpot's marks, and not a gateway's.
    pub(crate) fn is_hubspots_error(&self) -> bool {
        self.error().is_some_and(|error| error.body.is_hubspots())
    }

    /// Whether HubSpot says that what was asked for does not exist. The 404 of a gateway says nothing.
    pub(crate) fn says_not_found(&self) -> bool {
        self.status == 404 && self.is_hubspots_error()
    }

    /// How long to wait after a 429 or 477.
    pub(crate) fn limit_wait(&self) -> Duration {
        self.retry_after.unwrap_or_else(|| {
            let policy = self
                .error()
                .and_then(|error| error.body.policy_name.as_deref());
            match policy {
                Some("DAILY") => DAILY_WAIT,
                _ => LIMITED_WAIT,
            }
        })
    }
}

/// The answer to a batch, whatever its status.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Listing {
    pub(crate) status: BatchProgress,
    /// How many errors HubSpot says there are.
    pub(crate) num_errors: Option<usize>,
    /// The events that HubSpot says it has.
    pub(crate) results: Vec<ListedEvent>,
    /// The texts of the results.
    pub(crate) texts: Texts,
    /// Errors about some of the other events.
    pub(crate) errors: Vec<EventError>,
}

/// How far HubSpot has got with a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BatchProgress {
    /// `COMPLETE`, and every word that means none of the others: the answer is final.
    #[default]
    Complete,
    /// `PENDING` and `PROCESSING`.
    Underway,
    Canceled,
}

/// An event that the answer to a batch lists. Its texts are the [`Listing`]'s.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ListedEvent {
    /// The template's id, or the name of the event's type.
    pub(crate) template_id: Text,
    pub(crate) id: Text,
    pub(crate) object_id: Option<Text>,
    pub(crate) created_at: Option<Text>,
}

/// An event that is read back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredEvent {
    pub(crate) template_id: String,
    pub(crate) id: String,
    pub(crate) object_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) utk: Option<String>,
}

/// An element of a batch answer's `errors`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EventError {
    /// Texts that may be ids of events, here and in the errors inside, and where they stand.
    pub(crate) names: Vec<(String, NameRank)>,
    /// The templates that it is about, if it says so.
    pub(crate) template_ids: Vec<String>,
    pub(crate) body: ErrorBody,
}

/// Where a text stands that may be an event's id, from the surest place to the least sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NameRank {
    /// In the error's own `id`.
    Id,
    /// In its `context`, under a key such as `eventId`.
    Context,
    /// In one of these places of an error inside.
    Inside,
    /// In `context`, under a key that is about something else.
    Word,
}
