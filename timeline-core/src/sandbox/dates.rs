//! Times as ISO-8601 text.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::token::Iso8601;

/// Microseconds since 1970. A time before 1970 counts as 1970: the sandbox only writes the current time.
pub(super) fn microseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// `2026-08-01T12:00:00.000Z`.
pub(super) fn with_milliseconds(milliseconds: i64) -> String {
    match Iso8601::new(milliseconds) {
        Some(text) => text.to_string(),
        // A year without four digits. The caller has refused it, so this is only a fallback.
        None => milliseconds.to_string(),
    }
}

/// `2026-08-01T12:00:00.000000Z`.
pub(super) fn with_microseconds(microseconds: i64) -> String {
    let mut text = with_milliseconds(microseconds.div_euclid(1000));
    if text.pop() == Some('Z') {
        text.push_str(&format!("{:03}Z", microseconds.rem_euclid(1000)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{with_microseconds, with_milliseconds};
    use crate::token::read_iso8601;

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
            assert_eq!(read_iso8601(&text), Some(milliseconds), "{text}");
        }
        assert_eq!(
            with_microseconds(1_785_585_600_000_042),
            "2026-08-01T12:00:00.000042Z"
        );
    }
}
