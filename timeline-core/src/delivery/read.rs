//! Reading one event back.

use std::fmt;

use reqwest::Method;

use super::CreatedEvent;
use crate::client::{Client, Failure, NoToken, Request, Response, is_addressable};
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
        let clock = &*inner.clock;
        let mut refused = None;
        if !is_addressable(template_id) || !is_addressable(event_id) {
            return Err(ErrorKind::NotAddressable.into());
        }
        loop {
            let token = inner
                .credentials
                .token(refused.as_ref(), &inner.http, &inner.clock)
                .await
                .map_err(|reason| match reason {
                    NoToken::Refused => ErrorKind::Unauthorized,
                    NoToken::RefreshRefused => ErrorKind::RefreshRefused,
                    NoToken::Failed { .. } => ErrorKind::NoAccessToken,
                })?;
            let slot = inner.pacer.slot(clock).await;
            let request = Request {
                method: Method::GET,
                path: EVENTS,
                segments: &[template_id, event_id],
                bearer: Some(&token),
                content_type: "application/json",
                body: Vec::new(),
            };
            let answer = inner.http.call(request, clock.now()).await;
            drop(slot);
            let response = answer.map_err(ErrorKind::Failure)?;
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
            .ok_or(ErrorKind::Unreadable),
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
    Unauthorized,
    RefreshRefused,
    NoAccessToken,
    Failure(Failure),
    Unreadable,
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

impl Error {
    /// The status HubSpot answered with, if it answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match *self.kind {
            ErrorKind::Status { status, .. } => Some(status),
            ErrorKind::Unauthorized => Some(401),
            _ => None,
        }
    }

    /// Whether the time for the attempt was over before an answer came.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(*self.kind, ErrorKind::Failure(Failure::TimedOut))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GET /integrators/timeline/v3/events/{eventTemplateId}/{eventId}: ")?;
        match &*self.kind {
            ErrorKind::NotAddressable => {
                f.write_str("an id that is empty, `.` or `..` cannot stand in a URL")
            }
            ErrorKind::Unauthorized => f.write_str("the access token was refused (401)"),
            ErrorKind::RefreshRefused => {
                f.write_str("the token endpoint refused the refresh token or the client's secret")
            }
            ErrorKind::NoAccessToken => f.write_str("no access token could be had"),
            ErrorKind::Failure(Failure::NotConnected(cause)) => {
                write!(f, "no connection ({cause})")
            }
            ErrorKind::Failure(Failure::TimedOut) => f.write_str("no answer in time"),
            ErrorKind::Failure(Failure::Disconnected(cause)) => {
                write!(f, "the connection ended before the answer ({cause})")
            }
            ErrorKind::Unreadable => f.write_str("the answer could not be read"),
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
