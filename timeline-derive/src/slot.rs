//! Slots, and how their values are read. Each slot knows its own name, and reports what is wrong with it.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{ExprPath, LitStr, Path, Token, WherePredicate};

use crate::attr::{Item, Value, flatten};
use crate::case::{RULES, Rule};
use crate::errors::Errors;
use crate::suggest::nearest;
use crate::words::{Place, example, listed};

const OBJECT_TYPES: [&str; 4] = ["contacts", "companies", "deals", "tickets"];

const TOKEN_TYPES: [&str; 4] = ["string", "number", "enumeration", "date"];

/// The name of a slot, and how it is written out at its place.
#[derive(Clone, Copy)]
pub(crate) struct Word {
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
}

/// One thing that can be said once.
#[derive(Clone)]
pub(crate) struct Slot<T> {
    word: Word,
    said: Option<Said<T>>,
}

/// Something that was said, and where.
#[derive(Clone)]
pub(crate) struct Said<T> {
    /// The user's tokens of the name.
    pub(crate) at: TokenStream,
    /// Absent where it could not be read; that was reported.
    pub(crate) value: Option<T>,
}

impl<T> Slot<T> {
    pub(crate) fn new(name: &'static str, place: Place) -> Self {
        let example = example(name, place);
        Slot {
            word: Word { name, example },
            said: None,
        }
    }

    /// Fills the slot. A second time is an error, and the first is kept.
    pub(crate) fn read(
        &mut self,
        item: &Item,
        errors: &mut Errors,
        read: fn(Word, &Item, &mut Errors) -> Option<T>,
    ) {
        if self.said.is_some() {
            errors.at(
                &item.at,
                format_args!("`{}` is given twice: remove one", self.word.name),
            );
            return;
        }
        self.said = Some(Said {
            at: item.at.clone(),
            value: read(self.word, item, errors),
        });
    }

    pub(crate) fn name(&self) -> &'static str {
        self.word.name
    }

    pub(crate) fn said(&self) -> Option<&Said<T>> {
        self.said.as_ref()
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.said.as_ref()?.value.as_ref()
    }

    /// Something was said that could not be read.
    pub(crate) fn is_unreadable(&self) -> bool {
        matches!(&self.said, Some(Said { value: None, .. }))
    }
}

impl<T: Clone> Slot<T> {
    /// What is said here, or else there.
    pub(crate) fn or(&self, default: &Self) -> Self {
        if self.said.is_some() { self } else { default }.clone()
    }
}

pub(crate) fn flag(word: Word, item: &Item, errors: &mut Errors) -> Option<()> {
    let name = word.name;
    match &item.value {
        Value::None => Some(()),
        Value::Given(tokens) | Value::List(tokens) => {
            let tokens = if tokens.is_empty() { &item.at } else { tokens };
            errors.at(
                tokens,
                format_args!("`{name}` takes no value: write `{name}`"),
            );
            Some(())
        }
        Value::Broken => Some(()),
    }
}

/// The role `id`, which is another thing than the pattern of that name.
pub(crate) fn id_flag(word: Word, item: &Item, errors: &mut Errors) -> Option<()> {
    let Value::Given(tokens) = &item.value else {
        return flag(word, item, errors);
    };
    errors.at(
        tokens,
        "on a field `id` takes no value: write `id` if the field holds the id, or put the pattern above the type, as in \
         `#[timeline(id = \"order-{order_id}\")]`",
    );
    Some(())
}

/// The value's tokens, out of the groups that `macro_rules!` variables come in.
pub(crate) fn given<'i>(
    word: Word,
    item: &'i Item,
    errors: &mut Errors,
) -> Option<&'i TokenStream> {
    let name = word.name;
    match &item.value {
        Value::Given(tokens) => Some(tokens),
        Value::None => {
            errors.at(
                &item.at,
                format_args!("`{name}` needs a value: `{}`", word.example),
            );
            None
        }
        Value::List(tokens) => {
            let (at, fix) = match literal(tokens) {
                Some(literal) => (tokens, format!("{name} = {}", quoted(&literal))),
                None if tokens.is_empty() => (&item.at, word.example.to_owned()),
                None => (tokens, word.example.to_owned()),
            };
            errors.at(
                at,
                format_args!("the value of `{name}` goes behind an `=`: `{fix}`"),
            );
            None
        }
        Value::Broken => None,
    }
}

