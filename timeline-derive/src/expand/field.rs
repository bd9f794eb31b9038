//! What `event_input` does with one field.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::names::{ours, private, target};
use crate::case::Rule;
use crate::model::Token;
use crate::plan::{Field, Fields, Target};
use crate::role::Role;
use crate::rust_type::may_be_unsized;

/// The statements that put the field's value into the input.
pub(super) fn set(field: &Field<'_>, of: &Fields<'_>, owner: &Target<'_>) -> TokenStream {
    let private = private();
    let to = target(of);
    if field.is_flattened {
        let at = field.ty.to_token_stream();
        let access = access(field, &myself(), &at);
        // Written out in the same way as where the tokens are declared: rustc then reports a mistake in the same words,
        // and so only once.
        let ty = field.ty;
        let fill =
            quote_spanned!(ty.span()=> <#ty as #private::TimelineFields>::fill(#access, #to));
        return quote!(#fill;);
    }
    let mut set = TokenStream::new();
    if let Some(role) = field.role {
        let value = match role {
            Role::ExtraData => extra_data(field, owner),
            _ => value(field),
        };
        set.extend(match role {
            Role::Timestamp => quote!(#private::timestamp(#to, #value);),
            Role::ExtraData => quote!(#private::extra_data(#to, #value);),
            Role::IFrame => quote!(#private::iframe(#to, #value);),
            Role::Key => {
                let name = &field.key_name;
                quote!(#private::key(#to, #name, #value);)
            }
            Role::Id
            | Role::Email
            | Role::Utk
            | Role::ObjectId
            | Role::Domain
            | Role::CustomObjectTypeId => {
                let role = Ident::new(&in_rust(role.name()), Span::call_site());
                quote!(#private::role(#to, #private::Role::#role, #value);)
            }
        });
    }
    if let Some(Token {
        name, token_type, ..
    }) = &field.token
    {
        let value = value(field);
        set.extend(match token_type {
            Some(token_type) => {
                let token_type = token_type_named(token_type);
                quote!(#private::typed(#to, #name, #token_type, #value);)
            }
            None => quote!(#private::token(#to, #name, #value);),
        });
    }
    set
}

/// The `TokenType` of `timeline_core` for HubSpot's word.
pub(super) fn token_type_named(name: &str) -> TokenStream {
    let (private, name) = (private(), Ident::new(&in_rust(name), Span::call_site()));
    quote!(#private::TokenType::#name)
}

/// What `timeline_core` calls a role or a type of tokens.
fn in_rust(name: &str) -> String {
    Rule::Pascal.field(name)
}

/// A reference to the field's value. The compiler knows its type: if the type were written out again, rustc would report a
/// mistake in it again.
///
/// The expression reaches from the first of these tokens to the last, so that rustc shows there what is wrong with its
/// type. The tokens inside the parentheses have no place in the user's code.
fn access(field: &Field<'_>, event: &Ident, at: &TokenStream) -> TokenStream {
    let place = match (&field.binding, &field.member) {
        (Some(binding), _) => return pointer(quote!(#binding), at),
        (None, member) => {
            let member = ours(member);
            quote!(#event.#member)
        }
    };
    pointer(quote!(&#place), at)
}

/// This reference, so that it reaches from the first of these tokens to the last.
///
/// rustc shows an error about a reference at what stands behind its `&`. Here that is a `*` at the same place.
pub(super) fn pointer(reference: TokenStream, at: &TokenStream) -> TokenStream {
    let (first, last) = ends(at);
    let reference = parenthesized(reference, last);
    quote_spanned!(first=> &*#reference)
}

fn myself() -> Ident {
    Ident::new("self", Span::call_site())
}

/// A call of a function in `__private`, or of one of a trait's, that reaches from the first of these tokens to the last. Its
/// path does too: otherwise rustc would point at the path as well.
///
/// The trait's name has no place in the user's code, so that no lint calls the path longer than it must be.
pub(super) fn call(path: Called, argument: TokenStream, at: &TokenStream) -> TokenStream {
    let (first, last) = ends(at);
    let private = Ident::new("__tl", first);
    let argument = parenthesized(argument, last);
    match path {
        Called::Function(name) => {
            let name = Ident::new(name, last);
            quote!(#private::#name #argument)
        }
        Called::Of(of, name) => {
            let (of, name) = (Ident::new(&of, Span::call_site()), Ident::new(&name, last));
            quote!(#private::#of::#name #argument)
        }
    }
}

/// What `call` calls.
pub(super) enum Called {
    Function(&'static str),
    /// A trait, and its function.
    Of(String, String),
}

fn parenthesized(inside: TokenStream, span: Span) -> TokenTree {
    let mut group = Group::new(Delimiter::Parenthesis, inside);
    group.set_span(span);
    group.into()
}

/// The places of the first and the last of the tokens, inside of the groups that a macro's variables stand for.
fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut tokens = tokens.clone().into_iter();
    let Some(first) = tokens.next() else {
        return (Span::call_site(), Span::call_site());
    };
    let ends_of = |token: &TokenTree| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => ends(&group.stream()),
        other => (other.span(), other.span()),
    };
    let last = tokens.last();
    let (_, end) = ends_of(last.as_ref().unwrap_or(&first));
    (ends_of(&first).0, end)
}

/// A field's value, as what its role takes. A field that is a token as well gives the token the same value.
pub(super) fn value(field: &Field<'_>) -> TokenStream {
    let (of, given) = trait_of(field);
    if let Some(made) = with(field, &myself()) {
        let at = field.with.to_token_stream();
        return call(Called::Of(of, format!("into_{given}")), made, &at);
    }
    let at = field.ty.to_token_stream();
    let access = access(field, &myself(), &at);
    call(Called::Of(of, format!("to_{given}")), access, &at)
}

/// The value of a field that is extra data.
fn extra_data(field: &Field<'_>, owner: &Target<'_>) -> TokenStream {
    if let Some(made) = with(field, &myself()) {
        let at = field.with.to_token_stream();
        return call(Called::Function("lend_made"), made, &at);
    }
    let at = field.ty.to_token_stream();
    let access = access(field, &myself(), &at);
    // A reference to a value of no known size takes an allocation.
    let lend = match owner.may_be_unsized() || may_be_unsized(field.ty, &owner.input.generics) {
        true => "lend_made",
        false => "lend",
    };
    call(Called::Function(lend), access, &at)
}

/// The trait that a field's type has, and what it gives. A role has one of its own, so that a type that does not fit is
/// reported as a role. If the field is a token as well, it is reported once, as a token.
fn trait_of(field: &Field<'_>) -> (String, &'static str) {
    match field.role {
        Some(Role::Timestamp) => ("DateValue".to_owned(), "date"),
        Some(Role::IFrame) => ("IFrameValue".to_owned(), "iframe"),
        Some(role) if field.token.is_none() => (in_rust(role.name()) + "Value", "role"),
        _ => ("TokenValue".to_owned(), "token"),
    }
}

/// The call of the field's `with` function. Its place is that of the path, so that rustc's errors are shown there.
fn with(field: &Field<'_>, event: &Ident) -> Option<TokenStream> {
    let path = field.with.as_ref()?;
    let at = path.to_token_stream();
    let (_, last) = ends(&at);
    let argument = parenthesized(access(field, event, &at), last);
    Some(quote!(#path #argument))
}

/// The statement from which the compiler infers the type of a token. It is never run.
pub(super) fn infer_type(field: &Field<'_>, event: &Ident, kind: &Ident) -> TokenStream {
    // Named in full: a trait of the user's may have a method of the same name.
    let private = private();
    match with(field, event) {
        Some(made) => quote!(#private::FieldType::is(&#kind, &#made);),
        None => {
            let access = access(field, event, &field.ty.to_token_stream());
            quote!(#private::FieldType::is(&#kind, #access);)
        }
    }
}
