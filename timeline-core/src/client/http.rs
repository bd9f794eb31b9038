//! One HTTP call, with its caps and time limits. It judges nothing.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::response::Parts;
use http_body_util::BodyExt;
use reqwest::Url;
use tokio::time::{Instant, timeout_at};

use super::clock::{Clock, Held};
use super::pacer::Allowance;
use super::rate_headers::{allowance, asked_to_wait};
use super::secret::Secret;
use super::transport::{AnyTransport, Failure, TransportBody, TransportError};
use crate::error::Cause;
use crate::guard::apart_async;
use crate::limits;
use crate::trace::Server;
use crate::wire::answer::RawAnswer;
use crate::wire::call::{Call, Method, Route};

/// The transport, with what all its requests have in common.
#[derive(Clone)]
pub(crate) struct Http {
    pub(super) transport: Arc<dyn AnyTransport>,
    pub(super) base: Url,
    /// For one attempt.
    pub(super) timeout: Duration,
    pub(super) user_agent: HeaderValue,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    route: Route,
    /// What varies in the path.
    parts: Vec<String>,
    /// The type of the body, if there is a body.
    content_type: &'static str,
    body: Vec<u8>,
    /// How many bytes of a successful answer are read.
    most: usize,
}

impl From<Call> for Request {
    fn from(call: Call) -> Self {
        Request {
            route: call.route,
            parts: call.parts,
            content_type: "application/json",
            body: call.body.unwrap_or_default(),
            most: call.expected.most_bytes(),
        }
    }
}

impl Request {
    pub(super) fn post(path: &'static str, content_type: &'static str, body: Vec<u8>) -> Self {
        Request {
            route: Route::new(Method::Post, path),
            parts: Vec::new(),
            content_type,
            body,
            most: limits::ANSWER_BYTES,
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Response {
    pub(crate) raw: RawAnswer,
    /// What the headers say of the account's limit.
    pub(crate) allowance: Option<Allowance>,
}

impl Http {
    pub(crate) fn server(&self) -> Server<'_> {
        Server {
            address: self.base.host_str().unwrap_or_default(),
            port: self.base.port_or_known_default(),
        }
    }

    pub(super) async fn call(
        &self,
        request: Request,
        bearer: Option<&Secret>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Response, Failure> {
        let _held = Held::new(Arc::clone(clock));
        let most = request.most;
        let request = self.request(request, bearer)?;
        let exchanged = apart_async(self.exchange(request, most)).await;
        let panicked = || Failure::Disconnected(Cause::new("the transport panicked"));
        let (head, body, end) = exchanged.unwrap_or_else(|| Err(panicked()))?;
        let is_success = head.status.is_success();
        if is_success && matches!(end, End::TimedOut) {
            return Err(Failure::TimedOut);
        }
        Ok(Response {
            raw: RawAnswer {
                status: head.status.as_u16(),
                retry_after: asked_to_wait(&head.headers, clock.now()),
                body,
                complete: match end {
                    End::Whole => true,
                    // The rest of an error is not needed; the rest of a success names events.
                    End::TooLong => !is_success,
                    End::Cut | End::TimedOut => false,
                },
                too_long: matches!(end, End::TooLong),
            },
            allowance: allowance(&head.headers),
        })
    }

    /// Sends a request and reads at most `most` bytes of a successful answer, in the time for an attempt.
    async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        most: usize,
    ) -> Result<(Parts, Vec<u8>, End), Failure> {
        let end = Instant::now() + self.timeout;
        let response = timeout_at(end, self.transport.send_any(request)).await;
        let response = response.map_err(|_| Failure::TimedOut)?;
        let (head, body) = response.map_err(TransportError::into_failure)?.into_parts();
        let most = match head.status.is_success() {
            true => most,
            false => limits::ERROR_BYTES,
        };
        let (body, end) = read(body, most, end).await;
        Ok((head, body, end))
    }

    fn request(
        &self,
        request: Request,
        bearer: Option<&Secret>,
    ) -> Result<http::Request<Vec<u8>>, Failure> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(request.route.segments(&request.parts));
        }
        let mut made = http::Request::builder()
            .method(request.route.method.as_str())
            .uri(url.as_str())
            .header(USER_AGENT, &self.user_agent);
        if let Some(header) = bearer.and_then(Secret::bearer) {
            made = made.header(AUTHORIZATION, header);
        }
        if !request.body.is_empty() {
            made = made.header(CONTENT_TYPE, request.content_type);
        }
        made.body(request.body)
            .map_err(|error| Failure::NotConnected(Cause::new(error)))
    }
}

/// How the body of an answer has ended.
enum End {
    Whole,
    TooLong,
    Cut,
    TimedOut,
}

/// Reads at most `most` bytes of a body. Returns them and how the body has ended.
async fn read(mut body: TransportBody, most: usize, end: Instant) -> (Vec<u8>, End) {
    let mut read = Vec::new();
    loop {
        // `timeout_at` never interrupts a body that is always ready.
        if Instant::now() >= end {
            return (read, End::TimedOut);
        }
        let end = match timeout_at(end, body.frame()).await {
            Ok(None) => End::Whole,
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) if read.len() + data.len() > most => End::TooLong,
                Ok(data) => {
                    read.extend_from_slice(&data);
                    continue;
                }
                // Trailers.
                Err(_) => continue,
            },
            Ok(Some(Err(_))) => End::Cut,
            Err(_) => End::TimedOut,
        };
        return (read, end);
    }
}

/// Whether an id can be a segment of a URL's path: a URL drops or resolves empty and dot segments, and drops some
/// characters.
pub(crate) fn is_addressable(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..") && !segment.contains(['\t', '\n', '\r'])
}