pub(crate) fn literal(tokens: &TokenStream) -> Option<Literal> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next().map(flatten), tokens.next()) {
        (Some(TokenTree::Literal(literal)), None) => Some(literal),
        _ => None,
    }
}

/// A literal as the string it was probably meant to be.
pub(crate) fn quoted(literal: &Literal) -> String {
    let text = literal.to_string();
    let bare = text.trim_start_matches(['b', 'c', 'r', '#']);
    let bare = bare.trim_end_matches('#').trim_matches(['"', '\'']);
    format!("\"{bare}\"")
}

/// A string, which may be empty.
pub(crate) fn any_text(word: Word, item: &Item, errors: &mut Errors) -> Option<LitStr> {
    let name = word.name;
    let tokens = given(word, item, errors)?;
    let literal = literal(tokens);
    if let Some(literal) = &literal
        && let Ok(text) = syn::parse2::<LitStr>(literal.to_token_stream())
    {
        if text.suffix().is_empty() {
            return Some(text);
        }
        errors.at(
            tokens,
            format_args!("a string takes no suffix: `{name} = {:?}`", text.value()),
        );
        return None;
    }
    let text = match literal {
        Some(literal) => quoted(&literal),
        // `rename_all = camelCase`, `with = path::to::function`
        None if syn::parse2::<Path>(tokens.clone()).is_ok() => {
            format!("\"{}\"", tokens.to_string().replace(' ', ""))
        }
        None => {
            errors.at(
                tokens,
                format_args!("expected a string, as in `{}`", word.example),
            );
            return None;
        }
    };
    errors.at(tokens, format_args!("expected a string: `{name} = {text}`"));
    None
}

/// A string with something in it.
pub(crate) fn text(word: Word, item: &Item, errors: &mut Errors) -> Option<LitStr> {
    let name = word.name;
    let text = any_text(word, item, errors)?;
    if text.value().trim().is_empty() {
        errors.at(
            &text,
            format_args!(
                "`{name}` is empty: expected something like `{}`",
                word.example
            ),
        );
        return None;
    }
    Some(text)
}

pub(crate) fn rule(word: Word, item: &Item, errors: &mut Errors) -> Option<Rule> {
    let text = text(word, item, errors)?;
    let rule = text.value();
    if let Some(known) = Rule::named(&rule) {
        return Some(known);
    }
    let names = || RULES.into_iter().map(|(name, _)| name);
    // `camel` is far from `camelCase` by its letters.
    let begins = |name: &&str| {
        let begin = rule.to_lowercase();
        begin.len() > 3 && name.to_lowercase().starts_with(&begin)
    };
    let near = names().find(begins).or_else(|| nearest(&rule, names()));
    let advice = match near {
        Some(near) => format!("did you mean `rename_all = \"{near}\"`?"),
        None => format!("the rules are {}", listed(names())),
    };
    errors.at(&text, format_args!("unknown rule {rule:?}; {advice}"));
    near.and_then(Rule::named)
}

pub(crate) fn predicates(
    word: Word,
    item: &Item,
    errors: &mut Errors,
) -> Option<Vec<WherePredicate>> {
    let text = any_text(word, item, errors)?;
    let parser = Punctuated::<WherePredicate, Token![,]>::parse_terminated;
    match text.parse_with(parser) {
        Ok(predicates) => Some(predicates.into_iter().collect()),
        Err(error) => {
            errors.at(
                &text,
                format_args!(
                    "expected bounds as in a `where` clause, such as `{}`: {error}",
                    word.example
                ),
            );
            None
        }
    }
}

