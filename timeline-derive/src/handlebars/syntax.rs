//! The text inside one pair of braces: words, strings, groups and paths.

pub(super) const NO_NAME: &str = "expected a token's name between the braces, as in `{{petName}}`";
pub(super) const NO_OPERATORS: &str = "there are no operators and no filters";

/// A name and what it is called with, each argument as it is written.
#[derive(Default)]
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: Vec<&'a str>,
    /// The values of `key=value`.
    pub(super) values: Vec<&'a str>,
    /// Has `as |item index|`.
    pub(super) names: bool,
}

/// The places of a text that are not within a string or a `[segment]`, and what follows there.
pub(super) fn outside(text: &str) -> impl Iterator<Item = (usize, char, &str)> {
    let (mut at, mut before) = (0, None);
    std::iter::from_fn(move || {
        let (here, rest) = (at, cut(text, at).1);
        let next = rest.chars().next()?;
        at += quoted(before, rest).unwrap_or(next.len_utf8());
        before = cut(text, at).0.chars().next_back();
        Some((here, next, rest))
    })
}

/// The length of the tag whose opening braces are before this text, and the number of braces that end it: 0 if another
/// tag comes first.
pub(super) fn end_of_tag(text: &str) -> (usize, usize) {
    let end = outside(text).find_map(|(at, _, rest)| {
        let braces = rest.len() - rest.trim_start_matches('}').len();
        // A lone `}` is a slip inside of the tag if the right end is still to come.
        let to_come = || rest.split("{{").take(1).any(|rest| rest.contains("}}"));
        let ends = rest.starts_with("{{") || braces > 1 || (braces == 1 && !to_come());
        ends.then_some((at, braces))
    });
    end.unwrap_or((text.len(), 0))
}

pub(super) fn end_of_group(text: &str) -> Option<usize> {
    let mut depth = 0;
    outside(text).find_map(|(at, next, _)| {
        depth += i32::from(next == '(') - i32::from(next == ')');
        (depth == 0).then_some(at + 1)
    })
}

/// The length of the string or the `[segment]` that begins here. `None` if it would reach into the next tag.
pub(super) fn quoted(before: Option<char>, text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let end = match first {
        '[' => ']',
        '"' | '\'' if before.is_none_or(|c| c.is_whitespace() || c == '=') => first,
        _ => return None,
    };
    let mut ends = text.match_indices(end).map(|(at, _)| at);
    let end = ends.find(|at| *at > 0 && !cut(text, *at).0.ends_with('\\'))?;
    (!cut(text, end).0.contains("{{")).then_some(end + 1)
}

/// Words, strings, `(…)`, `|…|` and `=`.
pub(super) fn tokens(mut text: &str) -> Result<Vec<&str>, String> {
    let mut tokens = Vec::new();
    loop {
        text = text.trim_start();
        let Some(first) = text.chars().next() else {
            return Ok(tokens);
        };
        let len = match first {
            '=' => Some(text.len() - text.trim_start_matches('=').len()),
            '|' if tokens.last() == Some(&"as") => {
                text.match_indices('|').nth(1).map(|(at, _)| at + 1)
            }
            '(' => end_of_group(text),
            '"' | '\'' => quoted(None, text),
            ')' | '|' => Some(1),
            _ => Some(word(text)?.len()),
        };
        let len = len.ok_or_else(|| {
            let end = if first == '(' { ')' } else { first };
            format!("{} is never closed: add `{end}`", quote(text))
        })?;
        let (token, rest) = cut(text, len);
        tokens.push(token);
        text = rest;
    }
}

/// The word that the text begins with.
pub(super) fn word(text: &str) -> Result<&str, String> {
    let mut wrong = None;
    let mut len = text.len();
    for (at, next, rest) in outside(text) {
        if next.is_whitespace() || "()=|".contains(next) {
            len = at;
            break;
        } else if next == '[' && quoted(None, rest).is_none() {
            return Err(format!("`[` without `]` in {}", quote(text)));
        } else if "!\"#%&'*+,;<>@\\]^`{}~".contains(next) && (next != '@' || at > 0) {
            wrong = wrong.or(Some(next));
        }
    }
    let word = cut(text, len).0;
    let rule = match word.contains(char::is_alphanumeric) {
        true => "a name has letters, digits, `.`, `-` and `_`",
        false => NO_OPERATORS,
    };
    match wrong {
        Some(wrong) => Err(format!("unexpected `{wrong}` in {}: {rule}", quote(word))),
        None => Ok(word),
    }
}

pub(super) fn parse(text: &str) -> Result<Call<'_>, String> {
    let mut call = Call::default();
    if text.matches('(').count() > 100 {
        // Deep nesting would overflow the compiler's stack.
        return Err(format!("too many parentheses in {}", quote(text)));
    }
    let tokens = tokens(text)?;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if token == "as" && tokens.next_if(|next| next.starts_with('|')).is_some() {
            call.names = true;
        } else if tokens.next_if_eq(&"=").is_some() {
            let missing = || format!("expected a value behind `{token}=`");
            let value = tokens.next_if(|next| !next.starts_with(['=', ')', '|']));
            call.values.push(value.ok_or_else(missing)?);
        } else if token.starts_with(['=', ')', '|']) {
            let place = quote(text);
            return Err(format!("unexpected `{token}` in {place}: {NO_OPERATORS}"));
        } else if call.name.is_empty() && is_path(token) {
            call.name = token;
        } else {
            call.arguments.push(token);
        }
    }
    let named = !call.name.is_empty();
    named.then_some(call).ok_or_else(|| NO_NAME.to_owned())
}

/// Whether the token is looked up in the event if the tag has nothing else.
pub(super) fn is_path(token: &str) -> bool {
    !token.starts_with(['"', '\'', '('])
}

pub(super) fn is_literal(token: &str) -> bool {
    let words = ["true", "false", "null", "undefined"];
    let is_number =
        token.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && token.parse::<f64>().is_ok();
    !is_path(token) || words.contains(&token) || is_number
}

/// The names in a path, without the brackets of segments. `indexed`: a number in brackets may stand right behind a name.
pub(super) fn segments(mut path: &str, indexed: bool) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    loop {
        let len = match path.chars().next()? {
            '[' => quoted(None, path)?,
            _ => path.find(['.', '/', '[']).unwrap_or(path.len()),
        };
        let (part, rest) = cut(path, len);
        if part.is_empty() {
            return None;
        }
        let inner = part
            .strip_prefix('[')
            .and_then(|part| part.strip_suffix(']'));
        parts.push(inner.unwrap_or(part));
        if rest.is_empty() {
            return Some(parts);
        }
        let is_index = indexed && rest.starts_with('[');
        path = if is_index {
            rest
        } else {
            rest.strip_prefix(['.', '/'])?
        };
    }
}

/// The word that the text begins with, whatever it is made of.
pub(super) fn head(text: &str) -> &str {
    word(text).unwrap_or_else(|_| text.split_whitespace().next().unwrap_or_default())
}

/// The user's own text in a message.
pub(super) fn quote(text: &str) -> String {
    format!("`{}`", shorten(text))
}

/// The text in one line, cut after 40 characters.
pub(super) fn shorten(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", cut(&line, end).0),
        None => line,
    }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text before and after the place, which is the end of a character.
pub(super) fn cut(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}
