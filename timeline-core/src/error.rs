//! What all errors share: text that is safe to show.

/// Text from outside, fit for a log line: control characters become spaces, and no more than 500 characters are kept.
pub(crate) fn printable(text: &str) -> String {
    const MOST: usize = 500;
    text.chars()
        .take(MOST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_become_spaces() {
        assert_eq!(printable("a\r\nb\u{1b}[31mc\u{9b}"), "a  b [31mc ");
        assert_eq!(printable(&"ä".repeat(600)).chars().count(), 500);
    }
}
