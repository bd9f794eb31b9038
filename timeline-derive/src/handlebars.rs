//! The header or the detail of a template: what its Handlebars refers to, and what is wrong with it.
//!
//! HubSpot does not say which Handlebars it runs. This follows the language's own rules; of the helpers it knows those
//! that the language brings, and `formatDate`, which is HubSpot's.

use std::mem::take;

use crate::suggest::nearest;
use crate::words::listed;

/// What a template's text refers to, and what is wrong with its syntax.
#[derive(Default)]
pub(crate) struct Text {
    /// Each path that is looked up in the event itself, once, in the order of the text.
    pub(crate) references: Vec<Reference>,
    /// Ready sentences without a full stop; the caller puts them at the literal.
    pub(crate) mistakes: Vec<String>,
    /// Words in single braces, `{petName}`, in the order of the text and once each, which are plain text in
    /// Handlebars: the caller says so where one is a token's name.
    pub(crate) single_braces: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) path: String,
    pub(crate) usage: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    Value,
    /// The argument of `formatDate`.
    Date,
    /// The argument of `each`.
    List,
}

/// The helpers that are blocks.
const BLOCKS: [&str; 5] = ["if", "unless", "each", "with", "formatDate"];
const NO_NAME: &str = "expected a token's name between the braces, as in `{{petName}}`";
const NO_OPERATORS: &str = "there are no operators and no filters";

pub(crate) fn read(text: &str) -> Text {
    let mut reader = Reader::default();
    let mut rest = text;
    loop {
        let (plain, tag) = cut(rest, rest.find("{{").unwrap_or(rest.len()));
        reader.plain(plain);
        if tag.is_empty() {
            break;
        }
        // Behind one backslash the braces are plain text; two are a backslash before a tag.
        let escaped = plain.ends_with('\\') && !plain.ends_with("\\\\");
        reader.owed |= escaped;
        rest = match escaped {
            true => tag.trim_start_matches('{'),
            false => reader.tag(tag),
        };
    }
    let open = reader.blocks.iter().filter(|block| !block.told);
    reader.text.mistakes.extend(open.map(Block::never_closed));
    reader.text
}

#[derive(Default)]
struct Reader<'a> {
    text: Text,
    /// The tag that is being read, for messages.
    tag: String,
    /// The blocks that are open, the outermost first.
    blocks: Vec<Block<'a>>,
    /// Blocks that were told to lack an end, which may yet come in the wrong place.
    missed: Vec<&'a str>,
    /// A `}}` is to come whose `{{` is plain text, or was told to lack it.
    owed: bool,
}

#[derive(Default)]
struct Block<'a> {
    tag: String,
    name: &'a str,
    /// Names inside, and those that `as |…|` gives, belong to something of which nothing is known.
    enters: bool,
    has_else: bool,
    /// What was said already explains why the end is missing.
    told: bool,
}

impl<'a> Block<'a> {
    /// The name of the right end, also where the beginning is misspelt.
    fn end(&self) -> &'a str {
        block_like(self.name).unwrap_or(self.name)
    }

    fn never_closed(&self) -> String {
        let (tag, end) = (&self.tag, self.end());
        format!("{tag} is never closed: add `{{{{/{end}}}}}`")
    }
}

/// A name and what it is called with, each argument as it is written.
#[derive(Default)]
struct Call<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    /// The values of `key=value`.
    values: Vec<&'a str>,
    /// Has `as |item index|`.
    names: bool,
}

impl<'a> Reader<'a> {
    fn say(&mut self, mistake: String) {
        self.text.mistakes.push(mistake);
    }

    fn plain(&mut self, text: &str) {
        for word in text.split_whitespace().filter(|word| word.contains("}}")) {
            if !take(&mut self.owed) {
                let place = format!("in {}: HubSpot would show it", quote(word));
                self.say(format!("`}}}}` without `{{{{` {place}"));
            }
        }
        for (word, after) in text.split('{').filter_map(|word| word.split_once('}')) {
            let word = word.trim();
            let known = self.text.single_braces.iter().any(|known| known == word);
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
            if !word.is_empty() && word.chars().all(is_name) && !known && !after.starts_with('}') {
                self.text.single_braces.push(word.to_owned());
            }
        }
    }

