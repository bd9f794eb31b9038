//! From the attributes' text to slots, one for each thing that can be said. Each slot knows its own name, and reports
//! what is wrong with it.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, ExprPath, LitStr, Path, Token, WherePredicate};

use crate::attr::{self, Item, Value, flatten};
use crate::case::{RULES, Rule};
use crate::errors::Errors;
use crate::suggest::nearest;
use crate::words::{self, Place, example, listed};

/// One thing that can be said once.
pub(crate) struct Slot<T> {
    name: &'static str,
    said: Option<Said<T>>,
}

/// Something that was said, and where.
pub(crate) struct Said<T> {
    /// The user's tokens of the name.
    pub(crate) at: TokenStream,
    /// Absent where it could not be read; that was reported.
    pub(crate) value: Option<T>,
}

impl<T> Slot<T> {
    fn new(name: &'static str) -> Self {
        Slot { name, said: None }
    }

    /// Fills the slot. A second time is an error, and the first is kept.
    fn read(
        &mut self,
        item: &Item,
        errors: &mut Errors,
        read: fn(&'static str, &Item, &mut Errors) -> Option<T>,
    ) {
        if self.said.is_some() {
            errors.at(
                &item.at,
                format_args!("`{}` is given twice: remove one", self.name),
            );
            return;
        }
        self.said = Some(Said {
            at: item.at.clone(),
            value: read(self.name, item, errors),
        });
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn said(&self) -> Option<&Said<T>> {
        self.said.as_ref()
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.said.as_ref()?.value.as_ref()
    }
}

/// How a type names its template.
pub(crate) enum TemplateId {
    Literal(LitStr),
    Path(ExprPath),
}

/// What is said on the type.
pub(crate) struct TypeAttrs {
    pub(crate) template_id: Slot<TemplateId>,
    pub(crate) template: Slot<LitStr>,
    pub(crate) name: Slot<LitStr>,
    pub(crate) object_type: Slot<LitStr>,
    pub(crate) rename_all: Slot<Rule>,
    pub(crate) bound: Slot<Vec<WherePredicate>>,
    pub(crate) krate: Slot<Path>,
    /// Something could not be read, and was reported: what seems to be missing may have stood there.
    pub(crate) doubtful: bool,
}

impl TypeAttrs {
    /// The path of `timeline_core`; absent where the user's own could not be read.
    pub(crate) fn core(&self) -> Option<TokenStream> {
        match self.krate.said() {
            None => Some(quote::quote!(::timeline_core)),
            Some(said) => said.value.as_ref().map(ToTokens::to_token_stream),
        }
    }

    pub(crate) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let items = attr::read(attributes, example("template_id"), errors);
        let mut attrs = TypeAttrs {
            template_id: Slot::new("template_id"),
            template: Slot::new("template"),
            name: Slot::new("name"),
            object_type: Slot::new("object_type"),
            rename_all: Slot::new("rename_all"),
            bound: Slot::new("bound"),
            krate: Slot::new("crate"),
            doubtful: items.doubtful,
        };
        for item in &items.items {
            match item.name.as_str() {
                "template_id" => attrs.template_id.read(item, errors, template_id),
                "template" => attrs.template.read(item, errors, text),
                "name" => attrs.name.read(item, errors, text),
                "object_type" => attrs.object_type.read(item, errors, text),
                "rename_all" => attrs.rename_all.read(item, errors, rule),
                "bound" => attrs.bound.read(item, errors, predicates),
                "crate" => attrs.krate.read(item, errors, absolute_path),
                _ => {
                    unknown(item, Place::Type, errors);
                    attrs.doubtful = true;
                }
            }
        }
        attrs
    }
}

/// What a field can be to an event, other than a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Id,
    Key,
    Email,
    Utk,
    ObjectId,
    Domain,
    CustomObjectTypeId,
    Timestamp,
    ExtraData,
    IFrame,
}

