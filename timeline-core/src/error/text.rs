//! Text from outside that is safe to show.

use std::fmt::{self, Write};

/// Text from outside, made safe for a log line: invisible characters, and those that change how others look, become
/// spaces, and at most 500 characters are kept.
///
/// Control characters, line separators, zero-width and bidirectional characters, and code points without a character are
/// invisible.
#[cfg(any(feature = "client", test))]
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::new();
    // Writing to a string cannot fail.
    let _ = PrintableWriter::new(&mut shown).write_str(text);
    shown
}

/// Writes what [`printable`] keeps.
pub(crate) struct PrintableWriter<'w> {
    writer: &'w mut dyn Write,
    left: usize,
}

impl<'w> PrintableWriter<'w> {
    pub(crate) fn new(writer: &'w mut dyn Write) -> Self {
        const MOST: usize = 500;
        PrintableWriter { writer, left: MOST }
    }
}

impl Write for PrintableWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars().take(self.left) {
            self.left -= 1;
            self.writer.write_char(if is_seen(c) { c } else { ' ' })?;
        }
        Ok(())
    }
}

/// Whether the character is visible as itself, or is a space.
pub(crate) fn is_seen(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // The standard library escapes none of these, and they are drawn as nothing.
    let is_drawn = !matches!(
        c,
        '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    );
    // The standard library escapes what is not printable. It escapes a combining mark only at the start of a text, and
    // many languages need these marks.
    let mut behind = String::from("a");
    behind.push(c);
    is_drawn && behind.escape_debug().nth(1) == Some(c)
}

/// `Debug` as the type's name and, in brackets, its `Display` as a text: what is shown of an error that `main` or a test
/// returns.
macro_rules! debug_as_text {
    ($shown:ident) => {
        impl std::fmt::Debug for $shown {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($shown), "({:?})"), self.to_string())
            }
        }
    };
}

pub(crate) use debug_as_text;

/// The same without quotes, for a text that has several lines or quotes the texts of others.
macro_rules! debug_as_display {
    ($($shown:ident),*) => {$(
        impl std::fmt::Debug for $shown {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($shown), "({})"), self)
            }
        }
    )*};
}

pub(crate) use debug_as_display;

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_is_not_seen_becomes_a_space() {
        assert_eq!(printable("a\r\nb\u{1b}[31mc\u{9b}"), "a  b [31mc ");
        assert_eq!(printable(&"ä".repeat(600)).chars().count(), 500);
        for hidden in [
            '\0',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202b}',
            '\u{202c}',
            '\u{202d}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2067}',
            '\u{2068}',
            '\u{2069}',
            '\u{206a}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{e000}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{10ffff}',
        ] {
            let text = format!("a{hidden}b");
            assert_eq!(printable(&text), "a b", "{hidden:?}");
        }
    }

    #[test]
    fn what_is_seen_stays() {
        for text in [
            "it's \"a\" \\ b",
            "größe",
            "e\u{301}",
            "नमस्ते",
            "שלום",
            "العربية",
            "日本語",
            "€ 🐕",
        ] {
            assert_eq!(printable(text), text);
        }
    }
}
