//! Warnings: uses of a deprecated constant, since a stable compiler gives a macro no other way to warn.
//! `#[allow(deprecated)]` on the type or the field silences them.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::DeriveInput;
use syn::spanned::Spanned;

use super::names::allowed;
use crate::plan::Shape;

/// Warns about tokens whose names app events may refuse.
pub(super) fn reserved(shape: &Shape<'_>, input: &DeriveInput) -> TokenStream {
    let allow = allowed(input);
    let warnings = shape.reserved.iter().map(|(name, at)| {
        let note = format!(
            "app events may refuse the property `{name}`, whose name HubSpot reserves on a page about an older version: \
             choose another with `#[timeline(token = \"…\")]`, or silence this with `#[allow(deprecated)]`"
        );
        let constant = Ident::new("RESERVED_NAME", at.span());
        quote! {
            #allow
            const _: () = {
                #[deprecated(note = #note)]
                const #constant: () = ();
                #constant
            };
        }
    });
    warnings.collect()
}
