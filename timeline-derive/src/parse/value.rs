//! How the value of a word is read, one function for each kind of value.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{ExprPath, Lit, LitStr, Path, Token, WherePredicate};

use crate::case::{RULES, Rule};
use crate::errors::Errors;
use crate::parse::list::{Item, Value, flatten};
use crate::parse::slot::Word;
use crate::suggest::{listed, nearest};

pub(crate) const OBJECT_TYPES: [&str; 4] = ["contacts", "companies", "deals", "tickets"];

pub(crate) const TOKEN_TYPES: [&str; 4] = ["string", "number", "enumeration", "date"];

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
        Value::Unreadable => Some(()),
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
                Some(literal) => {
                    let fix = quoted(&literal).map(|text| format!("{name} = {text}"));
                    (tokens, fix.unwrap_or_else(|| word.example.to_owned()))
                }
                None if tokens.is_empty() => (&item.at, word.example.to_owned()),
                None => (tokens, word.example.to_owned()),
            };
            errors.at(
                at,
                format_args!("the value of `{name}` goes behind an `=`: `{fix}`"),
            );
            None
        }
        Value::Unreadable => None,
    }
}

pub(crate) fn literal(tokens: &TokenStream) -> Option<Literal> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next().map(flatten), tokens.next()) {
        (Some(TokenTree::Literal(literal)), None) => Some(literal),
        _ => None,
    }
}

/// A literal as the string that it was probably meant to be. There is none for a number that is not written in plain digits,
/// since it may stand for several texts.
pub(crate) fn quoted(literal: &Literal) -> Option<String> {
    let text = literal.to_string();
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let digits = match syn::parse_str::<Lit>(&text) {
            Ok(Lit::Int(number))
                if !text.starts_with("0x")
                    && !text.starts_with("0b")
                    && !text.starts_with("0o") =>
            {
                number.base10_digits().to_owned()
            }
            Ok(Lit::Float(number)) if !text.contains(['e', 'E']) => {
                number.base10_digits().to_owned()
            }
            _ => return None,
        };
        return Some(format!("\"{digits}\""));
    }
    let bare = text.trim_start_matches(['b', 'c', 'r', '#']);
    let bare = bare.trim_end_matches('#').trim_matches(['"', '\'']);
    Some(format!("\"{bare}\""))
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
    let text = match &literal {
        Some(literal) => quoted(literal),
        None => word_in_quotes(name, tokens),
    };
    let example = word.example;
    let message = match text {
        Some(text) => format!("expected a string: `{name} = {text}`"),
        None if literal.is_some() => format!("expected a string literal, as in `{example}`"),
        None if syn::parse2::<Path>(tokens.clone()).is_ok() => format!(
            "expected a string literal, since of a constant the derive sees the name and never the text: write the text \
             itself, as in `{example}`"
        ),
        None => format!("expected a string literal, as in `{example}`"),
    };
    errors.at(tokens, message);
    None
}

/// A word that only lacks its quotes: `rename_all = camelCase`, `with = path::to::function`, `object_type = 2-3308615`.
/// For what is written like a constant, or is a path where none belongs, quotes alone would not help.
fn word_in_quotes(name: &str, tokens: &TokenStream) -> Option<String> {
    let text = tokens.to_string().replace(' ', "");
    if name == "object_type" && is_type_id(&text) {
        return Some(format!("\"{text}\""));
    }
    let path = syn::parse2::<Path>(tokens.clone()).ok()?;
    let is_function = name == "with";
    let is_rule = name == "rename_all" && Rule::named(&text).is_some();
    let is_word = path.get_ident().is_some() && text.contains(|c: char| c.is_lowercase());
    (is_function || is_rule || is_word).then(|| format!("\"{text}\""))
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

/// A name or an id that HubSpot compares to the letter, so that a name with a blank around it would never be found.
pub(crate) fn exact_text(word: Word, item: &Item, errors: &mut Errors) -> Option<LitStr> {
    let name = word.name;
    let text = text(word, item, errors)?;
    let value = text.value();
    let trimmed = value.trim();
    if trimmed.len() < value.len() {
        errors.at(
            &text,
            format_args!("`{name}` has blanks around it, and HubSpot's has none: write `{name} = {trimmed:?}`"),
        );
    }
    // The text is still used: apart from the blanks it is what was meant.
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
    if !is_rust(&text) {
        errors.at(
            &text,
            format_args!(
                "expected bounds as in a `where` clause, such as `{}`",
                word.example
            ),
        );
        return None;
    }
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

/// The path of `timeline_core`. In a macro of the user's it begins with `$crate`, which means nothing in a string, so there
/// it stands without quotes.
pub(crate) fn absolute_path(word: Word, item: &Item, errors: &mut Errors) -> Option<Path> {
    if let Value::Given(tokens) = &item.value
        && let Ok(path) = syn::parse2::<Path>(tokens.clone())
        && literal(tokens).is_none()
    {
        if path
            .segments
            .first()
            .is_some_and(|first| first.ident == "$crate")
        {
            return Some(path);
        }
        // The path only lacks its quotes. The impl uses it, so that rustc reports no errors that follow from this one.
        let path = absolute(path);
        let shown = path.to_token_stream().to_string().replace(' ', "");
        errors.at(
            tokens,
            format_args!("expected a string: `crate = \"{shown}\"`"),
        );
        return Some(path);
    }
    let text = text(word, item, errors)?;
    let path = is_rust(&text).then(|| text.parse_with(Path::parse_mod_style));
    let Some(Ok(path)) = path else {
        let shown = text.value();
        if shown.contains("$crate") {
            errors.at(
                &text,
                format_args!("`$crate` means nothing in a string: write the path without quotes, as in `crate = {shown}`"),
            );
        } else {
            errors.at(
                &text,
                format_args!("expected the path of a crate, as in `{}`", word.example),
            );
        }
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
    // It is clear which path was meant. The impl uses it, so that rustc reports no errors that follow from this one.
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
    let parser = |input: syn::parse::ParseStream<'_>| input.parse::<ExprPath>();
    let path = is_rust(&text)
        .then(|| text.parse_with(parser).ok())
        .flatten();
    if path.is_none() {
        errors.at(
            &text,
            format_args!(
                "expected the path of a function from a reference to the field, as in `{}`",
                word.example
            ),
        );
    }
    path
}

/// Whether the text can be read as Rust's tokens. What cannot be read, the compiler would report at a place outside of
/// the user's code.
fn is_rust(text: &LitStr) -> bool {
    let text = text.value();
    let plain = |c: char| {
        let graphic = c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '`');
        graphic || c.is_alphanumeric() || matches!(c, ' ' | '\n')
    };
    // A tick must begin a lifetime, and not a character.
    let mut ticks = text.split('\'').skip(1);
    text.chars().all(plain)
        && ticks.all(|after| after.starts_with(|c: char| c.is_alphabetic() || c == '_'))
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
pub(crate) fn is_type_id(name: &str) -> bool {
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
