//! Handlebars, read into nodes. The syntax is what the derive accepts in a header and a detail. The derive refuses more
//! than this parser, and its messages say more.

use serde_json::Value;

use super::path::Path;
use super::tag::Tag;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Text(String),
    Value {
        expression: Expression,
        /// The value's HTML is shown as text.
        is_escaped: bool,
    },
    Block(Box<Block>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) argument: Expression,
    /// The names that `as |item index|` gives.
    pub(super) names: Vec<String>,
    pub(super) inside: Vec<Node>,
    pub(super) otherwise: Vec<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    If,
    Unless,
    Each,
    With,
    FormatDate,
    /// `{{#name}}`: what it does depends on the value.
    Section,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Path(Path),
    Literal(Value),
    Lookup(Box<(Expression, Expression)>),
    /// `log`, which shows nothing.
    Nothing,
}

/// Blocks and parentheses may be nested this deep, and no deeper.
const DEEPEST: usize = 64;

/// Reads the text of a header or a detail.
pub(super) fn template(text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser::default();
    let mut rest = text;
    let mut strips = false;
    while let Some(at) = rest.find("{{") {
        let (plain, tag) = rest.split_at(at);
        let plain = if strips { plain.trim_start() } else { plain };
        strips = false;
        if plain.ends_with('\\') && !plain.ends_with("\\\\") {
            // The braces are plain text, up to the next tag.
            parser.text(plain.strip_suffix('\\').unwrap_or(plain));
            let braces = tag.len() - tag.trim_start_matches('{').len();
            let (braces, after) = tag.split_at(braces);
            parser.text(braces);
            rest = after;
            continue;
        }
        parser.text(match plain.ends_with("\\\\") {
            true => plain.strip_suffix('\\').unwrap_or(plain),
            false => plain,
        });
        let tag = Tag::read(tag)?;
        if tag.strips_before {
            parser.strip_end();
        }
        rest = tag.after;
        if tag.is_line() && !tag.strips_before && !tag.strips_after {
            rest = parser.without_own_line(rest);
        }
        strips = tag.strips_after;
        parser.tag(&tag)?;
    }
    parser.text(if strips { rest.trim_start() } else { rest });
    parser.end()
}

#[derive(Default)]
struct Parser {
    /// The nodes outside of every block.
    nodes: Vec<Node>,
    open: Vec<Open>,
}

/// A block whose end is still to come.
struct Open {
    name: String,
    block: Block,
    in_otherwise: bool,
    /// `{{^name}}`: what stands inside is for the other case.
    is_inverted: bool,
    /// How many blocks its end closes: one more for each `else if`.
    chained: usize,
}

