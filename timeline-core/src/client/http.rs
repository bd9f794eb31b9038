//! One HTTP call, with its caps and time limits. It judges nothing.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};

use super::clock::{Clock, Held};
use super::pacer::Allowance;
use super::pools::Pools;
use super::secret::Secret;
use crate::error::Cause;
use crate::limits;
use crate::wire::answer::RawAnswer;
use crate::wire::call::{self, Call};

/// The HTTP library, set up so that it repeats nothing, follows nothing and waits for nothing without end.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pools: Arc<Pools>,
    base: Url,
    /// For one attempt.
    timeout: Duration,
}

/// A request; paths are made of segments, so that an id with a slash stays one.
#[derive(Debug)]
pub(crate) struct Request {
    method: Method,
    path: Cow<'static, str>,
    /// Appended to the path, percent-encoded.
    segments: Vec<String>,
    /// Of the body, if there is one.
    content_type: &'static str,
    body: Vec<u8>,
    /// Bytes of a successful answer that are read.
    most: usize,
}

impl From<Call> for Request {
    fn from(call: Call) -> Self {
        Request {
            method: match call.method {
                call::Method::Get => Method::GET,
                call::Method::Post => Method::POST,
                call::Method::Put => Method::PUT,
                call::Method::Delete => Method::DELETE,
            },
            path: call.path,
            segments: call.segments,
            content_type: "application/json",
            body: call.body.unwrap_or_default(),
            most: call.expected.most_bytes(),
        }
    }
}

impl Request {
    pub(super) fn post(path: &'static str, content_type: &'static str, body: Vec<u8>) -> Self {
        Request {
            method: Method::POST,
            path: path.into(),
            segments: Vec::new(),
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

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection: refused, DNS, TLS, or no answer to the attempt to connect. Nothing was sent.
    NotConnected(Cause),
    /// No secure connection, and waiting does not mend it: a certificate that is not trusted or is another host's, or
    /// no TLS on the other side. Nothing was sent.
    NotSecure(Cause),
    /// The time for the attempt was over.
    TimedOut,
    /// The connection ended before an answer.
    Disconnected(Cause),
}

impl Failure {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Failure::NotConnected(_) => "not connected",
            Failure::NotSecure(_) => "no secure connection",
            Failure::TimedOut => "timed out",
            Failure::Disconnected(_) => "disconnected",
        }
    }
}

impl Http {
    pub(super) fn new(pools: Pools, base: Url, timeout: Duration) -> Self {
        Http {
            pools: Arc::new(pools),
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

    pub(super) async fn call(
        &self,
        request: Request,
        bearer: Option<&Secret>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Response, Failure> {
        let _held = Held::new(Arc::clone(clock));
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(
                    request
                        .path
                        .split('/')
                        .filter(|segment| !segment.is_empty()),
                )
                .extend(&request.segments);
        }
        let mut call = self.pools.here().request(request.method, url);
        if let Some(header) = bearer.and_then(Secret::bearer) {
            call = call.header(reqwest::header::AUTHORIZATION, header);
        }
        if !request.body.is_empty() {
            let content_type = HeaderValue::from_static(request.content_type);
            call = call
                .header(reqwest::header::CONTENT_TYPE, content_type)
                .body(request.body);
        }
        let mut response = call.send().await.map_err(failure)?;
        let status = response.status();
        let retry_after = asked_to_wait(response.headers(), clock.now());
        let allowance = allowance(response.headers());
        let most = if status.is_success() {
            request.most
        } else {
            limits::ERROR_BYTES
        };
        let mut body = Vec::new();
        let mut too_long = false;
        let complete = loop {
            match response.chunk().await {
                Ok(None) => break true,
                Ok(Some(chunk)) if body.len() + chunk.len() <= most => {
                    body.extend_from_slice(&chunk);
                }
                // The rest of an error can be done without; the rest of a success names events.
                Ok(Some(_)) => {
                    too_long = true;
                    break !status.is_success();
                }
                Err(error) if status.is_success() && error.is_timeout() => {
                    return Err(Failure::TimedOut);
                }
                Err(_) => break false,
            }
        };
        Ok(Response {
            raw: RawAnswer {
                status: StatusCode::as_u16(&status),
                retry_after,
                body,
                complete,
                too_long,
            },
            allowance,
        })
    }
}

/// Whether an id can be a segment of a URL's path: a URL drops or resolves the others, and drops some characters.
pub(crate) fn is_addressable(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..") && !segment.contains(['\t', '\n', '\r'])
}

fn failure(error: reqwest::Error) -> Failure {
    let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
    let is_lasting = is_connect && !is_timeout && super::tls::is_lasting(&error);
    // The URL of a read has an event's id in it.
    let cause = Cause::new(error.without_url());
    // A time-out while connecting is both; nothing was sent then.
    if is_lasting {
        Failure::NotSecure(cause)
    } else if is_connect {
        Failure::NotConnected(cause)
    } else if is_timeout {
        Failure::TimedOut
    } else {
        Failure::Disconnected(cause)
    }
}

/// No wait that a server asks for is longer: 24 hours is the most that HubSpot documents, for a 477.
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
    // More than fits is more than a day, too.
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

    use reqwest::header::{HeaderMap, HeaderValue};

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
