//! Assertions: constants that the compiler evaluates.
//!
//! If no type parameter stands in the types, the constant stands beside the impl, and an assertion that does not hold is
//! an error at compile time. Otherwise the answer differs from use to use: the constant stands inside the method, and an
//! event that cannot be right is invalid when it is built.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, GenericParam};

use super::field::token_type_named;
use super::names::{allowed, private, target};
use crate::assertion::{Assertion, Condition, Tokens, UserType};
use crate::plan::Fields;
use crate::rust_type::mentions;

/// How the types are written that an assertion is about.
#[derive(Clone, Copy)]
enum Written<'i> {
    /// In a constant beside the impl, where the type's lifetimes have no meaning. A type that lacks the trait is taken as one
    /// of which nothing is known: rustc reports it in the impl.
    Beside(&'i DeriveInput),
    /// In the impl, as the user wrote them.
    Inside,
}

/// The constants beside the impl.
pub(super) fn items(fields: &Fields<'_>, input: &DeriveInput) -> TokenStream {
    let assertions = fields.assertions.iter();
    assertions
        .filter(|assertion| !is_generic(assertion, input))
        .map(|assertion| {
            let evaluated = evaluated(assertion, Written::Beside(input));
            let private = private();
            let allow = allowed(input);
            quote! {
                #allow
                const _: () = {
                    use #private::Unknown as _;
                    #evaluated
                };
            }
        })
        .collect()
}