impl Parser {
    fn nodes(&mut self) -> &mut Vec<Node> {
        match self.open.last_mut() {
            Some(open) if open.in_otherwise => &mut open.block.otherwise,
            Some(open) => &mut open.block.inside,
            None => &mut self.nodes,
        }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.nodes().push(Node::Text(text.to_owned()));
        }
    }

    /// Removes blanks from the end of the text so far.
    fn strip_end(&mut self) {
        if let Some(Node::Text(text)) = self.nodes().last_mut() {
            text.truncate(text.trim_end().len());
        }
    }

    /// A line that has nothing but a tag without a text of its own is not shown: the blanks before the tag and the rest
    /// of the line are removed.
    fn without_own_line<'r>(&mut self, rest: &'r str) -> &'r str {
        let line = rest.split('\n').next().unwrap_or_default();
        if !line.trim().is_empty() {
            return rest;
        }
        let is_first = self.nodes.is_empty() && self.open.is_empty();
        let begins = match self.nodes().last_mut() {
            None => is_first,
            Some(Node::Text(text)) => {
                let kept = text.trim_end_matches([' ', '\t', '\r']).len();
                let begins = text.get(..kept).is_some_and(|kept| kept.ends_with('\n'));
                if begins {
                    text.truncate(kept);
                }
                begins
            }
            Some(_) => false,
        };
        match begins {
            true => rest.get(line.len() + 1..).unwrap_or_default(),
            false => rest,
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) -> Result<(), String> {
        match tag.sign {
            Some('!') => Ok(()),
            Some('#') => self.begin(tag.inside, false),
            Some('^') if tag.inside.is_empty() => self.otherwise(""),
            Some('^') => self.begin(tag.inside, true),
            Some('/') => self.close(tag.inside),
            None if tag.inside == "else" => self.otherwise(""),
            None if tag.inside.starts_with("else ") => {
                self.otherwise(tag.inside.strip_prefix("else ").unwrap_or_default())
            }
            _ => {
                let call = Call::read(tag.inside, 0)?;
                let expression = call.value(tag.inside)?;
                let is_escaped = tag.is_escaped;
                self.nodes().push(Node::Value {
                    expression,
                    is_escaped,
                });
                Ok(())
            }
        }
    }

    fn begin(&mut self, inside: &str, is_inverted: bool) -> Result<(), String> {
        if self.open.len() >= DEEPEST {
            return Err(format!("blocks are nested deeper than {DEEPEST}"));
        }
        let call = Call::read(inside, 0)?;
        let name = call.name.clone();
        let block = call.block(inside)?;
        self.open.push(Open {
            name,
            block,
            in_otherwise: is_inverted,
            is_inverted,
            chained: 0,
        });
        Ok(())
    }

    fn otherwise(&mut self, chained: &str) -> Result<(), String> {
        let Some(open) = self.open.last_mut() else {
            return Err("`{{else}}` is outside of a block".to_owned());
        };
        if open.in_otherwise != open.is_inverted {
            return Err(format!(
                "a second `{{{{else}}}}` in `{{{{#{}}}}}`",
                open.name
            ));
        }
        open.in_otherwise = !open.in_otherwise;
        if chained.trim().is_empty() {
            return Ok(());
        }
        let (name, depth) = (open.name.clone(), open.chained + 1);
        self.begin(chained.trim(), false)?;
        if let Some(inner) = self.open.last_mut() {
            inner.name = name;
            inner.chained = depth;
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), String> {
        let Some(open) = self.open.last() else {
            return Err(format!("`{{{{/{name}}}}}` closes nothing"));
        };
        if open.name != name {
            return Err(format!(
                "`{{{{/{name}}}}}` does not close `{{{{#{}}}}}`",
                open.name
            ));
        }
        for _ in 0..=open.chained {
            if let Some(Open { block, .. }) = self.open.pop() {
                self.nodes().push(Node::Block(Box::new(block)));
            }
        }
        Ok(())
    }

    fn end(self) -> Result<Vec<Node>, String> {
        match self.open.last() {
            Some(open) => Err(format!(
                "`{{{{#{0}}}}}` is never closed: add `{{{{/{0}}}}}`",
                open.name
            )),
            None => Ok(self.nodes),
        }
    }
}

/// A name and what it is called with.
struct Call {
    name: String,
    arguments: Vec<Expression>,
    names: Vec<String>,
}

impl Call {
    fn read(text: &str, depth: usize) -> Result<Self, String> {
        let mut rest = text.trim();
        let mut call = Call {
            name: String::new(),
            arguments: Vec::new(),
            names: Vec::new(),
        };
        let mut is_first = true;
        while !rest.is_empty() {
            let (token, after) = next_token(rest, text)?;
            rest = after.trim_start();
            if is_first {
                token.clone_into(&mut call.name);
                is_first = false;
            } else if token == "as" && rest.starts_with('|') {
                let names = rest.strip_prefix('|').and_then(|rest| rest.split_once('|'));
                let (names, after) =
                    names.ok_or_else(|| format!("`|` is never closed in `{text}`"))?;
                call.names = names.split_whitespace().map(str::to_owned).collect();
                rest = after.trim_start();
            } else if let Some(after) = rest.strip_prefix('=') {
                // In Handlebars, `key=value` is an option of a helper. The helpers here have no options, so it is
                // skipped.
                let (_, after) = next_token(after.trim_start(), text)?;
                rest = after.trim_start();
            } else {
                call.arguments.push(expression(token, depth)?);
            }
        }
        match call.name.is_empty() {
            true => {
                Err("expected a token's name between the braces, as in `{{petName}}`".to_owned())
            }
            false => Ok(call),
        }
    }

