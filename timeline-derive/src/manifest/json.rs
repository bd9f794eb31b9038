//! A reader of JSON that keeps only what is asked for. It never panics, and nothing nests deeper in it than [`DEEPEST`].
//!
//! Texts are found by the standard library's search, which is compiled with optimizations also where this crate is not.

use std::borrow::Cow;

/// HubSpot's own lists are six deep.
const DEEPEST: usize = 64;

/// Text that is read from its beginning.
pub(crate) struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

/// What is wrong with a text, and at which byte.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    at: usize,
    words: String,
}

pub(crate) type Read<T> = Result<T, Wrong>;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    List,
    Text,
    Number,
    Boolean,
    Null,
}

impl Kind {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Kind::Object => "an object",
            Kind::List => "an array",
            Kind::Text => "a string",
            Kind::Number => "a number",
            Kind::Boolean => "a boolean",
            Kind::Null => "null",
        }
    }
}

impl Wrong {
    /// The message, with the line and the column in this text, both counted from 1.
    pub(crate) fn in_text(&self, text: &str) -> String {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default();
        format!(
            "line {line}, column {}: {}",
            column.chars().count() + 1,
            self.words
        )
    }
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Reader {
            text,
            at: 0,
            depth: 0,
        }
    }

    /// What is wrong here.
    pub(crate) fn wrong(&self, words: impl Into<String>) -> Wrong {
        Wrong {
            at: self.at,
            words: words.into(),
        }
    }

    /// What is wrong with the value that begins at this place.
    pub(crate) fn wrong_at(&self, start: usize, words: impl Into<String>) -> Wrong {
        Wrong {
            at: start,
            words: words.into(),
        }
    }

    /// This place.
    pub(crate) fn mark(&self) -> usize {
        self.at
    }

    pub(crate) fn back_to(&mut self, mark: usize) {
        self.at = mark;
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next byte after blanks.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn expected(&self, what: &str) -> Wrong {
        match self.rest().chars().next() {
            Some(found) => self.wrong(format!("expected {what}, found {found:?}")),
            None => self.wrong(format!("expected {what}, and the text ends here")),
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        if is_next {
            self.at += 1;
        }
        is_next
    }

    /// What the next value is.
    pub(crate) fn kind(&mut self) -> Read<Kind> {
        match self.peek() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::List),
            Some(b'"') => Ok(Kind::Text),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(self.expected("a value")),
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth == DEEPEST {
            return Err(self.wrong(format!("nothing is nested deeper than {DEEPEST} levels")));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Goes through an object: `each` is called for each key, and reads the key's value.
    pub(crate) fn object(&mut self, mut each: impl FnMut(&str, &mut Self) -> Read<()>) -> Read<()> {
        self.deeper(|reader| {
            if !reader.take(b'{') {
                return Err(reader.expected("`{`"));
            }
            if reader.take(b'}') {
                return Ok(());
            }
            loop {
                if reader.peek() != Some(b'"') {
                    return Err(reader.expected("a key in quotes"));
                }
                let key = reader.text()?;
                if !reader.take(b':') {
                    return Err(reader.expected("`:`"));
                }
                each(&key, reader)?;
                if reader.take(b'}') {
                    return Ok(());
                }
                if !reader.take(b',') {
                    return Err(reader.expected("`,` or `}`"));
                }
            }
        })
    }

    /// Goes through a list: `each` is called for each element, and reads it.
    pub(crate) fn list(&mut self, mut each: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.deeper(|reader| {
            if !reader.take(b'[') {
                return Err(reader.expected("`[`"));
            }
            if reader.take(b']') {
                return Ok(());
            }
            loop {
                each(reader)?;
                if reader.take(b']') {
                    return Ok(());
                }
                if !reader.take(b',') {
                    return Err(reader.expected("`,` or `]`"));
                }
            }
        })
    }

    /// A string.
    pub(crate) fn text(&mut self) -> Read<Cow<'t, str>> {
        if !self.take(b'"') {
            return Err(self.expected("a string"));
        }
        let rest = self.rest();
        let end = rest
            .find('"')
            .ok_or_else(|| self.wrong("the string has no end"))?;
        let inside = rest.get(..end).unwrap_or_default();
        if !inside.contains('\\') {
            self.at += end + 1;
            return Ok(Cow::Borrowed(inside));
        }
        self.escaped().map(Cow::Owned)
    }

    /// The rest of a string that has escapes in it.
    fn escaped(&mut self) -> Read<String> {
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let next = rest.find(['"', '\\']);
            let next = next.ok_or_else(|| self.wrong("the string has no end"))?;
            text.push_str(rest.get(..next).unwrap_or_default());
            self.at += next + 1;
            if rest.as_bytes().get(next) == Some(&b'"') {
                return Ok(text);
            }
            text.push(self.escape()?);
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Read<char> {
        let unknown = self.wrong("no such escape in JSON");
        let Some(letter) = self.rest().chars().next() else {
            return Err(self.wrong("the string has no end"));
        };
        self.at += letter.len_utf8();
        Ok(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                match first {
                    0xd800..0xdc00 => {
                        let second = match self.rest().strip_prefix("\\u") {
                            Some(_) => {
                                self.at += 2;
                                self.unit()?
                            }
                            None => 0,
                        };
                        let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400);
                        let whole = low.map(|low| 0x10000 + ((first - 0xd800) << 10) + low);
                        whole.and_then(char::from_u32).ok_or(unknown)?
                    }
                    unit => char::from_u32(unit).ok_or(unknown)?,
                }
            }
            _ => return Err(unknown),
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Read<u32> {
        let digits = self.rest().get(..4);
        let is_hex = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = digits
            .filter(is_hex)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.wrong("expected four hexadecimal digits"))?;
        self.at += 4;
        Ok(unit)
    }

    /// A string, or the digits of a number; `None` for null.
    pub(crate) fn text_or_number(&mut self) -> Read<Option<String>> {
        match self.kind()? {
            Kind::Text => self.text().map(|text| Some(text.into_owned())),
            Kind::Number => self.number().map(|text| Some(text.to_owned())),
            Kind::Null => self.skip().map(|()| None),
            _ => Err(self.expected("a string")),
        }
    }

    fn number(&mut self) -> Read<&'t str> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let number = rest.get(..end).unwrap_or_default();
        if number.parse::<f64>().is_err() {
            return Err(self.expected("a number"));
        }
        self.at += end;
        Ok(number)
    }

    /// Skips the next value, of any kind.
    pub(crate) fn skip(&mut self) -> Read<()> {
        match self.kind()? {
            Kind::Object => self.object(|_, reader| reader.skip()),
            Kind::List => self.list(Self::skip),
            Kind::Text => self.text().map(drop),
            Kind::Number => self.number().map(drop),
            Kind::Boolean | Kind::Null => {
                let word = ["true", "false", "null"]
                    .into_iter()
                    .find(|word| self.rest().starts_with(word));
                let word = word.ok_or_else(|| self.expected("a value"))?;
                self.at += word.len();
                Ok(())
            }
        }
    }

    /// Checks that nothing follows.
    pub(crate) fn end(&mut self) -> Read<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, Reader};

    fn skipped(text: &str) -> Result<(), String> {
        let mut reader = Reader::new(text);
        let read = reader.skip().and_then(|()| reader.end());
        read.map_err(|wrong| wrong.in_text(text))
    }

    #[test]
    fn any_json_is_skipped() {
        for text in [
            "{}",
            " [ ] ",
            "null",
            "true",
            "false",
            "-1.5e+3",
            r#""""#,
            r#"{"a":[1,{"b":null}],"c":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}"#,
            "\"\u{1f600}\"",
        ] {
            assert_eq!(skipped(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, says) in [
            (
                "",
                "line 1, column 1: expected a value, and the text ends here",
            ),
            (
                "{",
                "line 1, column 2: expected a key in quotes, and the text ends here",
            ),
            (
                "{a:1}",
                "line 1, column 2: expected a key in quotes, found 'a'",
            ),
            ("{\"a\" 1}", "line 1, column 6: expected `:`, found '1'"),
            (
                "{\"a\":1,}",
                "line 1, column 8: expected a key in quotes, found '}'",
            ),
            (
                "[1,\n 2\n 3]",
                "line 3, column 2: expected `,` or `]`, found '3'",
            ),
            (
                "[1",
                "line 1, column 3: expected `,` or `]`, and the text ends here",
            ),
            ("\"abc", "line 1, column 2: the string has no end"),
            ("\"a\\", "line 1, column 2: the string has no end"),
            ("\"é\\x\"", "line 1, column 4: no such escape in JSON"),
            ("\"\\ud83d!\"", "line 1, column 3: no such escape in JSON"),
            (
                "\"\\u00g0\"",
                "line 1, column 4: expected four hexadecimal digits",
            ),
            ("1.2.3", "line 1, column 1: expected a number, found '1'"),
            ("nul", "line 1, column 1: expected a value, found 'n'"),
            (
                "1 2",
                "line 1, column 3: expected the end of the text, found '2'",
            ),
            ("'a'", "line 1, column 1: expected a value, found '\\''"),
        ] {
            assert_eq!(skipped(text), Err(says.to_owned()), "{text}");
        }
    }

    #[test]
    fn texts_are_what_they_stand_for() {
        for (text, expected) in [
            (r#""plain""#, "plain"),
            (r#""a\"b\\c\/d\n""#, "a\"b\\c/d\n"),
            (r#""\u00e9\uD83D\uDE00!""#, "é\u{1f600}!"),
            (r#""ends in a backslash\\""#, "ends in a backslash\\"),
        ] {
            let text = Reader::new(text)
                .text()
                .map_err(|wrong| format!("{wrong:?}"));
            assert_eq!(text.as_deref(), Ok(expected));
        }
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(skipped(&nested(DEEPEST)), Ok(()));
        let error = skipped(&nested(DEEPEST + 1)).expect_err("too deep");
        assert!(error.contains("deeper than 64"), "{error}");
        assert!(skipped(&"[".repeat(1_000_000)).is_err());
        assert!(skipped(&"{\"a\":".repeat(1_000_000)).is_err());
    }
}