    /// Reads the tag that the text begins with, and returns what follows it.
    fn tag(&mut self, text: &'a str) -> &'a str {
        let inside = text.trim_start_matches('{');
        let open = text.len() - inside.len();
        if let Some(comment) = inside.strip_prefix('~').unwrap_or(inside).strip_prefix('!') {
            return self.comment(comment);
        }
        let (at, close) = end_of_tag(inside);
        let body = cut(inside, at).0.trim_matches('~');
        // `{{~{html}~}}`
        let html = body
            .strip_prefix('{')
            .and_then(|html| html.strip_suffix('}'));
        let body = html.unwrap_or(body);
        let (tag, rest) = cut(text, open + at + close);
        self.tag = quote(tag);
        let ends = "}".repeat(open);
        if close == 0 {
            self.say(format!("{} is never closed: add `{ends}`", self.tag));
            self.owed = true;
            // It may still begin or end a block.
            self.guess(|reader| reader.body(body, open));
            return rest;
        }
        let owed = close == open + 2 && take(&mut self.owed);
        if close != open && open < 4 && !owed {
            let slip = format!("begins with {open} braces and ends in {close}");
            self.say(format!("{} {slip}: end it in `{ends}`", self.tag));
        }
        self.body(body, open);
        rest
    }

    fn comment(&mut self, comment: &'a str) -> &'a str {
        let dashes = if comment.starts_with("--") { "--" } else { "" };
        let is_end = |at: &usize| cut(comment, *at).0.trim_end_matches('~').ends_with(dashes);
        let mut ends = comment.match_indices("}}").map(|(at, _)| at);
        if let Some(at) = ends.find(is_end) {
            return cut(comment, at + 2).1;
        }
        let (text, rest) = comment.split_once("}}").unwrap_or((comment, ""));
        let tag = quote(&format!("{{{{!{text}"));
        self.say(format!("{tag} is never closed: add `{dashes}}}}}`"));
        rest
    }

    /// Reads what stands between the braces.
    fn body(&mut self, body: &'a str, braces: usize) {
        let trimmed = body.trim_start();
        let sigil = trimmed.chars().next().filter(|c| "#^/&".contains(*c));
        let inside = cut(trimmed, sigil.map_or(0, char::len_utf8)).1.trim();
        let name = head(inside);
        let partial = inside.starts_with(['>', '*']);
        let tag = &self.tag;
        if let Some(sigil) = sigil
            && (braces == 3 || trimmed.len() < body.len())
        {
            self.say(format!("`{sigil}` belongs right behind `{{{{` in {tag}"));
        } else if sigil == Some('#') && name == "else" {
            self.say(format!("`else` takes no `#`: write `{{{{{inside}}}}}`"));
        }
        let tag = &self.tag;
        match sigil {
            None | Some('#') if name == "else" => self.otherwise(inside),
            Some('^') if name.is_empty() => self.otherwise(inside),
            Some('/') => self.close(inside),
            _ if partial => {
                self.say(format!("HubSpot has no partials: write out {tag}"));
                if sigil == Some('#') {
                    self.open(head(inside.trim_start_matches(['>', '*', ' '])), true);
                }
            }
            _ if braces > 3 => {
                let right = "write two braces";
                self.say(format!("HubSpot has no raw blocks: {right} in {tag}"));
                self.open(name, true);
            }
            Some('#') => self.enter("#", inside),
            Some('^') => self.enter("^", inside),
            _ => self.inline(inside),
        }
    }

    fn open(&mut self, name: &'a str, told: bool) {
        self.blocks.push(Block {
            tag: self.tag.clone(),
            name,
            told,
            ..Block::default()
        });
    }

    /// Begins a block. `else ` before its name goes on with the block that is open.
    fn enter(&mut self, lead: &str, inside: &'a str) {
        let name = head(inside);
        let helper = block_like(name);
        let usage = match helper {
            Some("each") => Usage::List,
            Some("formatDate") => Usage::Date,
            _ => Usage::Value,
        };
        let call = self.parse(inside);
        let (tag, count) = (&self.tag, call.arguments.len());
        let unknown = format!("unknown block {}", quote(&format!("{{{{{lead}{name}}}}}")));
        match helper {
            _ if call.name.is_empty() => {}
            Some(helper) if helper != name => {
                let right = format!("`{{{{{lead}{helper} …}}}}`");
                self.say(format!("{unknown}; did you mean {right}?"));
            }
            Some(_) if count == 0 => {
                let right = format!("`{{{{{lead}{name} petName}}}}`");
                self.say(format!("{tag} has no argument: write {right}"));
            }
            Some(_) if count > 1 => {
                let rule = format!("`{name}` takes one, and a name has no spaces");
                self.say(format!("{tag} has {count} arguments: {rule}"));
            }
            Some(_) => {}
            None if count == 0 && call.values.is_empty() => self.look_up(name, usage),
            None => {
                let known = listed(BLOCKS.into_iter());
                self.say(format!("{unknown}; the blocks are {known}"));
            }
        }
        if let ([argument], Some(_)) = (call.arguments.as_slice(), helper) {
            self.resolve(argument, usage);
        }
        for value in call.values {
            self.resolve(value, Usage::Value);
        }
        if lead != "else " {
            self.open(name, name.is_empty());
        }
        if let Some(block) = self.blocks.last_mut() {
            block.enters = lead != "^" && !matches!(helper, Some("if" | "unless" | "formatDate"));
        }
    }

    fn otherwise(&mut self, inside: &'a str) {
        let next = inside.strip_prefix("else").unwrap_or(inside).trim_start();
        let tag = &self.tag;
        let Some(block) = self.blocks.last_mut() else {
            let right = "it goes between `{{#if petName}}` and `{{/if}}`";
            return self.say(format!("{tag} is outside of a block: {right}"));
        };
        block.enters = false;
        if block.has_else && !block.told {
            let mistake = format!("{tag} comes after the `{{{{else}}}}` of {}", block.tag);
            return self.say(mistake);
        }
        block.has_else = next.is_empty();
        if !next.is_empty() {
            self.enter("else ", next);
        }
    }

    fn close(&mut self, inside: &'a str) {
        let (name, tag) = (head(inside), &self.tag);
        if name.is_empty() {
            let end = self.blocks.pop().map_or("if", |block| block.end());
            return self.say(format!("{tag} needs a name: write `{{{{/{end}}}}}`"));
        } else if inside != name {
            self.say(format!("{tag} takes no argument: write `{{{{/{name}}}}}`"));
        }
        let ended = |block: &Block<'_>| [name, ""].contains(&block.name) || block.end() == name;
        let tag = &self.tag;
        if let Some(at) = self.blocks.iter().rposition(ended) {
            for block in self.blocks.split_off(at).iter().skip(1) {
                self.missed.push(block.name);
                if !block.told {
                    self.say(format!("{} before `{{{{/{name}}}}}`", block.never_closed()));
                }
            }
        } else if let Some(at) = self.missed.iter().position(|missed| *missed == name) {
            self.missed.remove(at);
        } else if let Some(block) = self.blocks.last_mut() {
            block.told = true;
            let (open, end) = (&block.tag, block.end());
            let mistake = format!("{tag} does not close {open}: expected `{{{{/{end}}}}}`");
            self.say(mistake);
        } else {
            self.say(format!("{tag} closes nothing: no block is open"));
        }
    }

    fn inline(&mut self, inside: &'a str) {
        let call = self.parse(inside);
        let name = call.name;
        let alone = call.arguments.is_empty() && call.values.is_empty();
        let block = block_like(name).filter(|helper| *helper == name || !alone);
        if name.is_empty() {
            // Told by `parse`.
        } else if call.names {
            let tag = &self.tag;
            self.say(format!("only a block takes `as |…|`: begin {tag} with `#`"));
        } else if matches!(name, "lookup" | "log") {
            self.call(&call);
        } else if let Some(helper) = block {
            let given = shorten(inside.strip_prefix(name).unwrap_or_default());
            let begin = format!("{{{{#{helper} {}}}}}", if alone { "…" } else { &given });
            self.say(match helper {
                _ if helper != name => format!("unknown helper `{name}`; did you mean `{begin}`?"),
                "formatDate" => format!("`{name}` is a block: write `{begin}{{{{/{name}}}}}`"),
                _ => format!("a block begins with `#`: `{begin}…{{{{/{name}}}}}`"),
            });
            self.guess(|reader| reader.enter("#", inside));
        } else if alone {
            self.look_up(name, Usage::Value);
        } else {
            self.call(&call);
        }
    }

    /// Reads a call of a helper that is no block.
    fn call(&mut self, call: &Call<'a>) {
        let (name, count) = (call.name, call.arguments.len());
        let words = count > 0 && call.arguments.iter().all(|word| is_path(word));
        let hint = match nearest(name, ["lookup", "else if"]) {
            _ if name == "log" || (name == "lookup" && count == 2) => {
                let values = call.arguments.iter().chain(&call.values);
                return values.for_each(|value| self.resolve(value, Usage::Value));
            }
            _ if name == "lookup" => {
                let right = "as in `{{lookup extraData \"key\"}}`";
                return self.say(format!("`lookup` takes two arguments, {right}"));
            }
            Some(near) => format!("; did you mean `{near}`?"),
            None if words && call.values.is_empty() => ": a token's name has no spaces".to_owned(),
            None => ": the helpers are `lookup` and `log`".to_owned(),
        };
        self.say(format!("unknown helper {}{hint}", quote(name)));
    }

    fn resolve(&mut self, value: &'a str, usage: Usage) {
        if let Some(inner) = value.strip_prefix('(') {
            let call = self.parse(inner.strip_suffix(')').unwrap_or(inner));
            if !call.name.is_empty() {
                self.call(&call);
            }
        } else if !is_literal(value) {
            self.look_up(value, usage);
        }
    }

    /// The call, without a name if that was told to be wrong.
    fn parse(&mut self, text: &'a str) -> Call<'a> {
        parse(text).unwrap_or_else(|mistake| {
            self.say(mistake);
            Call::default()
        })
    }

    /// Notes a path if it leads into the event.
    fn look_up(&mut self, word: &'a str, usage: Usage) {
        let depth = self.blocks.iter().filter(|block| block.enters).count();
        let (mut path, mut up) = (word, 0);
        if let Some(variable) = word.strip_prefix('@') {
            match variable.strip_prefix("root.") {
                Some(rest) => (path, up) = (rest, depth),
                // `@index` and others are not of the event.
                None => return,
            }
        }
        while let Some(rest) = path.strip_prefix("../") {
            (path, up) = (rest, up + 1);
        }
        let this = ["this.", "this/", "./"];
        let own = this.iter().find_map(|this| path.strip_prefix(this));
        up += usize::from(path == "..");
        let parts = match path {
            "this" | "." | ".." => Some(Vec::new()),
            _ => segments(own.unwrap_or(path)),
        };
        let Some(parts) = parts else {
            let right = "names are joined by single dots, as in `pet.name` or `pets.[0]`";
            return self.say(format!("{} is not a path: {right}", quote(word)));
        };
        if up > depth {
            let right = "only `each`, `with` and `{{#name}}` go a step in";
            return self.say(format!("{} climbs out of the event: {right}", quote(word)));
        } else if up < depth {
            return;
        }
        let reference = Reference {
            path: parts.join("."),
            usage,
        };
        if !parts.is_empty() && !self.text.references.contains(&reference) {
            self.text.references.push(reference);
        }
    }

    /// Reads what was told to be wrong already: nothing more is said of it, nor of the end of a block that it begins.
    fn guess(&mut self, read: impl FnOnce(&mut Self)) {
        let (said, open) = (self.text.mistakes.len(), self.blocks.len());
        read(self);
        self.text.mistakes.truncate(said);
        for block in self.blocks.iter_mut().skip(open) {
            block.told = true;
        }
    }
}

/// The places of a text that are not within a string or a `[segment]`, and what follows there.
fn outside(text: &str) -> impl Iterator<Item = (usize, char, &str)> {
    let (mut at, mut before) = (0, None);
    std::iter::from_fn(move || {
        let (here, rest) = (at, cut(text, at).1);
        let next = rest.chars().next()?;
        at += quoted(before, rest).unwrap_or(next.len_utf8());
        before = cut(text, at).0.chars().next_back();
        Some((here, next, rest))
    })
}

/// How long the tag is whose braces are before this text, and how many braces end it: none if another tag comes first.
fn end_of_tag(text: &str) -> (usize, usize) {
    let end = outside(text).find_map(|(at, _, rest)| {
        let braces = rest.len() - rest.trim_start_matches('}').len();
        // A lone `}` is a slip inside of the tag if the right end is still to come.
        let to_come = || rest.split("{{").take(1).any(|rest| rest.contains("}}"));
        let ends = rest.starts_with("{{") || braces > 1 || (braces == 1 && !to_come());
        ends.then_some((at, braces))
    });
    end.unwrap_or((text.len(), 0))
}

fn end_of_group(text: &str) -> Option<usize> {
    let mut depth = 0;
    outside(text).find_map(|(at, next, _)| {
        depth += i32::from(next == '(') - i32::from(next == ')');
        (depth == 0).then_some(at + 1)
    })
}

/// How long the string or the `[segment]` is that begins here. One that would reach into the next tag has no end.
fn quoted(before: Option<char>, text: &str) -> Option<usize> {
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
fn tokens(mut text: &str) -> Result<Vec<&str>, String> {
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
fn word(text: &str) -> Result<&str, String> {
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

fn parse(text: &str) -> Result<Call<'_>, String> {
    let mut call = Call::default();
    if text.matches('(').count() > 100 {
        // The compiler's stack has an end.
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

/// Whether it is looked up when it is all that a tag has.
fn is_path(token: &str) -> bool {
    !token.starts_with(['"', '\'', '('])
}

fn is_literal(token: &str) -> bool {
    let words = ["true", "false", "null", "undefined"];
    let is_number =
        token.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && token.parse::<f64>().is_ok();
    !is_path(token) || words.contains(&token) || is_number
}

/// The names in a path, without the brackets of segments.
fn segments(mut path: &str) -> Option<Vec<&str>> {
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
        path = rest.strip_prefix(['.', '/'])?;
    }
}

/// The word that the text begins with, whatever it is made of.
fn head(text: &str) -> &str {
    word(text).unwrap_or_else(|_| text.split_whitespace().next().unwrap_or_default())
}

/// The helper that a block's name is, or is near to.
fn block_like(name: &str) -> Option<&'static str> {
    // Too short for `nearest`.
    let iff = (name == "iff").then_some("if");
    iff.or_else(|| nearest(name, BLOCKS))
}

/// The user's own text in a message.
fn quote(text: &str) -> String {
    format!("`{}`", shorten(text))
}

/// In one line, and at most 40 characters of it.
fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", cut(&line, end).0),
        None => line,
    }
}

/// The text before and after the place, which is the end of a character.
fn cut(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::{Usage, read};

    /// Each line is a text, ` => `, and what is found in it, joined by ` + `.
    fn check(table: &str, found: impl Fn(&str) -> Vec<String>) {
        for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (text, expected) = line.split_once(" =>").unwrap();
            assert_eq!(found(text).join(" + "), expected.trim(), "{text}");
        }
    }

    fn references(text: &str) -> Vec<String> {
        let text = read(text);
        assert_eq!(text.mistakes, [""; 0]);
        let shown = text
            .references
            .into_iter()
            .map(|reference| match reference.usage {
                Usage::Value => reference.path,
                Usage::Date => format!("{} (date)", reference.path),
                Usage::List => format!("{} (list)", reference.path),
            });
        shown.collect()
    }

    #[test]
    fn what_is_looked_up_in_the_event() {
        let table = r##"
            no tags, }, { } and \{{a}} =>
            {{a}} {{{b}}} {{&c}} {{~d~}} {{ e }} {{{ f }}} {{~{g}~}} => a + b + c + d + e + f + g
            {{a}} {{b}} {{a}} {{#each a}}{{/each}} => a + b + a (list)
            \\{{a}} \{{b}} {{c}} => a + c
            {{! a }} {{!-- {{b}} --}} {{!--}} {{d}} {{~!-- c --~}} {{e}} {{!~}} {{f}} {{!-- --}} => d + e + f
            {{pet.name}} {{pet-name}} {{pet_2}} {{[a b].c}} {{x.[y].z}} {{é}} {{p/q}} => pet.name + pet-name + pet_2 + a b.c + x.y.z + é + p.q
            {{this}} {{.}} {{this.a}} {{./b}} {{this/c}} => a + b + c
            {{@index}} {{@key}} {{@first}} {{@last}} {{@../index}} {{@root}} {{@root.a.b}} => a.b
            {{7}} {{true}} => 7 + true
            {{elsewhere}} {{iffy}} {{logs}} => elsewhere + iffy + logs
            {{# if a }}{{b}}{{else if c}}{{d}}{{else}}{{e}}{{/if }} => a + b + c + d + e
            {{#unless a}}{{b}}{{^}}{{c}}{{/unless}} {{~#if d~}} {{~else~}} {{~/if~}} => a + b + c + d
            {{#formatDate at}}{{/formatDate}} {{#formatDate at format="}}" zone=z}}{{b}}{{/formatDate}} => at (date) + z + b
            {{#each a.b}}{{c}}{{this.d}}{{this}}{{.}}{{else}}{{e}}{{/each}}{{f}} => a.b (list) + e + f
            {{#with a}}{{b}}{{else with c}}{{d}}{{else}}{{e}}{{/with}} => a + c + e
            {{#a}}{{b}}{{../c}}{{/a}}{{^d}}{{e}}{{/d}}{{#[f g]}}{{/[f g]}} => a + c + d + e + f g
            {{#each a}}{{#if b}}{{../c}}{{#with d}}{{../e}}{{../../f}}{{../..}}{{@root.g}}{{/with}}{{/if}}{{/each}} => a (list) + c + f + g
            {{#each a as |item index|}}{{item.b}}{{index}}{{#if item}}{{../item}}{{/if}}{{else}}{{item}}{{/each}} => a (list) + item
            {{#with a as |b|}}{{b}}{{b.c}}{{/with}} {{#d as |e f|}}{{e}}{{f}}{{/d}} => a + d
            {{lookup extraData "a (b"}} {{lookup (lookup a 0) -1.5}} {{log "x" level=b}} => extraData + a + b
            {{#if ( lookup a "b" ) }}{{/if}} {{#each null}}{{/each}} {{#if undefined}}{{/if}} {{log}} {{log true false}} {{#if inf}}{{/if}} => a + inf
            {{#formatDate a b = 'it\'s'}}{{/formatDate}} => a (date)
            {{#each extraData.items}}{{name}}{{/each}} => extraData.items (list)
        "##;
        check(table, references);
    }

    #[test]
    fn what_is_wrong() {
        let table = r##"
            {{a => `{{a` is never closed: add `}}`
            {{a {{b}} c}} => `{{a` is never closed: add `}}`
            {{{a and {{#if {{b}}}} {{/if}} => `{{{a and` is never closed: add `}}}` + `{{#if` is never closed: add `}}`
            {{{a}} => `{{{a}}` begins with 3 braces and ends in 2: end it in `}}}`
            {{a}}} => `{{a}}}` begins with 2 braces and ends in 3: end it in `}}`
            {{a} {{b}} => `{{a}` begins with 2 braces and ends in 1: end it in `}}`
            {{a}b}} => unexpected `}` in `a}b`: CHARACTERS
            a}} b}} \{{c}} => `}}` without `{{` in `a}}`: HubSpot would show it + `}}` without `{{` in `b}}`: HubSpot would show it
            {{}} {{ }} {{~}} => NO_NAME + NO_NAME + NO_NAME
            {{"a b"}} {{(lookup a 0)}} {{#}} => NO_NAME + NO_NAME + NO_NAME
            {{! a => `{{! a` is never closed: add `}}`
            {{!-- a }} {{b.}} => `{{!-- a` is never closed: add `--}}` + `b.` is not a path: PATH
            {{ #if a}}{{{/if}}} => `#` belongs right behind `{{` in `{{ #if a}}` + `/` belongs right behind `{{` in `{{{/if}}}`
            {{#if a}}{{#each b}} => `{{#if a}}` is never closed: add `{{/if}}` + `{{#each b}}` is never closed: add `{{/each}}`
            {{#if a}}{{#each b}}{{/if}}{{/each}}{{/each}} => `{{#each b}}` is never closed: add `{{/each}}` before `{{/if}}` + `{{/each}}` closes nothing: no block is open
            {{#if a}}{{/each}}{{/if}}{{/each}} => `{{/each}}` does not close `{{#if a}}`: expected `{{/if}}` + `{{/each}}` closes nothing: no block is open
            {{#if a}}{{/iff}} => `{{/iff}}` does not close `{{#if a}}`: expected `{{/if}}`
            {{#if a}}{{/}} {{#if b}}{{/if b}} => `{{/}}` needs a name: write `{{/if}}` + `{{/if b}}` takes no argument: write `{{/if}}`
            {{#if a}}{{/if => `{{/if` is never closed: add `}}`
            {{else}}{{^}} => `{{else}}` is outside of a block: ELSE + `{{^}}` is outside of a block: ELSE
            {{#if a}}{{else}}{{else if b}}{{/if}} => `{{else if b}}` comes after the `{{else}}` of `{{#if a}}`
            {{#if a}}{{#else}}{{/if}} => `else` takes no `#`: write `{{else}}`
            {{#if}}{{/if}}{{#each}}{{/each}} => `{{#if}}` has no argument: write `{{#if petName}}` + `{{#each}}` has no argument: write `{{#each petName}}`
            {{#if a}}{{else unless}}{{/if}} => `{{else unless}}` has no argument: write `{{else unless petName}}`
            {{#with pet name}}{{/with}} => `{{#with pet name}}` has 2 arguments: `with` takes one, and a name has no spaces
            {{#formatDate a=b}}{{/formatDate}} => `{{#formatDate a=b}}` has no argument: write `{{#formatDate petName}}`
            {{formatDate a}} => `formatDate` is a block: write `{{#formatDate a}}{{/formatDate}}`
            {{each a}}{{else}}{{/each}} {{if}} => a block begins with `#`: `{{#each a}}…{{/each}}` + a block begins with `#`: `{{#if …}}…{{/if}}`
            {{formatdate a}}{{/formatdate}} => unknown helper `formatdate`; did you mean `{{#formatDate a}}`?
            {{#eahc a}}{{/each}} {{#iff}}{{/iff}} => unknown block `{{#eahc}}`; did you mean `{{#each …}}`? + unknown block `{{#iff}}`; did you mean `{{#if …}}`?
            {{#if a}}{{else iff b}}{{/if}}{{^wiht c}}{{/wiht}} => unknown block `{{else iff}}`; did you mean `{{else if …}}`? + unknown block `{{^wiht}}`; did you mean `{{^with …}}`?
            {{#pet name}}{{/pet}} => unknown block `{{#pet}}`; the blocks are `if`, `unless`, `each`, `with` and `formatDate`
            {{pet name}} => unknown helper `pet`: a token's name has no spaces
            {{a(b)}} {{a b "c"}} => unknown helper `a`: HELPERS + unknown helper `a`: HELPERS
            {{foo "a"}} {{foo a=b}} {{#if (foo)}}{{/if}} => unknown helper `foo`: HELPERS + unknown helper `foo`: HELPERS + unknown helper `foo`: HELPERS
            {{lokup a 0}} {{elseif a}} => unknown helper `lokup`; did you mean `lookup`? + unknown helper `elseif`; did you mean `else if`?
            {{lookup a}} {{#if (lookup)}}{{/if}} => `lookup` takes two arguments, as in `{{lookup extraData "key"}}` + `lookup` takes two arguments, as in `{{lookup extraData "key"}}`
            {{a as |b|}} => only a block takes `as |…|`: begin `{{a as |b|}}` with `#`
            {{> a}} {{#> b}}{{/b}} {{#*inline "c"}}{{/inline}} => HubSpot has no partials: write out `{{> a}}` + HubSpot has no partials: write out `{{#> b}}` + HubSpot has no partials: write out `{{#*inline "c"}}`
            {{#> a}} {{{{b}} => HubSpot has no partials: write out `{{#> a}}` + HubSpot has no raw blocks: write two braces in `{{{{b}}`
            {{{{a}}}} b {{{{/a}}}} => HubSpot has no raw blocks: write two braces in `{{{{a}}}}`
            {{a..b}} {{.a}} {{a.}} {{../}} {{items[0]}} => `a..b` is not a path: PATH + `.a` is not a path: PATH + `a.` is not a path: PATH + `../` is not a path: PATH + `items[0]` is not a path: PATH
            {{#if a.b.}}{{../c}}{{/if}}{{..}}{{../this.d}} => `a.b.` is not a path: PATH + `../c` climbs out of the event: CLIMBS + `..` climbs out of the event: CLIMBS + `../this.d` climbs out of the event: CLIMBS
            {{a,b}} {{#if a && b}}{{/if}} => unexpected `,` in `a,b`: CHARACTERS + unexpected `&` in `&&`: OPERATORS
            {{it's a's}} {{a@b}} => unexpected `'` in `it's`: CHARACTERS + unexpected `@` in `a@b`: CHARACTERS
            {{#if a == b}}{{/if}} {{a)}} {{a | b}} {{a||b}} => unexpected `==` in `if a == b`: OPERATORS + unexpected `)` in `a)`: OPERATORS + unexpected `|` in `a | b`: OPERATORS + unexpected `|` in `a||b`: OPERATORS
            {{#formatDate a b=}}{{/formatDate}} {{log b= =c}} => expected a value behind `b=` + expected a value behind `b=`
            {{#}}{{/a}} {{#if b}}{{#}}{{/}}{{/if}} => NO_NAME + NO_NAME + `{{/}}` needs a name: write `{{/}}`
            {{log "a}} {{log 'b}} {{log c="d}} => `"a` is never closed: add `"` + `'b` is never closed: add `'` + `"d` is never closed: add `"`
            {{a.[b}} {{#if (a}}{{/if}} {{#if a as |b}}{{/if}} => `[` without `]` in `a.[b` + `(a` is never closed: add `)` + `|b` is never closed: add `|`
            {{a aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa => `{{a aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` is never closed: add `}}`
        "##;
        let table = table.replace("NO_NAME", super::NO_NAME);
        let table = table.replace(
            "PATH",
            "names are joined by single dots, as in `pet.name` or `pets.[0]`",
        );
        let table = table.replace("ELSE", "it goes between `{{#if petName}}` and `{{/if}}`");
        let table = table.replace("CLIMBS", "only `each`, `with` and `{{#name}}` go a step in");
        let table = table.replace("HELPERS", "the helpers are `lookup` and `log`");
        let table = table.replace("OPERATORS", super::NO_OPERATORS);
        let table = table.replace("CHARACTERS", "a name has letters, digits, `.`, `-` and `_`");
        check(&table, |text| read(text).mistakes);
    }

    #[test]
    fn characters_that_no_path_has() {
        for c in "!\"#%&'*+,;<>@\\]^`{}~()=|".chars() {
            assert_eq!(read(&format!("{{{{a{c}b}}}}")).mistakes.len(), 1, "{c}");
            let segment = read(&format!("{{{{[a{c}b]}}}}")).mistakes;
            assert_eq!(segment.len(), usize::from(c == ']'), "{c}");
        }
    }

    #[test]
    fn what_a_mistake_leaves_to_be_looked_up() {
        let found = |text: &str| {
            read(text)
                .references
                .into_iter()
                .map(|found| found.path)
                .collect()
        };
        let table = "
            {{a} {{b}}} {{{c}} {{d {{e}} => a + b + c + d + e
            {{formatDate a}} {{each b}}{{c}}{{/each}} {{d}} => a + b + d
            {{#eahc a}}{{b}}{{/eahc}} {{#iff c}}{{d}}{{/if}} => a + c + d
            {{pet name}} {{#if pet name}}{{a}}{{/if}} {{#foo b}}{{c}}{{/foo}} => a
            {{a}} {{#if b}} => a + b
        ";
        check(table, found);
    }

    #[test]
    fn words_in_single_braces() {
        let table = "
            {petName} { pet.name } {a-b_2} {petName} => petName + pet.name + a-b_2
            {{a}} {{{b}}} {not this} {} { } {c}} \\{{d}} {{! {e} }} {é} => é
        ";
        check(table, |text| read(text).single_braces);
    }

    #[test]
    fn any_text_can_be_read() {
        let pieces = "{{ }} # / each a { } \" | [ . .. ( é ] ) = as ! -- ^ > ~ else if \\ '";
        let pieces: Vec<&str> = pieces.split(' ').chain([" "]).collect();
        let mut seed = 1_u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % below
        };
        for _ in 0..5_000 {
            let text: String = (0..next(20)).map(|_| pieces[next(pieces.len())]).collect();
            let found = read(&text);
            assert!(
                found.mistakes.iter().all(|mistake| !mistake.ends_with('.')),
                "{text}"
            );
        }
        let deep = format!(
            "{{{{log {}a{}}}}}",
            "(log ".repeat(50_000),
            ")".repeat(50_000)
        );
        assert_eq!(read(&deep).mistakes.len(), 1);
        let _ = read(&"{{#if a}}".repeat(1_000));
    }
}
