//! Reading one event back.

use std::fmt;
use std::time::Duration;

use super::attempts::Attempts;
use super::reason::Doubt;
use super::verdict::Answer;
use super::{CreatedEvent, NotSentReason, UnknownReason};
use crate::client::{Client, NoToken, Pass, Request, Response, Tried, is_addressable};
use crate::trace::Span;
use crate::wire::v3::{EVENTS, ErrorBody, StoredEvent};

impl Client {
    /// Reads an event; `None` if HubSpot has none with this id. It is one attempt and a second one if the access token
    /// had run out.
    ///
    /// An event can be listed as created before it can be read.
    ///
    /// # Errors
    ///
    /// [`Error`] if no answer came that tells.
    pub async fn event(
        &self,
        template_id: &str,
        event_id: &str,
    ) -> Result<Option<CreatedEvent>, Error> {
        let segments = [template_id, event_id];
        if !segments.into_iter().all(is_addressable) {
            return Err(Error::new(ErrorKind::NotAddressable, None));
        }
        let clock = &self.root.clock;
        let started = clock.elapsed();
        let batch = Span::batch(1, self.portal.id);
        let mut refused = None;
        let mut count = 0;
        loop {
            let again = refused.is_some();
            let request = Request::get(EVENTS, segments.map(str::to_owned).into());
            let span = batch.attempt(request.method(), request.path(), count + 1);
            let answer = match self
                .attempt(request, refused.take(), None, span, Pass::free())
                .await
            {
                Tried::NoToken(reason) => Answer::NoToken(reason),
                // Nobody halts it.
                Tried::Halted => Answer::NoToken(NoToken::Failed { retry_after: None }),
                Tried::Answered { answer, token, .. } => {
                    count += 1;
                    match answer {
                        Ok(response) if response.status == 401 && !again => {
                            refused = Some(token);
                            continue;
                        }
                        Ok(response) => Answer::Response(response),
                        Err(failure) => Answer::Failure(failure),
                    }
                }
            };
            let elapsed = clock.elapsed().saturating_sub(started);
            let read = match &answer {
                Answer::Response(response) => read(response, template_id, event_id),
                Answer::Failure(failure) => Err(ErrorKind::Doubt(failure.into())),
                Answer::NoToken(reason) => Err(ErrorKind::Doubt(Doubt::Absent(reason.into()))),
            };
            let show = self.root.show_messages;
            return read.map_err(|kind| {
                Error::new(kind, Some(Attempts::new(count, elapsed, &answer, show)))
            });
        }
    }
}

fn read(
    response: &Response,
    template_id: &str,
    event_id: &str,
) -> Result<Option<CreatedEvent>, ErrorKind> {
    match response.status {
        200..=299 => StoredEvent::parse(&response.body)
            .filter(|event| {
                response.complete && event.id == event_id && event.template_id == template_id
            })
            .map(|event| {
                Some(CreatedEvent::new(
                    event.id,
                    event.object_id,
                    event.created_at,
                ))
            })
            .ok_or(ErrorKind::Doubt(Doubt::Uncertain(
                UnknownReason::Unreadable,
            ))),
        // Without HubSpot's marks it is the path that was not found.
        404 if ErrorBody::parse(&response.body).is_some_and(|body| body.is_hubspots()) => Ok(None),
        _ => Err(ErrorKind::Refused),
    }
}

/// Why a single request told nothing. It shows the route's pattern, the attempts, HubSpot's category and the correlation
/// id; [`message`](Self::message), which may quote what the event holds, only if the client
/// [shows messages](crate::ClientBuilder::show_messages).
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    attempts: Option<Attempts>,
}

#[derive(Clone, PartialEq, Eq)]
enum ErrorKind {
    NotAddressable,
    /// No answer that tells.
    Doubt(Doubt),
    Refused,
}

impl Error {
    fn new(kind: ErrorKind, attempts: Option<Attempts>) -> Self {
        Error {
            inner: Box::new(Inner { kind, attempts }),
        }
    }

    /// The status HubSpot answered with, if it answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.inner.kind {
            ErrorKind::Doubt(Doubt::Absent(NotSentReason::Unauthorized)) => Some(401),
            _ => self.inner.attempts.as_ref()?.status,
        }
    }

    /// Whether the time for the attempt was over before an answer came.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        let timed_out = ErrorKind::Doubt(Doubt::Uncertain(UnknownReason::TimedOut));
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

    /// HubSpot's own words. They may quote what the event holds: mind where you show them.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.inner.attempts.as_ref()?.message()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GET /integrators/timeline/v3/events/{eventTemplateId}/{eventId}: ")?;
        match (&self.inner.kind, &self.inner.attempts) {
            (ErrorKind::NotAddressable, _) => {
                f.write_str("an id that is empty, `.` or `..`, or has a tab or a line break in it, cannot stand in a URL")
            }
            (ErrorKind::Doubt(doubt), Some(attempts)) => write!(f, "{doubt} ({attempts})"),
            (ErrorKind::Doubt(doubt), None) => doubt.fmt(f),
            (ErrorKind::Refused, Some(attempts)) => attempts.fmt(f),
            (ErrorKind::Refused, None) => f.write_str("refused"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?})", self.to_string())
    }
}

impl std::error::Error for Error {}
