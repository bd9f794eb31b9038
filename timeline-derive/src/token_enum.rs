//! `TokenEnum`, from its attributes to its impl: the same stages as an event's, each too small for a file.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput};

use crate::case::words;
use crate::errors::Errors;
use crate::expand::{name_of, ours, private};
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
        let ident = name_of(self.input);
        let (impl_generics, type_generics, where_clause) = self.input.generics.split_for_impl();
        let rows = self
            .options
            .iter()
            .map(|TokenOption { value, label, .. }| quote!((#value, #label)));
        let arms = self.options.iter().map(|TokenOption { ident, value, .. }| {
            let ident = ours(ident);
            quote!(Self::#ident { .. } => #value,)
        });
        let never = self
            .never()
            .into_iter()
            .map(|name| Ident::new(name, Span::call_site()));
        let text = if self.options.is_empty() {
            // As was reported: there is no option to give.
            quote!("")
        } else {
            let rest =
                has_twice(self.options.iter().map(|option| option.ident)).then(|| quote!(_ => "",));
            quote!(match self { #(#arms)* #rest })
        };
        quote! {
            #[automatically_derived]
            impl #impl_generics #private::TokenValue for #ident #type_generics #where_clause {
                const TYPE: #private::TokenType = #private::TokenType::Enumeration;
                const NEVER: &'static [#private::TokenType] = &[#(#private::TokenType::#never),*];
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

impl TokenEnum<'_> {
    /// The types of tokens that none of the values fits.
    fn never(&self) -> Vec<&'static str> {
        let values = || self.options.iter().map(|option| option.value.as_str());
        let numbers = (!values().any(is_number)).then_some("Number");
        let dates = (!values().any(is_date)).then_some("Date");
        numbers.into_iter().chain(dates).collect()
    }
}

/// Whether the text is one that a number has: the rule of `timeline_core`'s tokens.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}

/// Whether the text is one that a date has: the rule of `timeline_core`'s tokens.
pub(crate) fn is_date(text: &str) -> bool {
    text.parse::<i64>().is_ok() && !text.starts_with('+')
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

/// Whether a variant is written twice, which is rustc's to tell: its `match` would lack the second one.
pub(crate) fn has_twice<'i>(variants: impl Iterator<Item = &'i Ident>) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    variants.into_iter().any(|variant| !seen.insert(variant))
}

fn refuse(at: impl ToTokens, errors: &mut Errors) {
    errors.at(
        at,
        "`#[derive(TokenEnum)]` is for enums without fields, each variant an option of the token",
    );
}
