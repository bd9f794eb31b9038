//! The impl's bounds: the user's own, or one for each field whose type mentions a type parameter.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{DeriveInput, Generics, Type};

use super::{private, used};
use crate::model::Shape;
use crate::parse::{Role, TypeAttrs};

/// The generics, gathering bounds.
pub(super) struct Needs {
    generics: Generics,
    parameters: Vec<String>,
    /// The user has given the bounds.
    given: bool,
}

impl Needs {
    pub(super) fn new(input: &DeriveInput, attrs: &TypeAttrs) -> Self {
        let mut generics = input.generics.clone();
        if let Some(predicates) = attrs.bound.value()
            && !predicates.is_empty()
        {
            let all = &mut generics.make_where_clause().predicates;
            all.extend(predicates.iter().cloned());
        }
        let parameters = input.generics.type_params();
        Needs {
            generics,
            parameters: parameters
                .map(|parameter| parameter.ident.to_string())
                .collect(),
            given: attrs.bound.said().is_some(),
        }
    }

    pub(super) fn add_fields(&mut self, shape: &Shape<'_>) {
        for field in used(shape).filter(|field| field.with().is_none()) {
            let needed = match field.role {
                _ if field.is_flattened() => "TimelineFields",
                Some(Role::Timestamp) => "DateValue",
                Some(Role::ExtraData) => "ExtraData",
                Some(Role::IFrame) => "IFrameValue",
                _ => "TokenValue",
            };
            self.add(field.ty, needed);
        }
    }

    pub(super) fn add(&mut self, ty: &Type, needed: &str) {
        if self.given || !mentions(&ty.to_token_stream(), &self.parameters) {
            return;
        }
        let private = private();
        let needed = Ident::new(needed, Span::call_site());
        let all = &mut self.generics.make_where_clause().predicates;
        all.push(syn::parse_quote!(#ty: #private::#needed));
    }

    pub(super) fn into_generics(self) -> Generics {
        self.generics
    }
}

/// Whether one of the parameters stands in the type. A type of the same name elsewhere (`other::T`) is taken for the
/// parameter; its bound is then one that holds anyway, or the error that the field would be.
pub(super) fn mentions(ty: &TokenStream, parameters: &[String]) -> bool {
    ty.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => parameters.iter().any(|parameter| ident == parameter),
        TokenTree::Group(group) => mentions(&group.stream(), parameters),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
