//! Dates: as milliseconds for tokens, and as ISO-8601 for an event's timestamp.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use super::invalid::InvalidToken;
use super::text::Token;
use super::types::TokenType;
use super::value::TokenValue;

/// A [`TokenValue`] that is a point in time, which an event's timestamp must be.
///
/// Implement it for a date type of your own, in addition to [`TokenValue`]; make its token with [`Token::date`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date",
    label = "expected a date",
    note = "a timestamp is a `SystemTime`, or with the feature of the same name a date of `jiff`, `chrono` or `time` (a day, or a time with a zone), or an `Option` of one of these",
    note = "turn another type into one with `#[timeline(timestamp, with = \"path::to::function\")]`"
)]
pub trait DateValue: TokenValue {
    /// The date's token. The derive calls it on this trait, so that the compiler's error for a wrong type names the trait.
    #[doc(hidden)]
    #[inline]
    fn to_date(&self) -> Result<Token<'_>, InvalidToken> {
        self.to_token()
    }

    /// As [`to_date`](Self::to_date), for a value that is passed by value.
    #[doc(hidden)]
    #[inline]
    fn into_date<'v>(self) -> Result<Token<'v>, InvalidToken>
    where
        Self: Sized + 'v,
    {
        self.into_token()
    }
}

impl DateValue for SystemTime {}
impl<T: DateValue> DateValue for Option<T> {}
impl<T: DateValue + ?Sized> DateValue for &T {}
impl<T: DateValue + ?Sized> DateValue for &mut T {}
impl<T: DateValue + ?Sized> DateValue for Box<T> {}
impl<T: DateValue + ?Sized> DateValue for std::rc::Rc<T> {}
impl<T: DateValue + ?Sized> DateValue for std::sync::Arc<T> {}
impl<T: DateValue + ToOwned + ?Sized> DateValue for std::borrow::Cow<'_, T> {}

impl TokenValue for SystemTime {
    const TYPE: TokenType = TokenType::Date;

    fn to_token(&self) -> Result<Token<'_>, InvalidToken> {
        let milliseconds = match self.duration_since(UNIX_EPOCH) {
            Ok(after) => milliseconds(after),
            // The time is rounded down, so the distance to 1970 is rounded up.
            Err(before) => before
                .duration()
                .checked_add(Duration::from_nanos(999_999))
                .and_then(milliseconds)
                .map(|n| -n),
        };
        milliseconds.map(Token::date).ok_or_else(out_of_range)
    }
}

fn milliseconds(distance: Duration) -> Option<i64> {
    let seconds = i64::try_from(distance.as_secs()).ok()?;
    seconds
        .checked_mul(1000)?
        .checked_add(distance.subsec_millis().into())
}

pub(super) fn out_of_range() -> InvalidToken {
    InvalidToken::new("is a date too far away to be written in milliseconds")
}

/// Rounds down, also before 1970, so that the order of times is kept.
#[cfg(any(feature = "jiff", feature = "time"))]
pub(super) fn from_nanoseconds(nanoseconds: i128) -> Result<Token<'static>, InvalidToken> {
    i64::try_from(nanoseconds.div_euclid(1_000_000))
        .map(Token::date)
        .map_err(|_| out_of_range())
}

const DAY: i64 = 86_400_000;

/// The milliseconds from 0000-01-01T00:00:00.000Z to the end of the year 9999: the years with four digits.
const WRITABLE: std::ops::Range<i64> = -62_167_219_200_000..253_402_300_800_000;

/// The time, if [`Iso8601`] can hold it.
pub(crate) fn writable(milliseconds: i64) -> Option<i64> {
    WRITABLE.contains(&milliseconds).then_some(milliseconds)
}

/// A time as `2026-08-01T12:00:00.000Z`.
pub(crate) struct Iso8601([u8; 24]);

impl Iso8601 {
    /// `None` for a year without four digits.
    pub(crate) fn new(milliseconds: i64) -> Option<Self> {
        let milliseconds = writable(milliseconds)?;
        let (year, month, day) = civil((milliseconds.div_euclid(DAY)) as i32);
        let rest = milliseconds.rem_euclid(DAY) as u32;
        let mut text = *b"0000-00-00T00:00:00.000Z";
        write_digits(&mut text[..4], year);
        write_digits(&mut text[5..7], month);
        write_digits(&mut text[8..10], day);
        write_digits(&mut text[11..13], rest / 3_600_000);
        write_digits(&mut text[14..16], rest / 60_000 % 60);
        write_digits(&mut text[17..19], rest / 1000 % 60);
        write_digits(&mut text[20..23], rest % 1000);
        Some(Iso8601(text))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Milliseconds since 1970 of a date and time with `Z` or an offset. Of the fraction of a second, digits after the third
/// are ignored.
#[cfg(any(feature = "client", feature = "preview"))]
pub(crate) fn read_iso8601(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if !text.is_ascii() || bytes.len() < 20 {
        return None;
    }
    let number = |at: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(at)?;
        let all = digits.bytes().all(|b| b.is_ascii_digit());
        all.then(|| digits.parse().ok()).flatten()
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| bytes.get(*at) != Some(mark)) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let mut zone = 19;
    let mut fraction = 0;
    if bytes.get(19) == Some(&b'.') {
        let digits = text.get(20..)?.bytes().take_while(u8::is_ascii_digit);
        let count = digits.count();
        zone = 20 + count;
        let milliseconds = text.get(20..20 + count.min(3))?;
        let scale = [1, 100, 10, 1].get(milliseconds.len()).copied()?;
        fraction = milliseconds.parse::<i64>().ok()? * scale;
    }
    let offset_minutes = match text.get(zone..)? {
        "Z" => 0,
        offset => {
            let sign = match offset.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let colon = offset.as_bytes().get(3) == Some(&b':');
            if offset.len() != 6 || !colon {
                return None;
            }
            let (hours, minutes) = (number(zone + 1..zone + 3)?, number(zone + 4..zone + 6)?);
            (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))?
        }
    };
    let minutes = (days_since_1970(year, month, day) * 24 + hour) * 60 + minute - offset_minutes;
    Some((minutes * 60 + second) * 1000 + fraction)
}

