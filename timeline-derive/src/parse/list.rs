//! The text of a `#[timeline(...)]`: a list of words, some with a value.
//!
//! It is read token by token and not with syn's own `Meta`, so that a mistake in one word hides no other: reading goes
//! on at the next comma, or at the next word where only the comma is missing.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use std::iter::Peekable;
use syn::ext::IdentExt;
use syn::{Attribute, Ident, Meta};

use crate::doubt::{Cause, Doubt};
use crate::errors::Errors;
use crate::parse::vocabulary::{self, Place};

/// One word of the list.
pub(crate) struct Item {
    /// As the user wrote it, without `r#`; `template-id` is one word here, and so is `template id`.
    pub(crate) name: String,
    /// The user's tokens of the name.
    pub(crate) at: TokenStream,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// `email`
    None,
    /// `template_id = "1001298"`, the part behind the `=`, never empty.
    Given(TokenStream),
    /// `email(…)`
    List(TokenStream),
    /// The value could not be read, which was reported.
    Unreadable,
}

/// The words of all attributes of one thing.
#[derive(Default)]
pub(crate) struct Items {
    pub(crate) items: Vec<Item>,
    pub(crate) doubt: Doubt,
}

/// Reads all `#[timeline(...)]` among the attributes. The example is shown where one is empty.
pub(crate) fn read(
    attributes: &[Attribute],
    place: Place,
    example: &str,
    errors: &mut Errors,
) -> Items {
    let mut items = Items::default();
    for attribute in attributes {
        if !attribute.path().is_ident("timeline") {
            continue;
        }
        match &attribute.meta {
            Meta::List(list) if matches!(list.delimiter, syn::MacroDelimiter::Paren(_)) => {
                if list.tokens.is_empty() {
                    errors.at(
                        attribute_tokens(attribute),
                        format_args!(
                            "nothing in the parentheses: expected `{example}` or the like"
                        ),
                    );
                    items.doubt.add(Cause::Text);
                }
                items.read(list.tokens.clone(), place, example, errors);
            }
            other => {
                let list = match other {
                    Meta::List(list) if !list.tokens.is_empty() => list.tokens.to_string(),
                    _ => example.to_owned(),
                };
                errors.at(
                    attribute_tokens(attribute),
                    format_args!("expected a list in parentheses: `#[timeline({list})]`"),
                );
                items.doubt.add(Cause::Text);
            }
        }
    }
    items
}

/// The attribute without `#[` and `]`.
fn attribute_tokens(attribute: &Attribute) -> impl ToTokens {
    &attribute.meta
}

type Tokens = Peekable<proc_macro2::token_stream::IntoIter>;

impl Items {
    fn read(&mut self, tokens: TokenStream, place: Place, example: &str, errors: &mut Errors) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let Some(name) = name(token, &mut tokens, place, example, errors) else {
                self.doubt.add(Cause::Text);
                continue;
            };
            let item = item(name, &mut tokens, errors);
            if let Value::Unreadable = item.value {
                self.doubt.add(Cause::Text);
            }
            self.items.push(item);
        }
    }
}

/// A word, or several joined by `-`. Joined words are no known name; they are reported as one name.
fn name(
    first: TokenTree,
    tokens: &mut Tokens,
    place: Place,
    example: &str,
    errors: &mut Errors,
) -> Option<Item> {
    let first = flatten(first);
    let TokenTree::Ident(word) = &first else {
        let found = match (&first, example.split_once(' ')) {
            (TokenTree::Literal(literal), Some((name, _)))
                if literal.to_string().starts_with('"') =>
            {
                format!("expected a name before the value: `{name} = {literal}`")
            }
            _ => format!("expected the name of an attribute, found {}", shown(&first)),
        };
        errors.at(&first, found);
        if !is_comma(&first) {
            skip_to_comma(tokens);
        }
        return None;
    };
    let mut name = word.unraw().to_string();
    let mut at = TokenStream::from(first.clone());
    while is_punct(tokens.peek(), '-') {
        at.extend(tokens.next());
        name.push('-');
        if let Some(TokenTree::Ident(word)) = tokens.peek() {
            name.push_str(&word.unraw().to_string());
            at.extend(tokens.next());
        }
    }
    for _ in 0..words_of_one(&name, tokens, place) {
        if let Some(TokenTree::Ident(word)) = tokens.peek() {
            name.push(' ');
            name.push_str(&word.unraw().to_string());
            at.extend(tokens.next());
        }
    }
    Some(Item {
        name,
        at,
        value: Value::None,
    })
}