    /// The value that `{{…}}` shows, or that `(…)` is.
    fn value(self, text: &str) -> Result<Expression, String> {
        let mut arguments = self.arguments.into_iter();
        match (
            &*self.name,
            arguments.next(),
            arguments.next(),
            arguments.next(),
        ) {
            ("log", ..) => Ok(Expression::Nothing),
            ("lookup", Some(of), Some(key), None) => Ok(Expression::Lookup(Box::new((of, key)))),
            ("lookup", ..) => Err(format!("`lookup` takes two arguments, in `{text}`")),
            // Here a number or `true` is a name as any other.
            (name, None, ..) => Ok(Expression::Path(Path::read(name)?)),
            (name, ..) => Err(format!(
                "unknown helper `{name}`: the helpers are `lookup` and `log`"
            )),
        }
    }

    fn block(self, text: &str) -> Result<Block, String> {
        let kind = match &*self.name {
            "if" => Kind::If,
            "unless" => Kind::Unless,
            "each" => Kind::Each,
            "with" => Kind::With,
            "formatDate" => Kind::FormatDate,
            _ => Kind::Section,
        };
        let mut arguments = self.arguments.into_iter();
        let argument = match (kind, arguments.next(), arguments.next()) {
            (Kind::Section, None, _) => Expression::Path(Path::read(&self.name)?),
            (Kind::Section, Some(_), _) => {
                return Err(format!(
                    "unknown block `{}`: the blocks are `if`, `unless`, `each`, `with` and `formatDate`",
                    self.name
                ));
            }
            (_, Some(argument), None) => argument,
            // HubSpot does not document what else `formatDate` takes.
            (Kind::FormatDate, Some(argument), _) => argument,
            _ => return Err(format!("`{{{{#{text}}}}}` takes one argument")),
        };
        Ok(Block {
            kind,
            argument,
            names: self.names,
            inside: Vec::new(),
            otherwise: Vec::new(),
        })
    }
}

/// The next word, string or group, and the rest.
fn next_token<'t>(text: &'t str, whole: &str) -> Result<(&'t str, &'t str), String> {
    let never_closed = |c: char| format!("`{c}` is never closed in `{whole}`");
    let first = text.chars().next().unwrap_or_default();
    let end = match first {
        '"' | '\'' => {
            let mut before = first;
            let mut inside = text.char_indices().skip(1);
            let end = inside.find(|(_, c)| {
                let ends = *c == first && before != '\\';
                before = *c;
                ends
            });
            end.map(|(at, _)| at + 1)
                .ok_or_else(|| never_closed(first))?
        }
        '(' => group_end(text).ok_or_else(|| never_closed('('))?,
        _ => {
            let mut in_brackets = false;
            let end = text.char_indices().find(|(_, c)| {
                match c {
                    '[' => in_brackets = true,
                    ']' => in_brackets = false,
                    _ => {}
                }
                !in_brackets && (c.is_whitespace() || matches!(c, '=' | '(' | ')' | '|'))
            });
            end.map_or(text.len(), |(at, _)| at)
        }
    };
    if end == 0 {
        return Err(format!("unexpected `{first}` in `{whole}`"));
    }
    Ok(text.split_at(end))
}

fn group_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut string: Option<char> = None;
    for (at, c) in text.char_indices() {
        match (string, c) {
            (Some(close), c) if c == close => string = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => string = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            (None, _) => {}
        }
    }
    None
}

fn expression(token: &str, depth: usize) -> Result<Expression, String> {
    if depth >= DEEPEST {
        return Err(format!("parentheses are nested deeper than {DEEPEST}"));
    }
    if let Some(inside) = token.strip_prefix('(') {
        let inside = inside.strip_suffix(')').unwrap_or(inside);
        return Call::read(inside, depth + 1)?.value(inside);
    }
    let quoted = |quote: char| token.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(text) = quoted('"').or_else(|| quoted('\'')) {
        let text = text.replace("\\\"", "\"").replace("\\'", "'");
        return Ok(Expression::Literal(Value::from(text)));
    }
    Ok(Expression::Literal(match token {
        "true" => Value::from(true),
        "false" => Value::from(false),
        "null" | "undefined" => Value::Null,
        token if token.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            match serde_json::from_str::<serde_json::Number>(token) {
                Ok(number) => Value::from(number),
                Err(_) => return Ok(Expression::Path(Path::read(token)?)),
            }
        }
        token => return Ok(Expression::Path(Path::read(token)?)),
    }))
}
