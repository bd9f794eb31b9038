//! One HTTP call, with its caps and time limits. It judges nothing.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER, USER_AGENT};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt;
use reqwest::Url;
use tokio::time::{Instant, timeout_at};

use super::clock::{Clock, Held};
use super::pacer::Allowance;
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

/// The longest wait that a server can ask for: 24 hours is the most that HubSpot documents, for a 477.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

fn asked_to_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    retry_after(text(RETRY_AFTER)?, text(DATE), now)
}

/// `Retry-After` in seconds or as an HTTP date, at most a day; anything else counts as not given. The standard knows whole
/// seconds only; HubSpot's gateways have been seen to write fractions.
///
/// A date is measured from the server's own `Date`, since the clock here may be wrong.
pub(crate) fn retry_after(text: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    let wait = if let Some(wait) = seconds(text) {
        wait
    } else {
        let until = httpdate::parse_http_date(text).ok()?;
        let now = date
            .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
            .unwrap_or(now);
        until.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(LONGEST_WAIT))
}

/// A decimal number of seconds, such as `2`, `2.4`, `2.` and `.5`; without a sign or an exponent.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = are_digits(whole) && are_digits(fraction) && whole.len() + fraction.len() > 0;
    let seconds: f64 = text.parse().ok().filter(|_| is_number)?;
    // What does not fit into a `Duration` is more than a day, too.
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_WAIT))
}

/// `X-HubSpot-RateLimit-*`, if all three are there and are numbers.
fn allowance(headers: &HeaderMap) -> Option<Allowance> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u32>().ok();
    Some(Allowance {
        most: usize::try_from(number("x-hubspot-ratelimit-max")?).ok()?,
        remaining: usize::try_from(number("x-hubspot-ratelimit-remaining")?).ok()?,
        interval: Duration::from_millis(
            number("x-hubspot-ratelimit-interval-milliseconds")?.into(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use http::{HeaderMap, HeaderValue};

    use super::{Allowance, allowance, retry_after};

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(1_785_585_600);
        let noon = "Sat, 01 Aug 2026 12:00:00 GMT";
        let day = Some(86_400);
        for (text, date, seconds) in [
            ("0", None, Some(0)),
            ("7", None, Some(7)),
            (" 86400 ", None, day),
            ("86401", None, day),
            ("99999999999999999999999", None, day),
            ("Sat, 01 Aug 2026 12:00:30 GMT", None, Some(30)),
            ("Sat, 01 Aug 2026 11:00:00 GMT", None, Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", None, day),
            // The server's clock is half an hour ahead of ours, or an hour behind.
            (
                "Sat, 01 Aug 2026 12:30:30 GMT",
                Some("Sat, 01 Aug 2026 12:30:00 GMT"),
                Some(30),
            ),
            (
                "Sat, 01 Aug 2026 11:00:30 GMT",
                Some("Sat, 01 Aug 2026 11:00:00 GMT"),
                Some(30),
            ),
            ("Sat, 01 Aug 2026 12:00:30 GMT", Some("today"), Some(30)),
            ("7", Some(noon), Some(7)),
            ("-1", None, None),
            ("+1", None, None),
            ("-0", None, None),
            ("-2.4", None, None),
            ("2,4", None, None),
            ("1e3", None, None),
            ("2.4s", None, None),
            ("2.4.1", None, None),
            (".", None, None),
            ("0x10", None, None),
            ("inf", None, None),
            ("NaN", None, None),
            ("soon", None, None),
            ("", None, None),
        ] {
            assert_eq!(
                retry_after(text, date, now),
                seconds.map(Duration::from_secs),
                "{text} {date:?}"
            );
        }
    }

    #[test]
    fn retry_after_may_be_a_fraction_of_a_second() {
        for (text, milliseconds) in [
            ("2.4", 2_400),
            ("0.25", 250),
            ("1.5", 1_500),
            ("007.050", 7_050),
            ("3.", 3_000),
            (".5", 500),
            ("0.0", 0),
            (" 1.001 ", 1_001),
            ("86400.9", 86_400_000),
            ("99999999999999999999999.5", 86_400_000),
        ] {
            let wait = retry_after(text, None, UNIX_EPOCH);
            assert_eq!(wait, Some(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn the_accounts_limit_is_read_from_three_headers() {
        let read = |max, remaining, interval| {
            let mut headers = HeaderMap::new();
            for (name, value) in [
                ("x-hubspot-ratelimit-max", max),
                ("x-hubspot-ratelimit-remaining", remaining),
                ("x-hubspot-ratelimit-interval-milliseconds", interval),
            ] {
                headers.insert(name, HeaderValue::from_static(value));
            }
            allowance(&headers)
        };
        let expected = Allowance {
            most: 110,
            remaining: 0,
            interval: Duration::from_secs(10),
        };
        assert_eq!(read("110", "0", "10000"), Some(expected));
        assert_eq!(read("110", "-1", "10000"), None);
        assert_eq!(read("many", "0", "10000"), None);
        assert_eq!(read("110", "0", ""), None);
        assert_eq!(allowance(&HeaderMap::new()), None);
    }
}