/// How many of the next words make one known name with this one when joined by `_`: `template id` is `template_id`.
fn words_of_one(first: &str, tokens: &Tokens, place: Place) -> usize {
    let mut joined = first.to_owned();
    let mut most = 0;
    for (count, next) in tokens.clone().take(3).enumerate() {
        let TokenTree::Ident(word) = next else { break };
        joined.push('_');
        joined.push_str(&word.unraw().to_string());
        if vocabulary::belongs(&joined, place) {
            most = count + 1;
        }
    }
    most
}

fn item(mut item: Item, tokens: &mut Tokens, errors: &mut Errors) -> Item {
    let name = item.name.clone();
    match tokens.peek() {
        None => return item,
        Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => {}
        Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
            let equals = punct.span();
            tokens.next();
            item.value = value(&name, equals, tokens, errors);
            return item;
        }
        Some(TokenTree::Ident(next)) => {
            missing_comma(&name, next, errors);
            return item;
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            item.value = Value::List(group.stream());
            tokens.next();
        }
        Some(other) => {
            errors.at(
                other,
                format_args!("expected `=` or `,` after `{name}`, found {}", shown(other)),
            );
            item.value = Value::Unreadable;
            skip_to_comma(tokens);
            return item;
        }
    }
    comma(&name, tokens, errors);
    item
}

/// What stands between `=` and the next comma that is not one of a path's generic arguments.
fn value(name: &str, equals: Span, tokens: &mut Tokens, errors: &mut Errors) -> Value {
    let mut value = TokenStream::new();
    let mut before = None;
    let mut angles = 0_usize;
    while let Some(next) = tokens.peek().cloned().as_ref()
        && (angles > 0 || !is_comma(next))
    {
        if is_punct(Some(next), '<') {
            angles += 1;
        } else if is_punct(Some(next), '>') {
            angles = angles.saturating_sub(1);
        }
        if let (Some(before), TokenTree::Ident(word)) = (&before, next)
            && is_operand(before)
            && word != "as"
            && begins_a_word(tokens)
        {
            missing_comma(name, word, errors);
            return Value::Given(value);
        }
        before = tokens.next();
        value.extend(before.clone());
    }
    if value.is_empty() {
        errors.on(equals, format_args!("expected a value after `{name} =`"));
        tokens.next();
        return Value::Unreadable;
    }
    tokens.next();
    Value::Given(value)
}

/// Whether the next word can be one of ours, and not of an expression such as `if debug { … }`.
fn begins_a_word(tokens: &Tokens) -> bool {
    match tokens.clone().nth(1) {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), '=' | ',' | '-'),
        Some(TokenTree::Literal(_)) => false,
        Some(TokenTree::Ident(_)) | None => true,
    }
}

/// Whether a value can end here: behind a string or a word, another word begins another attribute. (`as` stands
/// between two words of a path.)
fn is_operand(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(word) => word != "as",
        TokenTree::Literal(_) => true,
        TokenTree::Punct(_) => false,
        TokenTree::Group(group) => group.delimiter() == Delimiter::None,
    }
}

/// Takes a comma. A word that stands in its place is left to be read next.
fn comma(name: &str, tokens: &mut Tokens, errors: &mut Errors) {
    match tokens.peek() {
        None => {}
        Some(token) if is_comma(token) => {
            tokens.next();
        }
        Some(TokenTree::Ident(next)) => missing_comma(name, next, errors),
        Some(other) => {
            errors.at(
                other,
                format_args!("expected `,` after `{name}`, found {}", shown(other)),
            );
            skip_to_comma(tokens);
        }
    }
}

fn missing_comma(name: &str, next: &Ident, errors: &mut Errors) {
    errors.at(
        next,
        format_args!("expected `,` between `{name}` and `{next}`"),
    );
}

fn skip_to_comma(tokens: &mut Tokens) {
    for token in tokens.by_ref() {
        if is_comma(&token) {
            return;
        }
    }
}

fn is_comma(token: &TokenTree) -> bool {
    is_punct(Some(token), ',')
}

fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

fn shown(token: &TokenTree) -> String {
    match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Brace => "`{`".to_owned(),
            Delimiter::Bracket => "`[`".to_owned(),
            Delimiter::Parenthesis | Delimiter::None => "`(`".to_owned(),
        },
        other => format!("`{other}`"),
    }
}

/// The value of a `macro_rules!` variable comes in a group without delimiters. Gives the token inside if it is a single
/// one, else the token as it is.
pub(crate) fn flatten(token: TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = &token
        && group.delimiter() == Delimiter::None
    {
        let mut inner = group.stream().into_iter();
        if let (Some(only), None) = (inner.next(), inner.next()) {
            return flatten(only);
        }
    }
    token
}