impl Role {
    fn named(name: &str) -> Option<(Role, &'static str)> {
        Some(match name {
            "id" => (Role::Id, "id"),
            "key" => (Role::Key, "key"),
            "email" => (Role::Email, "email"),
            "utk" => (Role::Utk, "utk"),
            "object_id" => (Role::ObjectId, "object_id"),
            "domain" => (Role::Domain, "domain"),
            "custom_object_type_id" => (Role::CustomObjectTypeId, "custom_object_type_id"),
            "timestamp" => (Role::Timestamp, "timestamp"),
            "extra_data" => (Role::ExtraData, "extra_data"),
            "iframe" => (Role::IFrame, "iframe"),
            _ => return None,
        })
    }
}

/// What is said on a field.
pub(crate) struct FieldAttrs {
    /// In the order they were written.
    pub(crate) roles: Vec<(Role, Slot<()>)>,
    pub(crate) token: Slot<LitStr>,
    pub(crate) label: Slot<LitStr>,
    pub(crate) property: Slot<LitStr>,
    pub(crate) with: Slot<ExprPath>,
    pub(crate) skip: Slot<()>,
    /// Something could not be read, and was reported: what seems to be missing may have stood there.
    pub(crate) doubtful: bool,
}

impl FieldAttrs {
    pub(crate) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let items = attr::read(attributes, example("token"), errors);
        let mut attrs = FieldAttrs {
            roles: Vec::new(),
            token: Slot::new("token"),
            label: Slot::new("label"),
            property: Slot::new("property"),
            with: Slot::new("with"),
            skip: Slot::new("skip"),
            doubtful: items.doubtful,
        };
        for item in &items.items {
            match item.name.as_str() {
                "token" => attrs.token.read(item, errors, any_text),
                "label" => attrs.label.read(item, errors, text),
                "property" => attrs.property.read(item, errors, text),
                "with" => attrs.with.read(item, errors, function),
                "skip" => attrs.skip.read(item, errors, flag),
                name => match Role::named(name) {
                    Some((role, name)) => attrs.read_role(role, name, item, errors),
                    None => {
                        unknown(item, Place::Field, errors);
                        attrs.doubtful = true;
                    }
                },
            }
        }
        attrs
    }

    fn read_role(&mut self, role: Role, name: &'static str, item: &Item, errors: &mut Errors) {
        if let Some((_, slot)) = self.roles.iter_mut().find(|(other, _)| *other == role) {
            return slot.read(item, errors, flag);
        }
        let mut slot = Slot::new(name);
        slot.read(item, errors, flag);
        self.roles.push((role, slot));
    }
}

/// Says nothing more about a word around which something else was wrong.
fn unknown(item: &Item, place: Place, errors: &mut Errors) {
    let value = match &item.value {
        Value::Given(tokens) => Some(tokens.to_string()),
        Value::None | Value::List(_) => None,
        Value::Broken => return,
    };
    errors.at(
        &item.at,
        words::unknown(&item.name, place, value.as_deref()),
    );
}

fn flag(name: &'static str, item: &Item, errors: &mut Errors) -> Option<()> {
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

/// The value's tokens, out of the groups that `macro_rules!` variables come in.
fn given<'i>(name: &'static str, item: &'i Item, errors: &mut Errors) -> Option<&'i TokenStream> {
    match &item.value {
        Value::Given(tokens) => Some(tokens),
        Value::None => {
            errors.at(
                &item.at,
                format_args!("`{name}` needs a value: `{}`", example(name)),
            );
            None
        }
        Value::List(tokens) => {
            let (at, fix) = match literal(tokens) {
                Some(literal) => (tokens, format!("{name} = {}", quoted(&literal))),
                None if tokens.is_empty() => (&item.at, example(name).to_owned()),
                None => (tokens, example(name).to_owned()),
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

fn literal(tokens: &TokenStream) -> Option<Literal> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next().map(flatten), tokens.next()) {
        (Some(TokenTree::Literal(literal)), None) => Some(literal),
        _ => None,
    }
}

/// A literal as the string it was probably meant to be.
fn quoted(literal: &Literal) -> String {
    let text = literal.to_string();
    let bare = text.trim_start_matches(['b', 'c', 'r', '#']);
    let bare = bare.trim_end_matches('#').trim_matches(['"', '\'']);
    format!("\"{bare}\"")
}

/// A string, which may be empty.
fn any_text(name: &'static str, item: &Item, errors: &mut Errors) -> Option<LitStr> {
    let tokens = given(name, item, errors)?;
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
                format_args!("expected a string, as in `{}`", example(name)),
            );
            return None;
        }
    };
    errors.at(tokens, format_args!("expected a string: `{name} = {text}`"));
    None
}

