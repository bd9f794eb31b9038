//! What is wrong with a type as Rust sees it: told by rustc, and not to be told again by way of the expansion; or told here,
//! where rustc would speak of code that the user has not written.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{DeriveInput, Generics, Type};

use crate::errors::Errors;

/// Whether rustc is sure to refuse a lifetime in the type.
///
/// Where `for<'a>` may declare it, or a macro makes something else of it, nobody can tell.
pub(super) fn names_unknown_lifetime(ty: &Type, generics: &Generics) -> bool {
    let mut found = Found::default();
    found.read(ty.to_token_stream());
    let known = |name: &String| {
        let mut declared = generics.lifetimes();
        ["static", "_"].contains(&name.as_str())
            || declared.any(|parameter| parameter.lifetime.ident == name)
    };
    !found.doubtful && !found.lifetimes.iter().all(known)
}

#[derive(Default)]
struct Found {
    lifetimes: Vec<String>,
    doubtful: bool,
}

impl Found {
    fn read(&mut self, tokens: TokenStream) {
        let mut after_tick = false;
        for token in tokens {
            let tick = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
            match token {
                TokenTree::Ident(name) if after_tick => self.lifetimes.push(name.to_string()),
                TokenTree::Ident(name) => self.doubtful |= name == "for",
                TokenTree::Punct(punct) => self.doubtful |= punct.as_char() == '!',
                TokenTree::Group(group) => self.read(group.stream()),
                TokenTree::Literal(_) => {}
            }
            after_tick = tick;
        }
    }
}

/// Whether the fields cannot be borrowed, since the type is packed; told at the word.
pub(super) fn is_packed(input: &DeriveInput, derive: &str, errors: &mut Errors) -> bool {
    let lists = input
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("repr"))
        .filter_map(|attribute| attribute.meta.require_list().ok());
    let packed = lists
        .flat_map(|list| list.tokens.clone())
        .find(|token| matches!(token, TokenTree::Ident(word) if word == "packed"));
    if let Some(word) = &packed {
        errors.at(
            word,
            format_args!(
                "`#[derive({derive})]` borrows the fields, and rustc lets nobody borrow those of a packed struct: remove \
                 `packed`, or derive it for a struct with the same fields that is not packed"
            ),
        );
    }
    packed.is_some()
}

#[cfg(test)]
mod tests {
    use super::names_unknown_lifetime;

    #[test]
    fn a_lifetime_that_rustc_refuses() {
        let input: syn::DeriveInput = syn::parse_str("struct E<'a, T>(&'a T);").expect("a struct");
        for (ty, expected) in [
            ("u8", false),
            ("&'a str", false),
            ("&'static str", false),
            ("Cow<'_, str>", false),
            ("&'b str", true),
            ("Option<Box<(u8, Cow<'b, T>)>>", true),
            ("for<'b> fn(&'b str)", false),
            ("Box<dyn for<'b> Fn(&'b str)>", false),
            ("my_type!('b)", false),
        ] {
            let parsed: syn::Type = syn::parse_str(ty).expect(ty);
            assert_eq!(
                names_unknown_lifetime(&parsed, &input.generics),
                expected,
                "{ty}"
            );
        }
    }
}
