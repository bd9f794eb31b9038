//! The header or the detail of a template: what its Handlebars refers to, and what is wrong with it.
//!
//! HubSpot does not say which Handlebars it runs. This follows the language's own rules; of the helpers it knows those
//! that the language brings, and `formatDate`, which is HubSpot's.

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod syntax;
#[cfg(test)]
mod tests;

use std::mem::take;

use self::syntax::{
    Call, cut, end_of_tag, head, is_literal, is_path, one_line, parse, quote, segments, shorten,
};
use crate::suggest::listed;
use crate::suggest::{fold, nearest};

/// What a template's text refers to, and what is wrong with its syntax.
#[derive(Default)]
pub(crate) struct Text {
    /// Each path that is looked up in the event itself, once, in the order of the text.
    pub(crate) references: Vec<Reference>,
    /// Ready sentences without a full stop; the caller puts them at the literal.
    pub(crate) mistakes: Vec<String>,
    /// Words in single braces, `{petName}`, `{petName:?}` or `{}`, in the order of the text and once each, which are plain
    /// text in Handlebars: the caller says so where one is a token's name.
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
    let open = reader.blocks.iter().filter(|block| !block.reported);
    reader.text.mistakes.extend(open.map(Block::never_closed));
    // A name in brackets may have any character in it, also the end of a line.
    for mistake in &mut reader.text.mistakes {
        *mistake = one_line(mistake);
    }
    reader.text
}

#[derive(Default)]
struct Reader<'a> {
    text: Text,
    /// The tag that is being read, for messages.
    tag: String,
    /// The blocks that are open, the outermost first.
    blocks: Vec<Block<'a>>,
    /// Blocks whose end was reported to be missing. It may still come, in the wrong place.
    missed: Vec<&'a str>,
    /// A `}}` is still to come: its `{{` is plain text, or the `}}` was reported as missing.
    owed: bool,
}

#[derive(Default)]
struct Block<'a> {
    tag: String,
    name: &'a str,
    /// Names inside, and those that `as |…|` gives, belong to something of which nothing is known.
    enters: bool,
    has_else: bool,
    /// A mistake that was reported already explains why the end is missing.
    reported: bool,
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
        let pieces = text
            .split('{')
            .skip(1)
            .filter_map(|word| word.split_once('}'));
        for (inside, after) in pieces {
            let word = inside.trim();
            let known = self.text.single_braces.iter().any(|known| known == word);
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
            // `{x:?}` is a name with a format, as Rust's macros take it.
            let (name, format) = word.split_at(word.find([':', '!']).unwrap_or(word.len()));
            let is_format = |c: char| c.is_ascii_graphic() && !matches!(c, '{' | '"' | ',');
            let fits = name.trim_end().chars().all(is_name) && format.chars().all(is_format);
            let is_empty = name.is_empty() && inside != word;
            if fits && !is_empty && !known && !after.starts_with('}') {
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

    fn open(&mut self, name: &'a str, reported: bool) {
        self.blocks.push(Block {
            tag: self.tag.clone(),
            name,
            reported,
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
        if block.has_else && !block.reported {
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
                if !block.reported {
                    self.say(format!("{} before `{{{{/{name}}}}}`", block.never_closed()));
                }
            }
        } else if let Some(at) = self.missed.iter().position(|missed| *missed == name) {
            self.missed.remove(at);
        } else if let Some(block) = self.blocks.last_mut() {
            block.reported = true;
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
            // `parse` has reported it.
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
            None if words && call.values.is_empty() => {
                ": a token's name has no spaces, and the helpers are `lookup` and `log`".to_owned()
            }
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

    /// The call, without a name if it was reported to be wrong.
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
            // HubSpot's own page writes `extraData[1]`, where Handlebars has `extraData.[1]`.
            _ => segments(own.unwrap_or(path), up < depth || is_extra_data(path)),
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

    /// Reads what was reported to be wrong: nothing more is reported of it, nor of the end of a block that it begins.
    fn guess(&mut self, read: impl FnOnce(&mut Self)) {
        let (said, open) = (self.text.mistakes.len(), self.blocks.len());
        read(self);
        self.text.mistakes.truncate(said);
        for block in self.blocks.iter_mut().skip(open) {
            block.reported = true;
        }
    }
}

/// Whether the path leads into the extra data, also where `extraData` is misspelt; the caller reports that.
fn is_extra_data(path: &str) -> bool {
    let first = path.split(['.', '/', '[']).next().unwrap_or(path);
    fold(first) == fold("extraData")
}

/// The helper that a block's name is, or is near to.
fn block_like(name: &str) -> Option<&'static str> {
    // Too short for `nearest`.
    let iff = (name == "iff").then_some("if");
    iff.or_else(|| nearest(name, BLOCKS))
}