/// A string with something in it.
fn text(name: &'static str, item: &Item, errors: &mut Errors) -> Option<LitStr> {
    let text = any_text(name, item, errors)?;
    if text.value().trim().is_empty() {
        errors.at(
            &text,
            format_args!(
                "`{name}` is empty: expected something like `{}`",
                example(name)
            ),
        );
        return None;
    }
    Some(text)
}

fn template_id(name: &'static str, item: &Item, errors: &mut Errors) -> Option<TemplateId> {
    let tokens = given(name, item, errors)?;
    if literal(tokens).is_none() {
        if let Ok(path) = syn::parse2::<ExprPath>(tokens.clone()) {
            return Some(TemplateId::Path(path));
        }
        errors.at(
            tokens,
            format_args!(
                "expected a string or the path of a `&'static str` constant, as in `{}`",
                example(name)
            ),
        );
        return None;
    }
    let id = text(name, item, errors)?;
    if id.value().contains(['{', '}']) {
        errors.at(
            &id,
            "a template's id is fixed, HubSpot puts nothing in the place of braces: expected something like \
             `template_id = \"1001298\"`",
        );
        return None;
    }
    Some(TemplateId::Literal(id))
}

fn rule(name: &'static str, item: &Item, errors: &mut Errors) -> Option<Rule> {
    let text = text(name, item, errors)?;
    let rule = text.value();
    let known = Rule::named(&rule);
    if known.is_none() {
        let names = || RULES.into_iter().map(|(name, _)| name);
        let advice = match nearest(&rule, names()) {
            Some(near) => format!("did you mean `rename_all = \"{near}\"`?"),
            None => format!("the rules are {}", listed(names())),
        };
        errors.at(&text, format_args!("unknown rule {rule:?}; {advice}"));
    }
    known
}

fn predicates(name: &'static str, item: &Item, errors: &mut Errors) -> Option<Vec<WherePredicate>> {
    let text = any_text(name, item, errors)?;
    let parser = Punctuated::<WherePredicate, Token![,]>::parse_terminated;
    match text.parse_with(parser) {
        Ok(predicates) => Some(predicates.into_iter().collect()),
        Err(error) => {
            errors.at(
                &text,
                format_args!(
                    "expected bounds as in a `where` clause, such as `{}`: {error}",
                    example(name)
                ),
            );
            None
        }
    }
}

fn absolute_path(name: &'static str, item: &Item, errors: &mut Errors) -> Option<Path> {
    let text = text(name, item, errors)?;
    let Ok(mut path) = text.parse_with(Path::parse_mod_style) else {
        errors.at(
            &text,
            format_args!("expected the path of a crate, as in `{}`", example(name)),
        );
        return None;
    };
    let from_crate = path
        .segments
        .first()
        .is_some_and(|first| first.ident == "crate");
    if path.leading_colon.is_none() && !from_crate {
        let shown = text.value();
        errors.at(
            &text,
            format_args!(
                "the path must be absolute, since the impl stands in a block of its own: `crate = \"::{shown}\"` or \
                 `crate = \"crate::{shown}\"`"
            ),
        );
        // What is meant is clear enough for an impl that keeps other errors away.
        path.leading_colon = Some(<Token![::]>::default());
    }
    Some(path)
}

fn function(name: &'static str, item: &Item, errors: &mut Errors) -> Option<ExprPath> {
    let text = text(name, item, errors)?;
    let path = text.parse_with(|input: syn::parse::ParseStream<'_>| input.parse::<ExprPath>());
    if path.is_err() {
        errors.at(
            &text,
            format_args!(
                "expected the path of a function from a reference to the field, as in `{}`",
                example(name)
            ),
        );
    }
    path.ok()
}
