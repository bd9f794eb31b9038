//! Reading one event back.

use std::fmt;

use super::outcome::Doubt;
use super::{CreatedEvent, NotSentReason, UnknownReason};
use crate::client::{Client, Request, Response, is_addressable};
use crate::error::printable;
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
        let inner = &self.inner;
        let segments = [template_id, event_id];
        if !segments.into_iter().all(is_addressable) {
            return Err(ErrorKind::NotAddressable.into());
        }
        let mut refused = None;
        loop {
            let turn = inner.turn(refused.as_ref()).await;
            let (token, slot) = turn.map_err(|reason| Doubt::Absent((&reason).into()))?;
            let request = Request::get(EVENTS, &segments).bearer(&token);
            let answer = inner.call(request, slot).await;
            let response = answer.map_err(|failure| Doubt::from(&failure))?;
            if response.status == 401 && refused.is_none() {
                refused = Some(token);
                continue;
            }
            return Ok(read(&response, template_id, event_id)?);
        }
    }
}

fn read(
    response: &Response,
    template_id: &str,
    event_id: &str,
) -> Result<Option<CreatedEvent>, ErrorKind> {
    let body = || ErrorBody::parse(&response.body);
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
        404 if body().is_some_and(|body| body.is_hubspots()) => Ok(None),
        status => {
            let body = body().unwrap_or_default();
            Err(ErrorKind::Status {
                status,
                category: body.category.map(|text| printable(&text)),
                correlation_id: body.correlation_id.map(|text| printable(&text)),
            })
        }
    }
}

/// Why a single request told nothing. It shows the route's pattern, HubSpot's category and the correlation id.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    kind: Box<ErrorKind>,
}

#[derive(Clone, PartialEq, Eq)]
enum ErrorKind {
    NotAddressable,
    /// No answer that tells.
    Doubt(Doubt),
    Status {
        status: u16,
        category: Option<String>,
        correlation_id: Option<String>,
    },
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Error {
            kind: Box::new(kind),
        }
    }
}

impl From<Doubt> for Error {
    fn from(doubt: Doubt) -> Self {
        ErrorKind::Doubt(doubt).into()
    }
}

impl Error {
    /// The status HubSpot answered with, if it answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match *self.kind {
            ErrorKind::Status { status, .. } => Some(status),
            ErrorKind::Doubt(Doubt::Absent(NotSentReason::Unauthorized)) => Some(401),
            _ => None,
        }
    }

    /// Whether the time for the attempt was over before an answer came.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        let timed_out = ErrorKind::Doubt(Doubt::Uncertain(UnknownReason::TimedOut));
        *self.kind == timed_out
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GET /integrators/timeline/v3/events/{eventTemplateId}/{eventId}: ")?;
        match &*self.kind {
            ErrorKind::NotAddressable => {
                f.write_str("an id that is empty, `.` or `..` cannot stand in a URL")
            }
            ErrorKind::Doubt(doubt) => doubt.fmt(f),
            ErrorKind::Status {
                status,
                category,
                correlation_id,
            } => {
                write!(f, "status {status}")?;
                if let Some(category) = category {
                    write!(f, ", {category}")?;
                }
                if let Some(id) = correlation_id {
                    write!(f, ", correlation id {id}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?})", self.to_string())
    }
}

impl std::error::Error for Error {}
