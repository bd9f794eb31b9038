//! The impl of a type that cannot be expanded. It does nothing, and is there so that rustc reports no missing impl wherever
//! the type is used.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors;
use crate::expand::names::{block, name_of, private};
use crate::parse::TypeAttrs;
use crate::parse::vocabulary::Place;

/// The trait to implement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trait {
    Event,
    Fields,
    Token,
}

pub(crate) fn expand(input: &DeriveInput, of: Trait) -> TokenStream {
    // These errors are dropped: they were collected when the attributes were read the first time.
    let place = match of {
        Trait::Event => Place::Event,
        Trait::Fields => Place::Fields,
        Trait::Token => Place::TokenEnum,
    };
    let (core, _) = errors::collect(|errors| TypeAttrs::parse(&input.attrs, place, errors).core());
    let private = private();
    let ident = name_of(input);
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let (name, items) = match of {
        Trait::Event => (
            quote!(TimelineEvent),
            quote! {
                fn event_input(&self) -> #private::Result<#private::EventInput<'_>, #private::InvalidEvent> {
                    #private::broken_variant()
                }
                fn templates() -> #private::Vec<#private::EventTemplate> {
                    #private::Vec::new()
                }
            },
        ),
        Trait::Fields => (
            quote!(TimelineFields),
            quote! {
                const PARTS: &'static #private::Parts<'static> = &#private::Parts::UNKNOWN;
                fn fill<'__input>(&'__input self, _: &mut #private::EventInput<'__input>) {}
                fn declare(_: &mut #private::EventTemplate) {}
            },
        ),
        Trait::Token => (
            quote!(TokenValue),
            quote! {
                const TYPE: #private::TokenType = #private::TokenType::Enumeration;
                fn to_token(&self) -> #private::Result<#private::Token<'_>, #private::InvalidToken> {
                    #private::option("")
                }
            },
        ),
    };
    block(
        &core,
        &quote! {
            #[automatically_derived]
            impl #impl_generics #private::#name for #ident #type_generics #where_clause {
                #items
            }
        },
    )
}
