//! What the nodes of a template become for one event.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::data::Data;
use super::parse::{Block, Expression, Kind, Node};
use super::path::Path;
use crate::token::{Iso8601, read_iso8601};

/// A longer text is no header and no detail: something in it has no end.
const LONGEST: usize = 4_000_000;

/// A text that takes more steps than this has no end either: lists in lists multiply.
const MOST_STEPS: usize = 200_000;

/// The text of the nodes, in Markdown.
pub(super) fn evaluate(
    nodes: &[Node],
    data: &Data,
    with_extra_data: bool,
) -> Result<String, String> {
    let mut root = Map::new();
    for (name, value) in &data.names {
        root.insert(name.clone(), value.clone());
    }
    if with_extra_data && !root.contains_key("extraData") {
        root.insert("extraData".to_owned(), data.extra_data.clone());
    }
    let root = Value::Object(root);
    let mut scopes = Scopes {
        root: &root,
        stack: vec![Scope::new(&root)],
        out: String::new(),
        steps: 0,
    };
    scopes.all(nodes)?;
    Ok(scopes.out)
}

struct Scopes<'d> {
    root: &'d Value,
    /// What `each` and `with` have gone into, the innermost last.
    stack: Vec<Scope<'d>>,
    out: String,
    steps: usize,
}

/// What names are looked up in.
struct Scope<'d> {
    value: &'d Value,
    /// The position of the element that `each` is at.
    position: Option<Position>,
    /// The names that `as |…|` gives.
    named: Vec<(String, Found<'d>)>,
}

#[derive(Clone)]
struct Position {
    key: Value,
    index: usize,
    is_last: bool,
}

/// A value of the event's, or one that the template made.
#[derive(Clone)]
enum Found<'d> {
    There(&'d Value),
    Made(Value),
}

impl Found<'_> {
    fn get(&self) -> &Value {
        match self {
            Found::There(value) => value,
            Found::Made(value) => value,
        }
    }
}

impl<'d> Scope<'d> {
    fn new(value: &'d Value) -> Self {
        Scope {
            value,
            position: None,
            named: Vec::new(),
        }
    }
}

