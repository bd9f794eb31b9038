//! One HTTP call, with its caps and time limits. It judges nothing.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};

use super::secret::Secret;
use crate::limits;

/// The HTTP library, set up so that it repeats nothing, follows nothing and waits for nothing without end.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    base: Url,
    /// For one attempt.
    timeout: Duration,
}

/// A request; paths are made of segments, so that an id with a slash stays one.
pub(crate) struct Request<'r> {
    method: Method,
    path: &'r str,
    /// Appended to the path, percent-encoded.
    segments: &'r [&'r str],
    bearer: Option<&'r Secret>,
    content_type: &'static str,
    body: Vec<u8>,
}

impl<'r> Request<'r> {
    pub(crate) fn get(path: &'r str, segments: &'r [&'r str]) -> Self {
        Request {
            method: Method::GET,
            path,
            segments,
            bearer: None,
            content_type: "",
            body: Vec::new(),
        }
    }

    pub(crate) fn post(path: &'r str, content_type: &'static str, body: Vec<u8>) -> Self {
        Request {
            method: Method::POST,
            content_type,
            body,
            ..Request::get(path, &[])
        }
    }

    pub(crate) fn bearer(self, token: &'r Secret) -> Self {
        Request {
            bearer: Some(token),
            ..self
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
    /// Whether all of the body was read. Of an error's, what is over the cap is not missed.
    pub(crate) complete: bool,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection: refused, DNS, TLS, or no answer to the attempt to connect. Nothing was sent.
    NotConnected(String),
    /// The time for the attempt was over.
    TimedOut,
    /// The connection ended before an answer.
    Disconnected(String),
}

impl Http {
    pub(super) fn new(client: reqwest::Client, base: Url, timeout: Duration) -> Self {
        Http {
            client,
            base,
            timeout,
        }
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) async fn call(
        &self,
        request: Request<'_>,
        now: SystemTime,
    ) -> Result<Response, Failure> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(
                    request
                        .path
                        .split('/')
                        .filter(|segment| !segment.is_empty()),
                )
                .extend(request.segments);
        }
        let mut call = self.client.request(request.method, url);
        if let Some(header) = request.bearer.and_then(Secret::bearer) {
            call = call.header(reqwest::header::AUTHORIZATION, header);
        }
        if !request.body.is_empty() {
            let content_type = HeaderValue::from_static(request.content_type);
            call = call
                .header(reqwest::header::CONTENT_TYPE, content_type)
                .body(request.body);
        }
        let mut response = call.send().await.map_err(|error| failure(&error))?;
        let status = response.status();
        let retry_after = retry_after(response.headers(), now);
        let most = if status.is_success() {
            limits::ANSWER_BYTES
        } else {
            limits::ERROR_BYTES
        };
        let mut body = Vec::new();
        let complete = loop {
            match response.chunk().await {
                Ok(None) => break true,
                Ok(Some(chunk)) if body.len() + chunk.len() <= most => {
                    body.extend_from_slice(&chunk);
                }
                // The rest of an error can be done without; the rest of a success names events.
                Ok(Some(_)) => break !status.is_success(),
                Err(_) => break false,
            }
        };
        Ok(Response {
            status: StatusCode::as_u16(&status),
            retry_after,
            body,
            complete,
        })
    }
}

/// Whether an id can be a segment of a URL's path: a URL drops or resolves the others.
pub(crate) fn is_addressable(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..")
}

fn failure(error: &reqwest::Error) -> Failure {
    // A time-out while connecting is both; nothing was sent then.
    if error.is_connect() {
        Failure::NotConnected(root_cause(error))
    } else if error.is_timeout() {
        Failure::TimedOut
    } else {
        Failure::Disconnected(root_cause(error))
    }
}

/// The innermost cause: the outer ones repeat it behind the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    crate::error::printable(&cause.to_string())
}

/// `Retry-After` in seconds or as an HTTP date; anything else counts as not given.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::retry_after;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(1_785_585_600);
        for (text, seconds) in [
            ("0", Some(0)),
            ("7", Some(7)),
            (" 86400 ", Some(86_400)),
            ("Sat, 01 Aug 2026 12:00:30 GMT", Some(30)),
            ("Sat, 01 Aug 2026 11:00:00 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("99999999999999999999999", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            assert_eq!(
                retry_after(&headers, now),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
