//! The error of a single request.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::attempts::Attempts;
use super::response::ResponseError;

/// The error of a single request ([`Client::event`](crate::Client::event),
/// [`Client::batch_create`](crate::Client::batch_create), [`Templates`](crate::Templates)). Programs decide by its [`kind`](Self::kind).
///
/// `Display` and `Debug` show the route's pattern, the attempts, HubSpot's category and the correlation id. They show
/// [`message`](Self::message), which may quote the event's values, only if the client
/// [shows messages](crate::ClientBuilder::show_messages).
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    /// The method and the path's pattern, without the ids: these may be personal data.
    route: String,
    kind: ErrorKind,
    /// What happened, if the kind does not say it.
    reason: Option<Reason>,
    index: Option<usize>,
    missing_scopes: Arc<[String]>,
    attempts: Option<Attempts>,
    response: Option<ResponseError>,
    retry_after: Option<Duration>,
}

/// The kind of a single request's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An id that is empty, `.` or `..`, or has a tab or a line break in it, cannot stand in a URL; nothing was sent.
    InvalidId,
    /// The client's API has no such call; nothing was sent.
    NoSuchCall,
    /// Our own check refuses an event; nothing was sent. [`Error::index`] says which event.
    InvalidEvent,
    /// A template without an id cannot be updated; nothing was sent.
    NoTemplateId,
    /// A template of this name exists already, and it is another one; nothing was created.
    TemplateExists,
    /// A blocking client was used inside one of its own callbacks; nothing was sent.
    InsideCallback,
    /// There was no connection: it was refused, or DNS or TLS failed.
    NotConnected,
    /// There was no secure connection, and another attempt will not help: the certificate is invalid, or the server has no
    /// TLS.
    NotSecure,
    /// No answer came within the time for one attempt. What was sent may have arrived.
    TimedOut,
    /// The connection ended before the answer. What was sent may have arrived.
    Disconnected,
    /// The answer was a success and cannot be read: it is cut off, too long, or not what HubSpot documents.
    Unreadable,
    /// There was no access token: the credentials are wrong, or the token endpoint or the token provider failed.
    NoAccessToken,
    /// The refresh token belongs to another account than the client's `portal_id`.
    OtherPortal,
    /// The access token was refused (401), and there is no other one.
    Unauthorized,
    /// The access token does not allow the request (403): a scope is missing, or a right of the app.
    Forbidden,
    /// The account's limit is used up (429, 477). [`Error::retry_after`] says how long to wait, if HubSpot says so.
    RateLimited,
    /// HubSpot refused the request with another status below 500.
    Refused,
    /// HubSpot answered with a status of 500 or more. What was sent may have arrived.
    ServerError,
}

/// What happened; its `Display` is the text, and its `source` the cause.
#[derive(Clone)]
struct Reason(Arc<dyn StdError + Send + Sync>);

/// Reasons are equal if their texts are equal.
impl PartialEq for Reason {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

impl Eq for Reason {}

impl Error {
    pub(crate) fn new(route: &impl fmt::Display, kind: ErrorKind) -> Self {
        let inner = Inner {
            route: route.to_string(),
            kind,
            reason: None,
            index: None,
            missing_scopes: Arc::default(),
            attempts: None,
            response: None,
            retry_after: None,
        };
        Error {
            inner: Box::new(inner),
        }
    }

    pub(crate) fn because(mut self, reason: impl StdError + Send + Sync + 'static) -> Self {
        self.inner.reason = Some(Reason(Arc::new(reason)));
        self
    }

    pub(crate) fn of_event(mut self, index: usize) -> Self {
        self.inner.index = Some(index);
        self
    }

    pub(crate) fn lacking(mut self, missing_scopes: Arc<[String]>) -> Self {
        self.inner.missing_scopes = missing_scopes;
        self
    }

    pub(crate) fn after(mut self, attempts: Attempts) -> Self {
        self.inner.attempts = Some(attempts);
        self
    }

