//! Texts that must not be shown.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;

use crate::error::is_seen;

/// A text that no `Debug` shows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Arc<str>);

impl Secret {
    pub(crate) fn new(text: impl Into<Arc<str>>) -> Self {
        Secret(text.into())
    }

    /// The text itself, for the request that needs it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// `None` if the token holds what a header cannot.
    pub(super) fn bearer(&self) -> Option<HeaderValue> {
        let mut header = HeaderValue::try_from(format!("Bearer {}", self.0)).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// What the secret holds that no secret of HubSpot's holds, if anything.
    pub(super) fn flaw(&self) -> Option<Flaw> {
        flaw_of(&self.0)
    }
}

/// What a text holds that no secret of HubSpot's holds, if anything. It is a mistake in copying, and the refusal that
/// HubSpot would answer with does not say so.
pub(super) fn flaw_of(text: &str) -> Option<Flaw> {
    let is_prefixed = text
        .trim_start()
        .get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
    if text.trim().is_empty() {
        Some(Flaw::Empty)
    } else if is_prefixed {
        Some(Flaw::Bearer)
    } else {
        text.chars().find_map(flaw_of_character)
    }
}

fn flaw_of_character(c: char) -> Option<Flaw> {
    const QUOTES: &str = "\"'`´‘’‚‛“”„‟‹›«»′″‵‶❛❜❝❞❮❯「」『』〝〞＂＇";
    if matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    ) {
        Some(Flaw::LineBreak)
    } else if c.is_whitespace() {
        Some(Flaw::Blank)
    } else if QUOTES.contains(c) {
        Some(Flaw::Quote)
    } else if !is_seen(c) {
        Some(Flaw::Unseen(c))
    } else {
        None
    }
}

/// What is wrong with a text that should be a secret; its `Display` ends a sentence such as "the client secret is empty".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Empty,
    Bearer,
    LineBreak,
    Blank,
    Quote,
    Unseen(char),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flaw::Empty => "is empty",
            Flaw::Bearer => "begins with `Bearer `: give the token alone",
            Flaw::LineBreak => {
                "has a line break in it, as the end of a file has: give the text without it (`.trim()`)"
            }
            Flaw::Blank => "has a blank in it: give the text without it (`.trim()` takes it off the ends)",
            Flaw::Quote => "has a quotation mark in it: give the text alone",
            Flaw::Unseen(c) => {
                let code = u32::from(*c);
                return write!(
                    f,
                    "has a character in it that is not seen (U+{code:04X}): copy the text again"
                );
            }
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

#[cfg(test)]
mod tests {
    use super::{Flaw, flaw_of};

    #[test]
    fn what_no_secret_holds() {
        for (text, flaw) in [
            ("", Flaw::Empty),
            (" \n", Flaw::Empty),
            ("Bearer abc", Flaw::Bearer),
            (" bearer abc", Flaw::Bearer),
            ("abc\n", Flaw::LineBreak),
            ("abc\r\n", Flaw::LineBreak),
            ("a\rc", Flaw::LineBreak),
            ("abc\u{2028}", Flaw::LineBreak),
            (" abc", Flaw::Blank),
            ("abc ", Flaw::Blank),
            ("a\tc", Flaw::Blank),
            ("abc\u{a0}", Flaw::Blank),
            ("ab\u{3000}c", Flaw::Blank),
            ("\"abc\"", Flaw::Quote),
            ("'abc'", Flaw::Quote),
            ("`abc`", Flaw::Quote),
            ("“abc”", Flaw::Quote),
            ("«abc»", Flaw::Quote),
            ("「abc」", Flaw::Quote),
            ("‵abc", Flaw::Quote),
            ("❝abc❞", Flaw::Quote),
            ("\u{feff}abc", Flaw::Unseen('\u{feff}')),
            ("ab\u{200b}c", Flaw::Unseen('\u{200b}')),
            ("ab\u{ad}c", Flaw::Unseen('\u{ad}')),
            ("abc\u{202e}", Flaw::Unseen('\u{202e}')),
            ("abc\u{2800}", Flaw::Unseen('\u{2800}')),
            ("abc\0", Flaw::Unseen('\0')),
            ("abc\u{7f}", Flaw::Unseen('\u{7f}')),
        ] {
            assert_eq!(flaw_of(text), Some(flaw), "{text:?}");
        }
    }

    #[test]
    fn what_a_secret_may_hold() {
        for text in [
            "eu1-1234-abcd",
            "CLrqy8_iLxIPAAEAYAAAAEEA==",
            "a.b~c+d/e_f-g",
            "bearer",
            "Bearerabc",
            "…",
            &"x".repeat(2000),
        ] {
            assert_eq!(flaw_of(text), None, "{text}");
        }
    }

    #[test]
    fn it_is_not_shown() {
        assert_eq!(format!("{:?}", super::Secret::new("canary")), "<secret>");
    }
}
