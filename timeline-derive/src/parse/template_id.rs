//! The id of an event template: a literal, which is checked here, or a constant, which only the compiler can check.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{ExprPath, LitStr};

use crate::errors::Errors;
use crate::parse::list::Item;
use crate::parse::slot::Word;
use crate::parse::value;

/// How a type names its template.
#[derive(Clone)]
pub(crate) enum TemplateId {
    Literal(LitStr),
    Path(ExprPath),
}

impl TemplateId {
    /// The id, if it is a literal.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            TemplateId::Literal(id) => Some(id.value()),
            TemplateId::Path(_) => None,
        }
    }
}

/// As the user wrote it.
impl ToTokens for TemplateId {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            TemplateId::Literal(id) => id.to_tokens(tokens),
            TemplateId::Path(path) => path.to_tokens(tokens),
        }
    }
}

pub(crate) fn read(word: Word, item: &Item, errors: &mut Errors) -> Option<TemplateId> {
    let tokens = value::given(word, item, errors)?;
    if value::literal(tokens).is_none() {
        if let Ok(path) = syn::parse2::<ExprPath>(tokens.clone()) {
            return Some(TemplateId::Path(path));
        }
        errors.at(
            tokens,
            format_args!(
                "expected a string or the path of a `&'static str` constant, as in `{}`",
                word.example
            ),
        );
        return None;
    }
    if let Some(number) = value::literal(tokens)
        && number.to_string().starts_with(|c: char| c.is_ascii_digit())
        && value::quoted(&number).is_none_or(|text| text.contains('.'))
    {
        errors.at(
            tokens,
            format_args!(
                "expected a string with the id's digits, as in `{}`",
                word.example
            ),
        );
        return None;
    }
    let id = value::text(word, item, errors)?;
    if let Some(mistake) = mistake(&id.value()) {
        errors.at(&id, mistake);
        return None;
    }
    Some(TemplateId::Literal(id))
}

/// Why no template can have this id, which is not empty.
fn mistake(id: &str) -> Option<String> {
    if id.contains(['{', '}']) {
        return Some(
            "a template's id is fixed, HubSpot puts nothing in the place of braces: expected something like \
             `template_id = \"1001298\"`"
                .to_owned(),
        );
    }
    let digits = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    // A constant, which is not to be quoted: `ids::PET`, `PET_ADOPTED`.
    let is_name = |name: &str| {
        let mut chars = name.chars();
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && chars.all(|c| c.is_alphanumeric() || c == '_')
    };
    let path = id.strip_prefix("::").unwrap_or(id);
    let is_path = id.contains("::") && path.split("::").all(is_name);
    let is_constant = is_name(id)
        && id.contains(|c: char| c.is_ascii_uppercase())
        && !id.contains(|c: char| c.is_lowercase());
    if is_path || is_constant {
        return Some(format!(
            "`{id}` looks like the path of a constant, and in quotes it is the id itself: write it without quotes, \
             `template_id = {id}`"
        ));
    }
    let bare: String = id
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_')
        .collect();
    if id.contains('_') && digits(&bare) {
        return Some(format!(
            "a template's id has no `_` between its digits: write `template_id = {bare:?}`"
        ));
    }
    // Invisible characters come along when a text is copied from a page.
    let is_wrong = |c: char| !c.is_ascii_graphic();
    id.contains(is_wrong).then(|| {
        let bare: String = id.chars().filter(|c| !is_wrong(*c)).collect();
        format!(
            "a template's id has no blanks and nothing but ASCII: write `template_id = {bare:?}`"
        )
    })
}