/// The statements in `event_input` or `fill`.
pub(super) fn in_building(fields: &Fields<'_>, input: &DeriveInput) -> TokenStream {
    let private = private();
    let to = target(fields);
    let assertions = fields.assertions.iter();
    assertions
        .filter(|assertion| is_generic(assertion, input) && assertion.condition.is_for_building())
        .map(|assertion| {
            let broken = broken(assertion, Written::Inside);
            quote!(#private::mistake(#to, const { &#broken });)
        })
        .collect()
}

/// The statements in `templates`.
pub(super) fn in_declaring(fields: &Fields<'_>, input: &DeriveInput) -> TokenStream {
    let assertions = fields.assertions.iter();
    assertions
        .filter(|assertion| is_generic(assertion, input) && assertion.condition.is_for_declaring())
        .map(|assertion| {
            let evaluated = evaluated(assertion, Written::Inside);
            quote!(let () = const { #evaluated };)
        })
        .collect()
}

fn is_generic(assertion: &Assertion, input: &DeriveInput) -> bool {
    let parameters: Vec<String> = input
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
            GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
            GenericParam::Lifetime(_) => None,
        })
        .chain(["Self".to_owned()])
        .collect();
    let asks = assertion.condition.asks();
    asks.iter().any(|asked| mentions(asked, &parameters))
}

/// An expression that does not compile where the assertion does not hold. Its place is that of the user's tokens, so that
/// rustc's error shows these alone.
fn evaluated(assertion: &Assertion, written: Written<'_>) -> TokenStream {
    let span = assertion.at.span();
    let private = Ident::new("__tl", span);
    let broken = broken(assertion, written);
    // An expression reaches from its first token to its last; on stable a type's own span is its first token's.
    let last = assertion.at.clone().into_iter().last();
    let mut argument = Group::new(Delimiter::Parenthesis, quote!(&#broken));
    argument.set_span(last.map_or(span, |token| token.span()));
    quote_spanned!(span=> #private::refuse #argument)
}

/// An expression that says what is wrong, as `__private::Assertion`.
fn broken(assertion: &Assertion, written: Written<'_>) -> TokenStream {
    let private = private();
    let message = &assertion.message;
    let unless =
        |condition: TokenStream| quote!(#private::Assertion::unless(#condition, #(#message)*));
    match &assertion.condition {
        Condition::LacksToken(ty, name) => {
            let parts = parts(ty, written);
            unless(quote!(!#parts.has_token(#name)))
        }
        Condition::LacksRole(ty, role) => {
            let (parts, role) = (parts(ty, written), role.name());
            unless(quote!(!#parts.has_role(#role)))
        }
        Condition::Apart {
            part,
            before,
            tokens,
            roles,
        } => {
            let part = parts(part, written);
            let before = before.iter().map(|(ty, name)| {
                let parts = parts(ty, written);
                quote!((#parts, #name))
            });
            let own = quote! {
                #private::Parts {
                    tokens: &[#(#private::PartToken::new(#tokens, #private::Option::None)),*],
                    roles: &[#(#roles),*],
                    ..#private::Parts::NONE
                }
            };
            quote!(#private::Assertion::apart(#part, &[#(#before),*], &#own, [#(#message),*]))
        }
        Condition::AnyRole(types, roles) => {
            let any = types.iter().map(|ty| {
                let parts = parts(ty, written);
                let roles = roles.iter().map(|role| role.name());
                quote!(#parts.unknown #(|| #parts.has_role(#roles))*)
            });
            unless(quote!(#(#any)||*))
        }
        Condition::AnyToken(types, name) => {
            let any = types.iter().map(|ty| {
                let parts = parts(ty, written);
                quote!(#parts.unknown || #parts.has_token(#name))
            });
            unless(quote!(#(#any)||*))
        }
        Condition::AnyTokenOrNear(types, name) => {
            let parts = types.iter().map(|ty| parts(ty, written));
            quote!(#private::Assertion::any_token(&[#(#parts),*], #name, #(#message),*))
        }
        Condition::NoToken(types, name) => {
            let all = types.iter().map(|ty| parts(ty, written));
            unless(quote!(#(!#all.has_token(#name))&&*))
        }
        Condition::TokenIsDate(types, name) => {
            let all = types.iter().map(|ty| parts(ty, written));
            unless(quote!(#(#all.is_date_if_there(#name))&&*))
        }
        Condition::FewEnough(types, own) => {
            let all = types.iter().map(|ty| parts(ty, written));
            unless(quote!(#private::few_enough(#own #(+ #all.count())*)))
        }
        Condition::SameTokens(one, other) => {
            let (one, other) = (all_tokens(one, written), all_tokens(other, written));
            quote!(#private::Assertion::same_tokens(&#one, &#other, [#(#message),*]))
        }
        Condition::HasType(ty, name) => {
            let (found, wanted) = (token_type(ty, written), token_type_named(name));
            unless(quote!(#private::same_type(#found, #private::Option::Some(#wanted))))
        }
        Condition::IsDeclared(ty, name, options) => {
            let (found, wanted) = (token_type(ty, written), token_type_named(name));
            let allowed = allowed_options(ty, written);
            quote! {
                #private::Assertion::is_declared(#found, #allowed, #wanted, &[#(#options),*], [#(#message),*])
            }
        }
        Condition::AllDeclared(ty, tokens) => {
            let part = parts(ty, written);
            let declared = tokens.iter().map(|token| {
                let (name, token_type) = (&token.name, token_type_named(&token.token_type));
                let new =
                    quote!(#private::PartToken::new(#name, #private::Option::Some(#token_type)));
                let options = &token.options;
                match token.is_enumeration() {
                    true => quote!(#new.valued(#private::Option::Some(&[#(#options),*]))),
                    false => new,
                }
            });
            quote! {
                #private::Assertion::all_declared(
                    #part,
                    &#private::Parts { tokens: &[#(#declared),*], ..#private::Parts::NONE },
                    [#(#message),*],
                )
            }
        }
        Condition::CanBe(ty, name) => {
            let (never, wanted) = (never(ty, written), token_type_named(name));
            unless(quote!(!#private::has_type(#never, #wanted)))
        }
        Condition::TemplateId(id) => quote!(#private::Assertion::template_id(#private::id(#id))),
        Condition::OtherText(id, before) => {
            let (ids, names): (Vec<_>, Vec<_>) = before.iter().map(|(id, name)| (id, name)).unzip();
            let before = quote!(&[#((#private::id(#ids), #names)),*]);
            quote!(#private::Assertion::other_text(#private::id(#id), #before, [#(#message),*]))
        }
        Condition::SameType(one, other) => {
            let (one, other) = (token_type(one, written), token_type(other, written));
            unless(quote!(#private::same_type(#one, #other)))
        }
    }
}

/// What the type brings when it is flattened.
fn parts(ty: &UserType, written: Written<'_>) -> TokenStream {
    let private = private();
    match written {
        Written::Beside(input) => {
            let ty = without_lifetimes(ty, input);
            quote!(#private::Known::<#ty>::__TIMELINE_PARTS)
        }
        Written::Inside => quote_spanned!(ty.span()=> <#ty as #private::TimelineFields>::PARTS),
    }
}

/// The tokens of a shape, as parts.
fn all_tokens(tokens: &Tokens, written: Written<'_>) -> TokenStream {
    let private = private();
    let own = &tokens.own;
    let flattened: Vec<TokenStream> = tokens
        .flattened
        .iter()
        .map(|ty| parts(ty, written))
        .collect();
    quote! {
        #private::Parts {
            tokens: &[#(#private::PartToken::new(#own, #private::Option::None)),*],
            roles: &[],
            parts: &[#(#flattened),*],
            unknown: false #(|| #flattened.unknown)*,
        }
    }
}

/// The token type of a Rust type, as an `Option`.
fn token_type(ty: &UserType, written: Written<'_>) -> TokenStream {
    let private = private();
    match written {
        Written::Beside(input) => {
            let ty = without_lifetimes(ty, input);
            quote!(#private::Known::<#ty>::__TIMELINE_TYPE)
        }
        Written::Inside => {
            let found = quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::TYPE);
            quote!(#private::Option::Some(#found))
        }
    }
}

/// The values that the type's token can have, where they are known.
fn allowed_options(ty: &UserType, written: Written<'_>) -> TokenStream {
    let private = private();
    match written {
        Written::Beside(input) => {
            let ty = without_lifetimes(ty, input);
            quote!(#private::Known::<#ty>::__TIMELINE_VALUES)
        }
        Written::Inside => quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::VALUES),
    }
}

/// The token types that no value of the type fits.
fn never(ty: &UserType, written: Written<'_>) -> TokenStream {
    let private = private();
    match written {
        Written::Beside(input) => {
            let ty = without_lifetimes(ty, input);
            quote!(#private::Known::<#ty>::__TIMELINE_NEVER)
        }
        Written::Inside => quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::NEVER),
    }
}

/// The type with the input's lifetimes as `'static`, for a constant beside the impl, where they have no meaning. What
/// a type brings does not depend on them.
fn without_lifetimes(ty: &UserType, input: &DeriveInput) -> TokenStream {
    let lifetimes: Vec<String> = input
        .generics
        .lifetimes()
        .map(|parameter| parameter.lifetime.ident.to_string())
        .collect();
    if lifetimes.is_empty() {
        return ty.clone();
    }
    fn replaced(tokens: TokenStream, lifetimes: &[String]) -> TokenStream {
        let mut after_tick = false;
        let replace = |token: TokenTree| {
            let is_lifetime = std::mem::replace(
                &mut after_tick,
                matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''),
            );
            match token {
                TokenTree::Ident(ident)
                    if is_lifetime && lifetimes.iter().any(|name| ident == name) =>
                {
                    Ident::new("static", ident.span()).into()
                }
                TokenTree::Group(group) => {
                    let inside = replaced(group.stream(), lifetimes);
                    let mut new = Group::new(group.delimiter(), inside);
                    new.set_span(group.span());
                    new.into()
                }
                other => other,
            }
        };
        tokens.into_iter().map(replace).collect()
    }
    replaced(ty.clone(), &lifetimes)
}
