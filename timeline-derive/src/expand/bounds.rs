//! The impl's bounds: the user's own, or one for each field whose type mentions a type parameter.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, GenericArgument, Generics, Path, PathArguments, Type, WherePredicate};

use super::names::private;
use crate::plan::{Fields, Target};
use crate::role::Role;
use crate::rust_type::mentions;

/// The generics, gathering bounds.
pub(super) struct Needs {
    generics: Generics,
    parameters: Vec<String>,
    /// The user has given the bounds.
    given: bool,
}

impl Needs {
    pub(super) fn new(target: &Target<'_>) -> Self {
        let mut generics = target.input.generics.clone();
        if let Some(bound) = &target.bound
            && !bound.is_empty()
        {
            let all = &mut generics.make_where_clause().predicates;
            all.extend(bound.iter().cloned());
        }
        let parameters = target.input.generics.type_params();
        Needs {
            generics,
            parameters: parameters
                .map(|parameter| parameter.ident.to_string())
                .collect(),
            given: target.bound.is_some(),
        }
    }

    pub(super) fn add_fields(&mut self, fields: &Fields<'_>) {
        for field in fields.fields.iter().filter(|field| field.with.is_none()) {
            let needed = match field.role {
                _ if field.is_flattened => "TimelineFields",
                Some(Role::Timestamp) => "DateValue",
                Some(Role::ExtraData) => "ExtraData",
                Some(Role::IFrame) => "IFrameValue",
                _ => "TokenValue",
            };
            self.add(field.ty, needed);
        }
    }

    pub(super) fn add(&mut self, ty: &Type, needed: &str) {
        if self.given
            || !mentions(&ty.to_token_stream(), &self.parameters)
            || leaves_out_a_lifetime(&ty.to_token_stream())
        {
            return;
        }
        let private = private();
        let needed = Ident::new(needed, Span::call_site());
        let mut statics = Vec::new();
        static_bounds(ty, &self.parameters, &mut statics);
        // Only the decisive type is written out again: rustc would report a mistake in the rest of the type again.
        let ty = decisive(ty, &self.generics);
        let all = &mut self.generics.make_where_clause().predicates;
        all.extend(statics);
        all.push(syn::parse_quote!(#ty: #private::#needed));
    }

    pub(super) fn into_generics(self) -> Generics {
        self.generics
    }
}

/// Whether a lifetime is left out, in a reference or in a `Cow`: rustc refuses that in the type, and would refuse it in a
/// bound once more. A type of the user's that is called `Cow` and has no lifetime gets no bound; `bound` can give it one.
/// Behind a name, parentheses are those of a function, which may leave lifetimes out.
fn leaves_out_a_lifetime(ty: &TokenStream) -> bool {
    let mut tokens = ty.clone().into_iter().peekable();
    let (mut after_name, mut after_arrow, mut after_cow) = (false, false, false);
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct)
                if (punct.as_char() == '&' && !after_arrow)
                    || (punct.as_char() == '<' && after_cow) =>
            {
                let named = matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '\'');
                if !named {
                    return true;
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                if matches!(tokens.peek(), Some(TokenTree::Ident(name)) if name == "_") {
                    return true;
                }
            }
            TokenTree::Group(group) if !after_name && leaves_out_a_lifetime(&group.stream()) => {
                return true;
            }
            _ => {}
        }
        after_name = matches!(token, TokenTree::Ident(_));
        after_cow = matches!(&token, TokenTree::Ident(name) if name == "Cow");
        after_arrow = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '>');
    }
    false
}

/// The type that the bound is about. For a reference this is the type behind it, except for a `dyn`: without a lifetime
/// of its own it has the reference's. For an array whose length is a name but no parameter, and so may be undeclared,
/// it is the type of the elements.
fn decisive<'t>(ty: &'t Type, generics: &Generics) -> &'t Type {
    match ty {
        Type::Reference(reference) if !matches!(*reference.elem, Type::TraitObject(_)) => {
            decisive(&reference.elem, generics)
        }
        Type::Group(group) => decisive(&group.elem, generics),
        Type::Paren(paren) => decisive(&paren.elem, generics),
        Type::Array(array) => match &array.len {
            Expr::Path(length) if !is_parameter(&length.path, generics) => {
                decisive(&array.elem, generics)
            }
            _ => ty,
        },
        other => other,
    }
}

fn is_parameter(path: &Path, generics: &Generics) -> bool {
    let mut parameters = generics.const_params();
    parameters.any(|parameter| path.is_ident(&parameter.ident))
}

/// `T: 'static` for each `T` behind a reference or in a `Cow` that is `'static`. If the user's type does not have this
/// bound, rustc reports the mistake in the type. With the bound in the impl, rustc does not report the same mistake
/// there.
fn static_bounds(ty: &Type, parameters: &[String], found: &mut Vec<WherePredicate>) {
    let mut is_static = |ty: &Type| {
        if mentions(&ty.to_token_stream(), parameters) {
            found.push(syn::parse_quote!(#ty: 'static));
        }
    };
    match ty {
        Type::Reference(reference) => {
            if reference
                .lifetime
                .as_ref()
                .is_some_and(|lifetime| lifetime.ident == "static")
            {
                is_static(&reference.elem);
            }
            static_bounds(&reference.elem, parameters, found);
        }
        Type::Group(group) => static_bounds(&group.elem, parameters, found),
        Type::Paren(paren) => static_bounds(&paren.elem, parameters, found),
        Type::Slice(slice) => static_bounds(&slice.elem, parameters, found),
        Type::Array(array) => static_bounds(&array.elem, parameters, found),
        Type::Tuple(tuple) => {
            for ty in &tuple.elems {
                static_bounds(ty, parameters, found);
            }
        }
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else {
                return;
            };
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return;
            };
            let is_static = |argument: &GenericArgument| matches!(argument, GenericArgument::Lifetime(lifetime) if lifetime.ident == "static");
            let is_static_cow = last.ident == "Cow" && arguments.args.iter().any(is_static);
            for argument in &arguments.args {
                if let GenericArgument::Type(ty) = argument {
                    if is_static_cow && mentions(&ty.to_token_stream(), parameters) {
                        found.push(syn::parse_quote!(#ty: 'static));
                    }
                    static_bounds(ty, parameters, found);
                }
            }
        }
        _ => {}
    }
}
