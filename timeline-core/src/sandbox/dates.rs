//! ISO-8601, read and written.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::token::{writable, write_iso8601};

/// Microseconds since 1970; a moment before it counts as 1970, since the sandbox only stamps what happens now.
pub(super) fn microseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// `2026-08-01T12:00:00.000Z`.
pub(super) fn with_milliseconds(milliseconds: i64) -> String {
    let mut text = String::new();
    match writable(milliseconds.into()) {
        // A String takes everything.
        Some(milliseconds) => drop(write_iso8601(milliseconds, &mut text)),
        // Years that have not four digits; the caller has refused them, so this is for looking at only.
        None => text = milliseconds.to_string(),
    }
    text
}

/// `2026-08-01T12:00:00.000000Z`.
pub(super) fn with_microseconds(microseconds: i64) -> String {
    let mut text = with_milliseconds(microseconds.div_euclid(1000));
    if text.pop() == Some('Z') {
        text.push_str(&format!("{:03}Z", microseconds.rem_euclid(1000)));
    }
    text
}

/// Milliseconds since 1970 of a date and time with `Z` or an offset; anything finer than a millisecond is cut off.
pub(super) fn parse(text: &str) -> Option<i64> {
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

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Years are counted from 1 March, so that the leap day is a year's last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year_from_march = year - i64::from(month <= 2);
    let month_from_march = (month + 9) % 12;
    let leap_days = year_from_march.div_euclid(4) - year_from_march.div_euclid(100)
        + year_from_march.div_euclid(400);
    365 * year_from_march + leap_days + (153 * month_from_march + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::{parse, with_microseconds, with_milliseconds};

    #[test]
    fn what_is_written_is_read_back() {
        for milliseconds in [
            0,
            -1,
            951_782_400_123,
            951_868_800_000,
            1_785_585_600_001,
            4_107_542_400_000,
            -62_167_219_200_000,
            253_402_300_799_999,
        ] {
            let text = with_milliseconds(milliseconds);
            assert_eq!(parse(&text), Some(milliseconds), "{text}");
        }
        assert_eq!(
            with_microseconds(1_785_585_600_000_042),
            "2026-08-01T12:00:00.000042Z"
        );
    }

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
            assert_eq!(parse(text), milliseconds, "{text}");
        }
    }
}
