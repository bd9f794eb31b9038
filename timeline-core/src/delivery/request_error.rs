//! Why a single request did not do what it was for.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::delivery::outcome::reason::UndeliveredReason;
use crate::delivery::outcome::reason::{NotSentReason, UnknownReason};
use crate::error::Attempts;
use crate::error::ResponseError;
use crate::event::InvalidEvent;
use crate::wire::v3;

/// Why a single request ([`Client::event`](crate::Client::event), [`Client::batch_create`](crate::Client::batch_create))
/// did not do what it was for.
///
/// `Display` and `Debug` show the route's pattern, the attempts, HubSpot's category and the correlation id;
/// [`message`](Self::message), which may quote what the event holds, only if the client
/// [shows messages](crate::ClientBuilder::show_messages).
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    route: Route,
    kind: ErrorKind,
    attempts: Option<Attempts>,
    response: Option<ResponseError>,
    retry_after: Option<Duration>,
}

/// The method and the path's pattern: ids may be personal data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Read,
    BatchCreate,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum ErrorKind {
    NotAddressable,
    /// An event that our own check refuses, before anything was sent.
    Invalid(usize, InvalidEvent),
    /// No answer that tells.
    Undelivered(UndeliveredReason),
    Refused,
}

impl Error {
    /// Before any request.
    pub(super) fn unsent(route: Route, kind: ErrorKind) -> Self {
        let inner = Inner {
            route,
            kind,
            attempts: None,
            response: None,
            retry_after: None,
        };
        Error {
            inner: Box::new(inner),
        }
    }

    pub(super) fn new(
        route: Route,
        kind: ErrorKind,
        attempts: Attempts,
        response: Option<ResponseError>,
        retry_after: Option<Duration>,
    ) -> Self {
        let inner = Inner {
            route,
            kind,
            attempts: Some(attempts),
            response,
            retry_after,
        };
        Error {
            inner: Box::new(inner),
        }
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn inside_callback(route: Route) -> Self {
        let reason = NotSentReason::InsideCallback;
        Error::unsent(
            route,
            ErrorKind::Undelivered(UndeliveredReason::NotSent(reason)),
        )
    }

    /// The status that HubSpot answered with, if it answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.inner.kind {
            ErrorKind::Undelivered(UndeliveredReason::NotSent(NotSentReason::Unauthorized)) => {
                Some(401)
            }
            _ => self.inner.attempts.as_ref()?.status,
        }
    }

    /// HubSpot's category, such as `MISSING_SCOPES`, if it answered with an error.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        self.inner.attempts.as_ref()?.category.as_deref()
    }

    /// What HubSpot's support asks for.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.inner.attempts.as_ref()?.correlation_id.as_deref()
    }

    /// HubSpot's own words. They may quote what the event holds: mind where you show them.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.inner.attempts.as_ref()?.message()
    }

    /// HubSpot's whole error, with those inside it, if it answered with one.
    #[must_use]
    pub fn response(&self) -> Option<&ResponseError> {
        self.inner.response.as_ref()
    }

    /// The scopes that HubSpot says the access token lacks, if it answered with 403 and names them.
    #[must_use]
    pub fn missing_scopes(&self) -> &[String] {
        match &self.inner.kind {
            ErrorKind::Undelivered(UndeliveredReason::NotSent(NotSentReason::Forbidden {
                missing_scopes,
            })) => missing_scopes,
            _ => &[],
        }
    }

    /// How long HubSpot asks to wait before the next request (`Retry-After`), a day at most.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// The event's place in the input, if our own check refused one; nothing was sent then. What is wrong with it is the
    /// [`source`](StdError::source), an [`InvalidEvent`].
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        match &self.inner.kind {
            ErrorKind::Invalid(index, _) => Some(*index),
            _ => None,
        }
    }

    /// Whether the time for the attempt was over before an answer came.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        let timed_out = ErrorKind::Undelivered(UndeliveredReason::Unknown(UnknownReason::TimedOut));
        self.inner.kind == timed_out
    }

    /// How many requests were made.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        let attempts = self.inner.attempts.as_ref();
        attempts.map_or(0, |attempts| attempts.count)
    }

    /// How long it took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let attempts = self.inner.attempts.as_ref();
        attempts.map_or(Duration::ZERO, |attempts| attempts.elapsed)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Route::Read => write!(f, "GET {}/{{eventTemplateId}}/{{eventId}}", v3::EVENTS),
            Route::BatchCreate => write!(f, "POST {}", v3::BATCH_CREATE),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        write!(f, "{}: ", inner.route)?;
        match (&inner.kind, &inner.attempts) {
            (ErrorKind::NotAddressable, _) => f.write_str(
                "an id that is empty, `.` or `..`, or has a tab or a line break in it, cannot stand in a URL",
            ),
            (ErrorKind::Invalid(index, error), _) => {
                write!(f, "nothing was sent, since event {index} cannot be: {error}")
            }
            (ErrorKind::Undelivered(doubt), Some(attempts)) => write!(f, "{doubt} ({attempts})"),
            (ErrorKind::Undelivered(doubt), None) => doubt.fmt(f),
            (ErrorKind::Refused, Some(attempts)) if attempts.status >= Some(500) => {
                write!(f, "the server failed over the request ({attempts})")
            }
            (ErrorKind::Refused, Some(attempts)) => write!(f, "refused ({attempts})"),
            (ErrorKind::Refused, None) => f.write_str("refused"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?})", self.to_string())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.inner.kind {
            ErrorKind::Invalid(_, error) => Some(error),
            ErrorKind::Undelivered(doubt) => doubt.cause().map(|cause| cause.error() as _),
            ErrorKind::NotAddressable | ErrorKind::Refused => None,
        }
    }
}
