//! `TokenEnum`, from its attributes to its impl: the same stages as an event's, each too small for a file.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput};

use crate::case::words;
use crate::errors::Errors;
use crate::expand::private;
use crate::parse::{OptionAttrs, TypeAttrs};
use crate::words::Place;

/// A fieldless enum that is an enumeration token.
pub(crate) struct TokenEnum<'i> {
    input: &'i DeriveInput,
    pub(crate) attrs: TypeAttrs,
    options: Vec<TokenOption<'i>>,
}

struct TokenOption<'i> {
    ident: &'i Ident,
    attrs: OptionAttrs,
    value: String,
    label: String,
}

impl<'i> TokenEnum<'i> {
    pub(crate) fn read(input: &'i DeriveInput, errors: &mut Errors) -> Option<Self> {
        let data = match &input.data {
            Data::Enum(data) => data,
            Data::Struct(data) => {
                refuse(data.struct_token, errors);
                return None;
            }
            Data::Union(data) => {
                refuse(data.union_token, errors);
                return None;
            }
        };
        let attrs = TypeAttrs::parse(&input.attrs, Place::TokenEnum, errors);
        let mut options = Vec::new();
        for variant in &data.variants {
            if !variant.fields.is_empty() {
                errors.at(
                    &variant.fields,
                    format_args!(
                        "`{}` has fields, and an option of an enumeration is one text: remove them, or implement \
                         `TokenValue` by hand",
                        variant.ident
                    ),
                );
            }
            options.push(TokenOption::read(variant, &attrs, errors));
        }
        Some(TokenEnum {
            input,
            attrs,
            options,
        })
    }

    pub(crate) fn check(&self, errors: &mut Errors) {
        if self.options.is_empty() {
            errors.at(
                &self.input.ident,
                "an enumeration needs at least one option: add a variant for each value that the token may have",
            );
        }
        for (place, option) in self.options.iter().enumerate() {
            if option.attrs.value.is_unreadable() || self.attrs.rename_all.is_unreadable() {
                continue;
            }
            if option.value.is_empty() {
                errors.at(
                    option.ident,
                    "the option's value is empty: choose one with `#[timeline(value = \"…\")]`",
                );
                continue;
            }
            let before = self.options.iter().take(place);
            let same = before
                .filter(|before| !before.attrs.value.is_unreadable())
                .find(|before| before.value == option.value);
            if let Some(same) = same {
                let at = match option.attrs.value.value() {
                    Some(value) => value.to_token_stream(),
                    None => option.ident.to_token_stream(),
                };
                errors.at(
                    at,
                    format_args!(
                        "the variant `{}` has the value {:?} already, and nobody could tell the two apart: choose another \
                         with `value = \"…\"`",
                        same.ident, option.value
                    ),
                );
            }
        }
    }

    pub(crate) fn expand(&self) -> TokenStream {
        let private = private();
        let ident = &self.input.ident;
        let (impl_generics, type_generics, where_clause) = self.input.generics.split_for_impl();
        let rows = self
            .options
            .iter()
            .map(|TokenOption { value, label, .. }| quote!((#value, #label)));
        let arms = self
            .options
            .iter()
            .map(|TokenOption { ident, value, .. }| quote!(Self::#ident { .. } => #value,));
        let text = if self.options.is_empty() {
            // As was reported: there is no option to give.
            quote!("")
        } else {
            quote!(match self { #(#arms)* })
        };
        quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl #impl_generics #private::TokenValue for #ident #type_generics #where_clause {
                const TYPE: #private::TokenType = #private::TokenType::Enumeration;
                fn options() -> #private::Vec<#private::TokenOption> {
                    #private::options(&[#(#rows),*])
                }
                #[inline]
                fn to_token(&self) -> #private::Result<#private::Token<'_>, #private::InvalidToken> {
                    #private::option(#text)
                }
                #[inline]
                fn into_token<'__value>(self) -> #private::Result<#private::Token<'__value>, #private::InvalidToken>
                where
                    Self: #private::Sized + '__value,
                {
                    #private::option(#text)
                }
            }
        }
    }
}

impl<'i> TokenOption<'i> {
    fn read(variant: &'i syn::Variant, of: &TypeAttrs, errors: &mut Errors) -> Self {
        let attrs = OptionAttrs::parse(&variant.attrs, errors);
        let name = variant.ident.unraw().to_string();
        let value = match (attrs.value.value(), of.rename_all.value()) {
            (Some(value), _) => value.value(),
            (None, Some(rule)) => rule.variant(&name),
            (None, None) => name.clone(),
        };
        let label = match attrs.label.value() {
            Some(label) => label.value(),
            None => words(&name),
        };
        TokenOption {
            ident: &variant.ident,
            attrs,
            value,
            label,
        }
    }
}

fn refuse(at: impl ToTokens, errors: &mut Errors) {
    errors.at(
        at,
        "`#[derive(TokenEnum)]` is for enums without fields, each variant an option of the token",
    );
}
