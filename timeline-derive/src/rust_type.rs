//! What a field's type says by its tokens alone. A type of the user's that has the name of another is taken for that one.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Generics, PathArguments, Type};

/// Whether rustc is sure to refuse a lifetime in the type.
///
/// rustc is not sure to refuse it if a `for<'a>` may declare it, or if a macro may replace it.
pub(crate) fn names_unknown_lifetime(ty: &Type, generics: &Generics) -> bool {
    let mut found = Found::default();
    found.read(ty.to_token_stream());
    let known = |name: &String| {
        let mut declared = generics.lifetimes();
        ["static", "_"].contains(&name.as_str())
            || declared.any(|parameter| parameter.lifetime.ident == name)
    };
    !found.may_be_declared && !found.lifetimes.iter().all(known)
}

#[derive(Default)]
struct Found {
    lifetimes: Vec<String>,
    may_be_declared: bool,
}

impl Found {
    fn read(&mut self, tokens: TokenStream) {
        let mut after_tick = false;
        for token in tokens {
            let tick = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
            match token {
                TokenTree::Ident(name) if after_tick => self.lifetimes.push(name.to_string()),
                TokenTree::Ident(name) => self.may_be_declared |= name == "for",
                TokenTree::Punct(punct) => self.may_be_declared |= punct.as_char() == '!',
                TokenTree::Group(group) => self.read(group.stream()),
                TokenTree::Literal(_) => {}
            }
            after_tick = tick;
        }
    }
}

pub(crate) fn is_phantom_data(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "PhantomData"),
        Type::Group(group) => is_phantom_data(&group.elem),
        Type::Paren(paren) => is_phantom_data(&paren.elem),
        _ => false,
    }
}

/// The texts and numbers of the language.
pub(crate) const PLAIN: [&str; 17] = [
    "String", "str", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

/// HubSpot's word for the token that a type of the language makes, behind the usual wrappers. A type of the user's that has such
/// a name is taken for it.
pub(crate) fn plain_type(ty: &Type) -> Option<&'static str> {
    const WRAPPERS: [&str; 5] = ["Arc", "Box", "Cow", "Option", "Rc"];
    match ty {
        Type::Reference(reference) => plain_type(&reference.elem),
        Type::Group(group) => plain_type(&group.elem),
        Type::Paren(paren) => plain_type(&paren.elem),
        Type::Path(path) if path.qself.is_none() => {
            let [segment] = &path.path.segments.iter().collect::<Vec<_>>()[..] else {
                return None;
            };
            let name = segment.ident.to_string();
            match &segment.arguments {
                PathArguments::None => match &*name {
                    "String" | "str" | "char" => Some("string"),
                    "SystemTime" => Some("date"),
                    "bool" => Some("enumeration"),
                    name if PLAIN.contains(&name) => Some("number"),
                    _ => None,
                },
                PathArguments::AngleBracketed(arguments) if WRAPPERS.contains(&&*name) => {
                    let last = arguments.args.iter().next_back()?;
                    match last {
                        GenericArgument::Type(ty) => plain_type(ty),
                        _ => None,
                    }
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the type is a text or a number of the language. For every token type some of its values fit, so no assertion
/// is needed.
pub(crate) fn holds_anything(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => holds_anything(&reference.elem),
        Type::Group(group) => holds_anything(&group.elem),
        Type::Paren(paren) => holds_anything(&paren.elem),
        Type::Path(path) => {
            let name = path.path.get_ident();
            name.is_some_and(|name| PLAIN.iter().any(|plain| name == plain))
        }
        _ => false,
    }
}

/// Whether values of the type may have no known size, as far as its name tells.
pub(crate) fn may_be_unsized(ty: &Type, generics: &Generics) -> bool {
    const UNSIZED: [&str; 5] = ["str", "Path", "OsStr", "CStr", "RawValue"];
    match ty {
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Group(inner) => may_be_unsized(&inner.elem, generics),
        Type::Paren(inner) => may_be_unsized(&inner.elem, generics),
        Type::Path(of) => {
            let segments = &of.path.segments;
            let is_parameter = |name: &Ident| generics.type_params().any(|of| of.ident == *name);
            // A trait may have an associated type of no known size.
            let is_associated = of.qself.is_some()
                || segments.len() > 1
                    && segments
                        .first()
                        .is_some_and(|first| is_parameter(&first.ident));
            let is_known = |name: &Ident| UNSIZED.iter().any(|other| name == other);
            is_associated || segments.last().is_some_and(|last| is_known(&last.ident))
        }
        _ => false,
    }
}

/// Whether the type is the deriving type itself, by its bare name, also behind the usual pointers. The compiler finds
/// the other circles.
pub(crate) fn is_itself(ty: &Type, of: &Ident) -> bool {
    match ty {
        Type::Reference(reference) => is_itself(&reference.elem, of),
        Type::Group(group) => is_itself(&group.elem, of),
        Type::Paren(paren) => is_itself(&paren.elem, of),
        Type::Path(path) => {
            let path = &path.path;
            let bare = path.segments.len() == 1;
            let Some(last) = path.segments.last() else {
                return false;
            };
            let pointers = ["Arc", "Box", "Option", "Rc"];
            match &last.arguments {
                PathArguments::AngleBracketed(arguments)
                    if pointers.iter().any(|name| last.ident == name) =>
                {
                    arguments.args.iter().any(|argument| match argument {
                        GenericArgument::Type(inner) => is_itself(inner, of),
                        _ => false,
                    })
                }
                _ => bare && (last.ident == "Self" || last.ident == *of),
            }
        }
        _ => false,
    }
}

/// Whether one of the parameters stands in the type. A type of the same name elsewhere (`other::T`) is taken for the
/// parameter. The bound on it then either holds anyway or is the error that the field would be.
pub(crate) fn mentions(ty: &TokenStream, parameters: &[String]) -> bool {
    ty.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => parameters.iter().any(|parameter| ident == parameter),
        TokenTree::Group(group) => mentions(&group.stream(), parameters),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
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
