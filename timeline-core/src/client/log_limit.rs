//! Which lines of the log were written lately, so that a mistake that thousands of events share does not fill the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A line comes again after this time.
const AGAIN: Duration = Duration::from_secs(60);

/// At most so many different lines are remembered; other lines are always written.
const MOST: usize = 1_024;

/// The lines of the last minute.
#[derive(Default)]
pub(crate) struct LogLimit(Mutex<HashMap<String, Duration>>);

impl LogLimit {
    /// Whether the line is to be written now.
    pub(crate) fn allows(&self, line: &str, now: Duration) -> bool {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |written: Duration| now.saturating_sub(written) < AGAIN;
        if lines.get(line).is_some_and(|written| is_recent(*written)) {
            return false;
        }
        if lines.len() >= MOST {
            lines.retain(|_, written| is_recent(*written));
        }
        if lines.len() < MOST {
            lines.insert(line.to_owned(), now);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LogLimit, MOST};

    #[test]
    fn a_line_is_written_once_a_minute() {
        let limit = LogLimit::default();
        for (line, second, allowed) in [
            ("a", 0, true),
            ("a", 0, false),
            ("b", 10, true),
            ("a", 59, false),
            ("a", 60, true),
            ("b", 69, false),
            ("b", 70, true),
            ("a", 119, false),
        ] {
            let now = Duration::from_secs(second);
            assert_eq!(limit.allows(line, now), allowed, "{line} at {second}");
        }
    }

    #[test]
    fn what_is_not_remembered_is_always_written() {
        let limit = LogLimit::default();
        for line in 0..MOST {
            assert!(limit.allows(&line.to_string(), Duration::ZERO));
        }
        for _ in 0..2 {
            assert!(limit.allows("one more", Duration::ZERO));
        }
        assert!(!limit.allows("0", Duration::ZERO));
    }
}
