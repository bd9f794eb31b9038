//! The names in the expansion: the user's, and the macro's own.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput};

use crate::model::ShapeKind;
use crate::plan::{Field, Fields};

/// The name of `timeline_core::__private` inside the block.
pub(crate) fn private() -> Ident {
    Ident::new("__tl", Span::call_site())
}

/// The input or the template that is being made: a local that no path of the user's can name.
pub(super) fn made() -> Ident {
    Ident::new("__made", Span::mixed_site())
}

/// The input or the template as an argument: shared fields have it as a reference, an event owns it.
pub(super) fn target(fields: &Fields<'_>) -> TokenStream {
    let made = made();
    match fields.kind {
        ShapeKind::SharedFields => quote!(#made),
        ShapeKind::Event | ShapeKind::Variant => quote!(&mut #made),
    }
}

/// The impls, in a block that keeps their imports to itself.
pub(crate) fn block(core: &TokenStream, inside: &TokenStream) -> TokenStream {
    let private = private();
    quote! {
        const _: () = {
            use #core::__private as #private;
            #inside
        };
    }
}

/// The type's name. If the type is deprecated, rustc does not warn of it in its own impl.
pub(crate) fn name_of(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let mut attributes = input.attrs.iter();
    if attributes.any(|attribute| attribute.path().is_ident("deprecated")) {
        ours(ident)
    } else {
        ident.to_token_stream()
    }
}

/// The user's tokens, as the macro's own at the same place: rustc does not warn there of what is deprecated.
pub(crate) fn ours(tokens: impl ToTokens) -> TokenStream {
    let at = |mut token: TokenTree| {
        token.set_span(token.span().resolved_at(Span::call_site()));
        token
    };
    tokens.into_token_stream().into_iter().map(at).collect()
}

/// The bindings of these fields in the pattern of a variant.
pub(super) fn bound<'f, 'i: 'f>(
    of: &Fields<'_>,
    fields: impl IntoIterator<Item = &'f Field<'i>>,
) -> TokenStream {
    let bind = |field: &Field<'_>| {
        let (member, binding) = (ours(&field.member), field.binding.as_ref()?);
        Some(quote!(#member: #binding,))
    };
    match of.kind {
        ShapeKind::Variant => fields.into_iter().filter_map(bind).collect(),
        ShapeKind::Event | ShapeKind::SharedFields => TokenStream::new(),
    }
}

/// What the user allows where a type is written is allowed where it is written again. Nothing else is: where a lint is
/// forbidden, allowing it is an error.
pub(super) fn allowed(input: &DeriveInput) -> Option<TokenStream> {
    const ABOUT_TYPES: [&str; 2] = ["deprecated", "unused_parens"];
    let (variants, fields): (Vec<&syn::Variant>, Vec<&syn::Field>) = match &input.data {
        Data::Struct(data) => (Vec::new(), data.fields.iter().collect()),
        Data::Enum(data) => (
            data.variants.iter().collect(),
            data.variants
                .iter()
                .flat_map(|variant| &variant.fields)
                .collect(),
        ),
        Data::Union(_) => (Vec::new(), Vec::new()),
    };
    let attributes = input
        .attrs
        .iter()
        .chain(variants.iter().flat_map(|variant| &variant.attrs))
        .chain(fields.iter().flat_map(|field| &field.attrs))
        .filter(|attribute| {
            let path = attribute.path();
            path.is_ident("allow") || path.is_ident("expect")
        });
    let said: Vec<TokenTree> = attributes
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .flat_map(|list| list.tokens.clone())
        .collect();
    let is_said = |lint: &&str| {
        said.iter()
            .any(|word| matches!(word, TokenTree::Ident(word) if word == lint))
    };
    let lints = ABOUT_TYPES
        .into_iter()
        .filter(is_said)
        .map(|lint| Ident::new(lint, Span::call_site()));
    let lints: Vec<Ident> = lints.collect();
    (!lints.is_empty()).then(|| quote!(#[allow(#(#lints),*)]))
}
