//! What an answer's headers say about limits: how long to wait, and how many requests the account has left.

use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName};

use super::pacer::Allowance;

/// The longest wait that a server can ask for: 24 hours is the most that HubSpot documents, for a 477.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the server asks to wait.
pub(super) fn asked_to_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
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
pub(super) fn allowance(headers: &HeaderMap) -> Option<Allowance> {
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