pub(crate) fn absolute_path(word: Word, item: &Item, errors: &mut Errors) -> Option<Path> {
    if let Value::Given(tokens) = &item.value
        && let Ok(path) = syn::parse2::<Path>(tokens.clone())
        && literal(tokens).is_none()
    {
        // It only lacks its quotes, and is clear enough for an impl that keeps other errors away.
        let path = absolute(path);
        let shown = path.to_token_stream().to_string().replace(' ', "");
        errors.at(
            tokens,
            format_args!("expected a string: `crate = \"{shown}\"`"),
        );
        return Some(path);
    }
    let text = text(word, item, errors)?;
    let Ok(path) = text.parse_with(Path::parse_mod_style) else {
        errors.at(
            &text,
            format_args!("expected the path of a crate, as in `{}`", word.example),
        );
        return None;
    };
    if !is_absolute(&path) {
        let shown = text.value();
        errors.at(
            &text,
            format_args!(
                "the path must be absolute, since the impl stands in a block of its own: `crate = \"::{shown}\"` or \
                 `crate = \"crate::{shown}\"`"
            ),
        );
    }
    // What is meant is clear enough for an impl that keeps other errors away.
    Some(absolute(path))
}

fn is_absolute(path: &Path) -> bool {
    let first = path.segments.first();
    path.leading_colon.is_some() || first.is_some_and(|first| first.ident == "crate")
}

fn absolute(mut path: Path) -> Path {
    if !is_absolute(&path) {
        path.leading_colon = Some(<Token![::]>::default());
    }
    path
}

pub(crate) fn function(word: Word, item: &Item, errors: &mut Errors) -> Option<ExprPath> {
    let text = text(word, item, errors)?;
    let path = text.parse_with(|input: syn::parse::ParseStream<'_>| input.parse::<ExprPath>());
    if path.is_err() {
        errors.at(
            &text,
            format_args!(
                "expected the path of a function from a reference to the field, as in `{}`",
                word.example
            ),
        );
    }
    path.ok()
}

/// The kind of record that events go on.
pub(crate) fn object_type(word: Word, item: &Item, errors: &mut Errors) -> Option<LitStr> {
    let literal = text(word, item, errors)?;
    let name = literal.value();
    if OBJECT_TYPES.contains(&name.as_str()) || is_type_id(&name) {
        return Some(literal);
    }
    let near = match name.to_lowercase().as_str() {
        "company" => Some("companies"),
        _ => nearest(&name, OBJECT_TYPES),
    };
    let advice = match near {
        Some(near) => format!("did you mean `object_type = \"{near}\"`?"),
        None => "expected `contacts`, `companies`, `deals`, `tickets`, or the type id of a custom object such as \
                 `2-3308615`"
            .to_owned(),
    };
    errors.at(
        &literal,
        format_args!("unknown object type {name:?}; {advice}"),
    );
    near.map(|near| LitStr::new(near, literal.span()))
}

/// `2-3308615`
fn is_type_id(name: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    name.split_once('-')
        .is_some_and(|(kind, number)| digits(kind) && digits(number))
}

/// The type of a token.
pub(crate) fn token_type(word: Word, item: &Item, errors: &mut Errors) -> Option<LitStr> {
    let literal = text(word, item, errors)?;
    let name = literal.value();
    if TOKEN_TYPES.contains(&name.as_str()) {
        return Some(literal);
    }
    let near = match name.to_lowercase().as_str() {
        "datetime" | "timestamp" | "time" => Some("date"),
        "enum" | "bool" | "boolean" => Some("enumeration"),
        "integer" | "int" | "float" | "decimal" => Some("number"),
        "text" | "str" => Some("string"),
        other => nearest(other, TOKEN_TYPES),
    };
    let advice = match near {
        Some(near) => format!("did you mean `type = \"{near}\"`?"),
        None => format!(
            "HubSpot's token types are {}",
            listed(TOKEN_TYPES.into_iter())
        ),
    };
    errors.at(
        &literal,
        format_args!("unknown token type {name:?}; {advice}"),
    );
    near.map(|near| LitStr::new(near, literal.span()))
}