impl<'d> Scopes<'d> {
    fn all(&mut self, nodes: &[Node]) -> Result<(), String> {
        for node in nodes {
            self.steps += 1;
            if self.out.len() > LONGEST || self.steps > MOST_STEPS {
                return Err(format!(
                    "it makes more than {LONGEST} bytes, or takes more than {MOST_STEPS} steps"
                ));
            }
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Value {
                    expression,
                    is_escaped,
                } => {
                    let found = self.find(expression);
                    let text = text_of(found.get());
                    match is_escaped {
                        true => self.out.push_str(&escaped(&text)),
                        false => self.out.push_str(&text),
                    }
                }
                Node::Block(block) => self.block(block)?,
            }
        }
        Ok(())
    }

    fn block(&mut self, block: &Block) -> Result<(), String> {
        let found = self.find(&block.argument);
        let is_true = is_true(found.get());
        match block.kind {
            Kind::If => self.all(if is_true {
                &block.inside
            } else {
                &block.otherwise
            }),
            Kind::Unless => self.all(if is_true {
                &block.otherwise
            } else {
                &block.inside
            }),
            Kind::FormatDate => {
                self.out.push_str(&date(found.get()));
                Ok(())
            }
            Kind::Each => self.each(block, &found),
            Kind::With if is_true => self.within(block, &found),
            Kind::With => self.all(&block.otherwise),
            Kind::Section => match found.get() {
                Value::Array(_) => self.each(block, &found),
                Value::Bool(true) => self.all(&block.inside),
                _ if is_true => self.within(block, &found),
                _ => self.all(&block.otherwise),
            },
        }
    }

    fn within(&mut self, block: &Block, found: &Found<'d>) -> Result<(), String> {
        // Names are looked up only inside the event's own values: a literal has nothing inside.
        static NOTHING: Value = Value::Null;
        let value = match found {
            Found::There(value) => value,
            Found::Made(_) => &NOTHING,
        };
        let mut scope = Scope::new(value);
        if let Some(name) = block.names.first() {
            scope.named.push((name.clone(), found.clone()));
        }
        self.inside(scope, &block.inside)
    }

    fn each(&mut self, block: &Block, found: &Found<'d>) -> Result<(), String> {
        let elements: Vec<(Value, &'d Value)> = match found {
            Found::There(Value::Array(list)) => {
                let keyed = list.iter().enumerate();
                keyed
                    .map(|(index, value)| (Value::from(index), value))
                    .collect()
            }
            Found::There(Value::Object(object)) => {
                let keyed = object.iter();
                keyed
                    .map(|(key, value)| (Value::from(&**key), value))
                    .collect()
            }
            _ => Vec::new(),
        };
        if elements.is_empty() {
            return self.all(&block.otherwise);
        }
        let last = elements.len() - 1;
        for (index, (key, value)) in elements.into_iter().enumerate() {
            let mut scope = Scope::new(value);
            let given = [Found::There(value), Found::Made(key.clone())];
            let names = block.names.iter().cloned();
            scope.named = names.zip(given).collect();
            scope.position = Some(Position {
                key,
                index,
                is_last: index == last,
            });
            self.inside(scope, &block.inside)?;
        }
        Ok(())
    }

    fn inside(&mut self, scope: Scope<'d>, nodes: &[Node]) -> Result<(), String> {
        self.stack.push(scope);
        let done = self.all(nodes);
        self.stack.pop();
        done
    }

    fn find(&self, expression: &Expression) -> Found<'d> {
        match expression {
            Expression::Literal(value) => Found::Made(value.clone()),
            Expression::Nothing => Found::Made(Value::Null),
            Expression::Path(path) => self.look_up(path),
            Expression::Lookup(call) => {
                let (of, key) = &**call;
                let key = text_of(self.find(key).get());
                match self.find(of) {
                    Found::There(value) => {
                        step(value, &key).map_or(Found::Made(Value::Null), Found::There)
                    }
                    Found::Made(value) => {
                        Found::Made(step(&value, &key).cloned().unwrap_or_default())
                    }
                }
            }
        }
    }

    fn look_up(&self, path: &Path) -> Found<'d> {
        let nothing = || Found::Made(Value::Null);
        let mut ups = path.ups;
        if let Some(name) = &path.data {
            if name == "root" {
                return follow(Found::There(self.root), &path.parts);
            }
            let mut positions = self
                .stack
                .iter()
                .rev()
                .filter_map(|scope| scope.position.as_ref());
            return positions.nth(ups).map_or_else(nothing, |position| {
                Found::Made(match &**name {
                    "index" => Value::from(position.index),
                    "key" => position.key.clone(),
                    "first" => Value::from(position.index == 0),
                    "last" => Value::from(position.is_last),
                    _ => Value::Null,
                })
            });
        }
        let mut scopes = self.stack.iter().rev();
        if ups == 0
            && let Some((first, rest)) = path.parts.split_first()
        {
            let named = self.stack.iter().rev().flat_map(|scope| &scope.named);
            if let Some((_, found)) = named.into_iter().find(|(name, _)| name == first) {
                return follow(found.clone(), rest);
            }
        }
        while ups > 0 {
            ups -= 1;
            if scopes.next().is_none() {
                return nothing();
            }
        }
        match scopes.next() {
            Some(scope) => follow(Found::There(scope.value), &path.parts),
            None => nothing(),
        }
    }
}

fn follow<'d>(from: Found<'d>, parts: &[String]) -> Found<'d> {
    match from {
        Found::There(value) => {
            let found = parts
                .iter()
                .try_fold(value, |value, part| step(value, part));
            found.map_or(Found::Made(Value::Null), Found::There)
        }
        Found::Made(value) => {
            let found = parts
                .iter()
                .try_fold(&value, |value, part| step(value, part));
            Found::Made(found.cloned().unwrap_or_default())
        }
    }
}

fn step<'v>(value: &'v Value, part: &str) -> Option<&'v Value> {
    match value {
        Value::Object(object) => object.get(part),
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        _ => None,
    }
}

/// Whether the value counts as true. `false`, 0, an empty text, an empty list and a missing value do not.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(_) => true,
    }
}

/// The value as text. HubSpot does not say how it shows lists and objects; this is JSON.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A date in UTC, to the minute. A value that is no date is shown as it is.
fn date(value: &Value) -> String {
    let text = text_of(value);
    let milliseconds = text.parse().ok().or_else(|| read_iso8601(&text));
    match milliseconds.and_then(Iso8601::new) {
        Some(time) => {
            let time = time.to_string();
            let minutes = time.get(..16).unwrap_or_default();
            format!("{} UTC", minutes.replace('T', " "))
        }
        None => escaped(&text).into_owned(),
    }
}

/// Text in HTML.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut html = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    Cow::Owned(html)
}
