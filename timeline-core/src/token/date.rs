//! Dates: milliseconds for tokens, ISO-8601 for an event's timestamp.

use std::fmt::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{InvalidToken, Token, TokenType, TokenValue};

/// A [`TokenValue`] that is a moment in time, as an event's timestamp must be.
///
/// Implement it beside [`TokenValue`] for a date type of your own whose token is made with [`Token::date`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date",
    label = "expected a date",
    note = "a timestamp is a `SystemTime`, or with the feature of the same name a date of `jiff`, `chrono` or `time`, or an `Option` of one of these",
    note = "turn another type into one with `#[timeline(timestamp, with = \"path::to::function\")]`"
)]
pub trait DateValue: TokenValue {
    /// The date's token. Called on the trait by the derive, so that a wrong type is told here.
    #[doc(hidden)]
    #[inline]
    fn to_date(&self) -> Result<Token<'_>, InvalidToken> {
        self.to_token()
    }

    /// As above, of a value that is given away.
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
        let nanoseconds = match self.duration_since(UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()),
            Err(before) => i128::try_from(before.duration().as_nanos()).map(|n| -n),
        };
        from_nanoseconds(nanoseconds.map_err(|_| out_of_range())?)
    }
}

pub(super) fn out_of_range() -> InvalidToken {
    InvalidToken::new("is a date too far away to be written in milliseconds")
}

/// Rounds down, also before 1970, so that the order of moments is kept.
pub(super) fn from_nanoseconds(nanoseconds: i128) -> Result<Token<'static>, InvalidToken> {
    i64::try_from(nanoseconds.div_euclid(1_000_000))
        .map(Token::date)
        .map_err(|_| out_of_range())
}

const DAY: i64 = 86_400_000;

/// 0000-01-01T00:00:00.000Z and the millisecond before the year 10000: what ISO-8601's four digits can hold.
const WRITABLE: std::ops::Range<i64> = -62_167_219_200_000..253_402_300_800_000;

/// The moment, if [`write_iso8601`] can write it.
pub(crate) fn writable(milliseconds: i128) -> Option<i64> {
    let milliseconds = i64::try_from(milliseconds).ok()?;
    WRITABLE.contains(&milliseconds).then_some(milliseconds)
}

/// Writes `2026-08-01T12:00:00.000Z`. Only for what [`writable`] lets pass: other years do not have four
/// digits.
pub(crate) fn write_iso8601(milliseconds: i64, out: &mut impl Write) -> fmt::Result {
    let (year, month, day) = civil(milliseconds.div_euclid(DAY));
    let rest = milliseconds.rem_euclid(DAY);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    write!(
        out,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
    )
}

/// The proleptic Gregorian date of a day counted from 1970-01-01.
///
/// Years are counted from 1 March, so that the leap day is a year's last and every 400 years look the same.
fn civil(days: i64) -> (i64, i64, i64) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    let from_march_0000 = days + 719_468;
    let cycle = from_march_0000.div_euclid(DAYS_IN_400_YEARS);
    let day_of_cycle = from_march_0000.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    // 153 days are five months from March on; the fraction spreads 31 and 30 days in their real order.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = 400 * cycle + year_of_cycle + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{TokenValue, WRITABLE, writable, write_iso8601};

    fn iso(milliseconds: i64) -> Option<String> {
        let mut out = String::new();
        write_iso8601(writable(milliseconds.into())?, &mut out).expect("a String takes everything");
        Some(out)
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
}
