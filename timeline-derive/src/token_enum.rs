//! `TokenEnum`: the same stages as an event's, each too small for a file.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput};

use crate::case::words;
use crate::doubt::Cause;
use crate::errors::Errors;
use crate::expand::names::{block, name_of, ours, private};
use crate::parse::vocabulary::Place;
use crate::parse::{OptionAttrs, TypeAttrs};

/// The model of a fieldless enum that is an enumeration token.
pub(crate) struct TokenEnum<'i> {
    input: &'i DeriveInput,
    attrs: TypeAttrs,
    options: Vec<TokenOption<'i>>,
}

struct TokenOption<'i> {
    ident: &'i Ident,
    attrs: OptionAttrs,
    value: String,
    label: String,
}

/// The plan: the options that are sound.
pub(crate) struct Plan<'i> {
    input: &'i DeriveInput,
    core: TokenStream,
    /// The variant, the value and the label of each.
    options: Vec<(&'i Ident, String, String)>,
    /// Every variant of the enum is in the plan, and once.
    is_complete: bool,
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

    pub(crate) fn check(self, errors: &mut Errors) -> Plan<'i> {
        if self.options.is_empty() {
            errors.at(
                &self.input.ident,
                "an enumeration needs at least one option: add a variant for each value that the token may have",
            );
        }
        let count = self.options.len();
        let is_sound = |option: &TokenOption<'_>| {
            !option.attrs.doubt.has(Cause::Value("value"))
                && !self.attrs.doubt.has(Cause::Value("rename_all"))
        };
        let mut sound: Vec<TokenOption<'i>> = Vec::new();
        for option in self.options.into_iter().filter(is_sound) {
            let same = sound.iter().find(|before| before.value == option.value);
            if option.value.is_empty() {
                errors.at(
                    option.ident,
                    "the option's value is empty: choose one with `#[timeline(value = \"…\")]`",
                );
            } else if let Some(same) = same {
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
            sound.push(option);
        }
        let names: BTreeSet<&Ident> = sound.iter().map(|option| option.ident).collect();
        Plan {
            is_complete: names.len() == count,
            input: self.input,
            core: self.attrs.core(),
            options: sound
                .into_iter()
                .map(|option| (option.ident, option.value, option.label))
                .collect(),
        }
    }
}

/// The impl.
pub(crate) fn expand(plan: &Plan<'_>) -> TokenStream {
    let private = private();
    let Plan {
        input,
        core,
        options,
        is_complete,
    } = plan;
    let ident = name_of(input);
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let rows = options
        .iter()
        .map(|(_, value, label)| quote!((#value, #label)));
    let arms = options.iter().map(|(ident, value, _)| {
        let ident = ours(ident);
        quote!(Self::#ident { .. } => #value,)
    });
    let values = options.iter().map(|(_, value, _)| value);
    let values = match is_complete {
        true => quote!(#private::Option::Some(&[#(#values),*])),
        false => quote!(#private::Option::None),
    };
    let never = plan.never();
    let never = never.iter().map(|name| Ident::new(name, Span::call_site()));
    let text = if options.is_empty() {
        quote!("")
    } else {
        let rest = (!is_complete).then(|| quote!(_ => "",));
        quote!(match self { #(#arms)* #rest })
    };
    block(
        core,
        &quote! {
            #[automatically_derived]
            impl #impl_generics #private::TokenValue for #ident #type_generics #where_clause {
                const TYPE: #private::TokenType = #private::TokenType::Enumeration;
                const NEVER: &'static [#private::TokenType] = &[#(#private::TokenType::#never),*];
                const VALUES: #private::Option<&'static [&'static #private::str]> = #values;
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
        },
    )
}

impl Plan<'_> {
    /// The types of tokens that none of the values fits.
    fn never(&self) -> Vec<&'static str> {
        let none = |fits: fn(&str) -> bool| {
            let mut options = self.options.iter();
            self.is_complete && !options.any(|(_, value, _)| fits(value))
        };
        let numbers = none(is_number).then_some("Number");
        let dates = none(is_date).then_some("Date");
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

fn refuse(at: impl ToTokens, errors: &mut Errors) {
    errors.at(
        at,
        "`#[derive(TokenEnum)]` is for enums without fields, each variant an option of the token",
    );
}