#[cfg(any(feature = "client", feature = "preview"))]
fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The days from 1970-01-01 to a date. Years are counted from 1 March, so that the leap day is a year's last.
#[cfg(any(feature = "client", feature = "preview"))]
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year_from_march = year - i64::from(month <= 2);
    let month_from_march = (month + 9) % 12;
    let leap_days = year_from_march.div_euclid(4) - year_from_march.div_euclid(100)
        + year_from_march.div_euclid(400);
    365 * year_from_march + leap_days + (153 * month_from_march + 2) / 5 + day - 1 - 719_468
}

impl fmt::Display for Iso8601 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Iso8601 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Fills the text with the last digits of the number.
#[inline(always)]
fn write_digits(text: &mut [u8], mut number: u32) {
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// The proleptic Gregorian date of a day counted from 1970-01-01, from the year 0 on.
///
/// Years are counted from 1 March, so that the leap day is a year's last and every 400 years look the same.
fn civil(days: i32) -> (u32, u32, u32) {
    const DAYS_IN_400_YEARS: u32 = 146_097;
    // From 1 March of the year -400, so that nothing is negative.
    let from_march = (days + 719_468 + 146_097) as u32;
    let cycle = from_march / DAYS_IN_400_YEARS;
    let day_of_cycle = from_march % DAYS_IN_400_YEARS;
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    // Five months from March on have 153 days; the fraction gives months of 31 and 30 days in their real order.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = 400 * cycle + year_of_cycle + u32::from(month <= 2) - 400;
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    #[cfg(any(feature = "client", feature = "preview"))]
    use super::read_iso8601;
    use super::{Iso8601, TokenValue, WRITABLE};

    fn iso(milliseconds: i64) -> Option<String> {
        Iso8601::new(milliseconds).map(|text| text.to_string())
    }

    #[test]
    fn moments_are_written_as_iso_8601_with_milliseconds() {
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_785_585_600_000, "2026-08-01T12:00:00.000Z"),
            (-2_208_988_800_000, "1900-01-01T00:00:00.000Z"),
            (WRITABLE.start, "0000-01-01T00:00:00.000Z"),
            (WRITABLE.end - 1, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(iso(milliseconds).as_deref(), Some(text), "{milliseconds}");
        }
        for milliseconds in [WRITABLE.start - 1, WRITABLE.end, i64::MIN, i64::MAX] {
            assert_eq!(iso(milliseconds), None, "{milliseconds}");
        }
    }

    #[test]
    fn a_system_time_is_rounded_down_on_both_sides_of_1970() {
        for (nanoseconds, expected) in [
            (0, 0),
            (1, 0),
            (999_999, 0),
            (1_000_000, 1),
            (-1, -1),
            (-1_000_000, -1),
            (-1_000_001, -2),
        ] {
            let distance = Duration::from_nanos(i64::unsigned_abs(nanoseconds));
            let time = if nanoseconds < 0 {
                UNIX_EPOCH - distance
            } else {
                UNIX_EPOCH + distance
            };
            let token = time.to_token().expect("in range");
            assert_eq!(token.to_string(), expected.to_string(), "{nanoseconds}");
        }
    }

    #[cfg(any(feature = "client", feature = "preview"))]
    #[test]
    fn dates_in_other_words() {
        for (text, milliseconds) in [
            ("2026-08-01T12:00:00Z", Some(1_785_585_600_000)),
            ("2026-08-01T12:00:00.5Z", Some(1_785_585_600_500)),
            ("2026-08-01T12:00:00.123456789Z", Some(1_785_585_600_123)),
            ("2026-08-01T14:30:00+02:30", Some(1_785_585_600_000)),
            ("2026-07-31T23:00:00-13:00", Some(1_785_585_600_000)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800_000)),
            ("2026-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-08-01T24:00:00Z", None),
            ("2026-08-01T12:00:00", None),
            ("2026-08-01T12:00:00.Z", None),
            ("2026-08-01 12:00:00Z", None),
            ("2026-08-01T12:00:00+0200", None),
            ("2026-08-01T12:00:00Zz", None),
            ("2026-08-01", None),
            ("yesterday, as it were", None),
            ("", None),
        ] {
            assert_eq!(read_iso8601(text), milliseconds, "{text}");
        }
    }
}