    pub(crate) fn answered(
        mut self,
        response: Option<ResponseError>,
        retry_after: Option<Duration>,
    ) -> Self {
        self.inner.response = response;
        self.inner.retry_after = retry_after;
        self
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The status that HubSpot answered with, if it answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.inner.kind {
            ErrorKind::Unauthorized => Some(401),
            _ => self.inner.attempts.as_ref()?.status,
        }
    }

    /// HubSpot's category, such as `MISSING_SCOPES`, if it answered with an error.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        self.inner.attempts.as_ref()?.category.as_deref()
    }

    /// The id of the answer, which HubSpot's support asks for.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.inner.attempts.as_ref()?.correlation_id.as_deref()
    }

    /// HubSpot's own message. It may quote the event's values: take care where you show it.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.inner.attempts.as_ref()?.message()
    }

    /// HubSpot's whole error, with the errors inside it, if it answered with one.
    #[must_use]
    pub fn response(&self) -> Option<&ResponseError> {
        self.inner.response.as_ref()
    }

    /// The scopes that HubSpot says the access token lacks, if it answered with 403 and names them.
    #[must_use]
    pub fn missing_scopes(&self) -> &[String] {
        &self.inner.missing_scopes
    }

    /// How long HubSpot asks to wait before the next request (`Retry-After`), a day at most.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// The index of the event that this crate's own check refused, if it refused one; nothing was sent then. The
    /// [`source`](StdError::source), an [`InvalidEvent`](crate::InvalidEvent), says what is wrong with it.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.inner.index
    }

    /// Whether no answer came within the time for one attempt.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.inner.kind == ErrorKind::TimedOut
    }

    /// How many requests were made.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        let attempts = self.inner.attempts.as_ref();
        attempts.map_or(0, |attempts| attempts.count)
    }

    /// How long the requests took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let attempts = self.inner.attempts.as_ref();
        attempts.map_or(Duration::ZERO, |attempts| attempts.elapsed)
    }
}

/// The kind as a text.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ErrorKind::InvalidId => {
                "an id that is empty, `.` or `..`, or has a tab or a line break in it, cannot stand in a URL"
            }
            ErrorKind::NoSuchCall => "app events have no such call: it is one of v3's",
            ErrorKind::InvalidEvent => "nothing was sent, since an event cannot be",
            ErrorKind::NoTemplateId => {
                "the template has no id: take it from `list`, or give it one with `with_id`"
            }
            ErrorKind::TemplateExists => {
                "a template of this name exists already and differs: update that one, or give this one another name"
            }
            ErrorKind::InsideCallback => "a blocking client was used inside a callback of its own",
            ErrorKind::NotConnected => "no connection",
            ErrorKind::NotSecure => "no secure connection",
            ErrorKind::TimedOut => "no answer in time",
            ErrorKind::Disconnected => "the connection ended before the answer",
            ErrorKind::Unreadable => "the answer could not be read",
            ErrorKind::NoAccessToken => "no access token could be had",
            ErrorKind::OtherPortal => "the refresh token belongs to another account",
            ErrorKind::Unauthorized => "the access token was refused (401)",
            ErrorKind::Forbidden => "the access token may not do this (403)",
            ErrorKind::RateLimited | ErrorKind::Refused => "refused",
            ErrorKind::ServerError => "the server failed over the request",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        write!(f, "{}: ", inner.route)?;
        match (&inner.reason, inner.index) {
            (Some(Reason(error)), Some(index)) => {
                write!(
                    f,
                    "nothing was sent, since event {index} cannot be: {error}"
                )
            }
            (Some(Reason(reason)), None) => reason.fmt(f),
            (None, _) => inner.kind.fmt(f),
        }?;
        match &inner.attempts {
            Some(attempts) => write!(f, " ({attempts})"),
            None => Ok(()),
        }
    }
}

crate::error::debug_as_text!(Error);

/// The cause: the network's error, the token provider's, or what is wrong with the event.
impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let Reason(reason) = self.inner.reason.as_ref()?;
        match self.inner.kind {
            ErrorKind::InvalidEvent => Some(&**reason),
            _ => reason.source(),
        }
    }
}
