//! The impl of a type with errors: it is there and does nothing, so that what uses the type adds no errors of its own.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors;
use crate::parse::TypeAttrs;

/// Nothing where the path of `timeline_core` is unknown: an impl that names a wrong one would add an error.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    // The errors have been collected when the attributes were read for good.
    let (core, _) = errors::collect(|errors| TypeAttrs::parse(&input.attrs, errors).core());
    let Some(core) = core else {
        return TokenStream::new();
    };
    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        const _: () = {
            #[automatically_derived]
            impl #impl_generics #core::__private::TimelineEvent for #ident #type_generics #where_clause {
                fn event_input(
                    &self,
                ) -> #core::__private::Result<#core::__private::EventInput<'_>, #core::__private::InvalidEvent> {
                    #core::__private::broken()
                }

                fn templates() -> #core::__private::Vec<#core::__private::EventTemplate> {
                    #core::__private::Vec::new()
                }
            }
        };
    }
}
