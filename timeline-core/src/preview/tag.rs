//! Tags: what stands between braces, and where it ends.

/// What stands between one pair of braces.
pub(super) struct Tag<'t> {
    /// `#`, `^`, `/`, `&`, `!`, or nothing.
    pub(super) sign: Option<char>,
    pub(super) inside: &'t str,
    pub(super) is_escaped: bool,
    pub(super) strips_before: bool,
    pub(super) strips_after: bool,
    pub(super) after: &'t str,
}

impl<'t> Tag<'t> {
    pub(super) fn read(text: &'t str) -> Result<Self, String> {
        let open = text.strip_prefix("{{").unwrap_or(text);
        let (open, strips_before) = strip(open, '~');
        if let Some(comment) = open.strip_prefix('!') {
            return Self::comment(text, comment, strips_before);
        }
        let (open, is_triple) = match open.strip_prefix('{') {
            Some(inside) => (inside, true),
            None => (open, false),
        };
        let close = if is_triple { "}}}" } else { "}}" };
        let never_closed = || format!("`{}` is never closed: add `{close}`", shown(text));
        // In a triple, `}` may be followed by `~}}`.
        let end = end_of(open).ok_or_else(never_closed)?;
        let (inside, rest) = open.split_at(end);
        let rest = match is_triple {
            true => rest.strip_prefix('}').ok_or_else(never_closed)?,
            false => rest,
        };
        let (rest, tilde) = strip(rest, '~');
        let after = rest.strip_prefix("}}").ok_or_else(never_closed)?;
        let (inside, tilde_inside) = match inside.strip_suffix('~') {
            Some(inside) => (inside, true),
            None => (inside, false),
        };
        let sign = inside
            .chars()
            .next()
            .filter(|c| matches!(c, '#' | '^' | '/' | '&' | '>'));
        let inside = match sign {
            Some(sign) => inside.strip_prefix(sign).unwrap_or(inside),
            None => inside,
        };
        if sign == Some('>') || inside.starts_with(['>', '*']) {
            return Err(format!(
                "there are no partials: write out `{}`",
                shown(text)
            ));
        }
        Ok(Tag {
            sign,
            inside: inside.trim(),
            is_escaped: !is_triple && sign != Some('&'),
            strips_before,
            strips_after: tilde || tilde_inside,
            after,
        })
    }

    fn comment(text: &'t str, comment: &'t str, strips_before: bool) -> Result<Self, String> {
        let close = match comment.starts_with("--") {
            true => "--}}",
            false => "}}",
        };
        let long = comment.strip_prefix("--").unwrap_or(comment);
        let find = |close: &str| long.find(close).map(|at| (at, close.len()));
        let tilde = format!("{}~}}}}", close.trim_end_matches('}'));
        // `{{!--}}` is a comment, too.
        let short = || comment.find("}}").filter(|_| comment.starts_with("--}}"));
        let first = match (find(close), find(&tilde)) {
            (Some(one), Some(other)) => Some(if other.0 < one.0 { other } else { one }),
            (one, other) => one.or(other),
        };
        let (after, strips_after) = match (short(), first) {
            (Some(at), _) => (comment.get(at + 2..), false),
            (None, Some((at, length))) => {
                let strips =
                    length > close.len() || long.get(..at).is_some_and(|c| c.ends_with('~'));
                (long.get(at + length..), strips)
            }
            (None, None) => {
                return Err(format!("`{}` is never closed: add `{close}`", shown(text)));
            }
        };
        Ok(Tag {
            sign: Some('!'),
            inside: "",
            is_escaped: true,
            strips_before,
            strips_after,
            after: after.unwrap_or_default(),
        })
    }

    /// Whether the tag makes no text by itself, so that a line that has nothing else is left out.
    pub(super) fn is_line(&self) -> bool {
        match self.sign {
            Some('#' | '^' | '/' | '!') => true,
            None => self.inside == "else" || self.inside.starts_with("else "),
            Some(_) => false,
        }
    }
}

fn strip(text: &str, c: char) -> (&str, bool) {
    match text.strip_prefix(c) {
        Some(rest) => (rest, true),
        None => (text, false),
    }
}

/// The beginning of a text for a message.
fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line.to_owned(),
    }
}

/// Where the braces are that end a tag: not within a string or brackets.
fn end_of(text: &str) -> Option<usize> {
    let mut open: Option<char> = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match open {
            Some(close) if c == close && before != '\\' => open = None,
            Some(_) => {}
            None if c == '[' => open = Some(']'),
            None if matches!(c, '"' | '\'')
                && (before.is_whitespace() || "=(".contains(before)) =>
            {
                open = Some(c);
            }
            None => {
                let rest = text.get(at..).unwrap_or_default();
                if rest.starts_with("}}") || rest.starts_with("}~}}") {
                    return Some(at);
                }
            }
        }
        before = c;
    }
    None
}
