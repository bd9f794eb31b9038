//! What `event_input` does with one field.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{moved, private, target};
use crate::model::{Field, Shape, Token};
use crate::parse::Role;

/// Puts the field's value where it belongs.
pub(super) fn set(field: &Field<'_>, shape: &Shape<'_>) -> TokenStream {
    let private = private();
    let to = target(shape);
    if field.is_flattened() {
        let ty = field.ty;
        let access = access(field);
        return quote_spanned!(ty.span()=> <#ty as #private::TimelineFields>::fill(#access, #to););
    }
    let mut set = TokenStream::new();
    if let Some(role) = field.role {
        let value = value(field);
        set.extend(match role {
            Role::Timestamp => quote!(#private::timestamp(#to, #value);),
            Role::ExtraData => quote!(#private::extra_data(#to, #value);),
            Role::IFrame => quote!(#private::iframe(#to, #value);),
            Role::Key => {
                let name = field.key_name(&shape.attrs);
                quote!(#private::key(#to, #name, #value);)
            }
            Role::Id
            | Role::Email
            | Role::Utk
            | Role::ObjectId
            | Role::Domain
            | Role::CustomObjectTypeId => {
                let role = text_role(role);
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

/// The role in `timeline_core`; the ones that are not one text each have a function of their own.
fn text_role(role: Role) -> TokenStream {
    match role {
        Role::Id => quote!(Id),
        Role::Email => quote!(Email),
        Role::Utk => quote!(Utk),
        Role::ObjectId => quote!(ObjectId),
        Role::Domain => quote!(Domain),
        Role::CustomObjectTypeId => quote!(CustomObjectTypeId),
        Role::Key | Role::Timestamp | Role::ExtraData | Role::IFrame => TokenStream::new(),
    }
}

/// HubSpot's word for a type, as `timeline_core`'s.
pub(super) fn token_type_named(name: &str) -> TokenStream {
    let private = private();
    match name {
        "date" => quote!(#private::TokenType::Date),
        "number" => quote!(#private::TokenType::Number),
        "enumeration" => quote!(#private::TokenType::Enumeration),
        _ => quote!(#private::TokenType::String),
    }
}

/// A reference to the field.
fn access(field: &Field<'_>) -> TokenStream {
    let member = &field.member;
    match &field.binding {
        Some(binding) => quote!(#binding),
        None => quote!(&self.#member),
    }
}

/// A field's value, as what its role takes. A field that is a token as well gives the token the same value.
pub(super) fn value(field: &Field<'_>) -> TokenStream {
    let private = private();
    let access = access(field);
    let ty = field.ty;
    let span = ty.span();
    if let Some(with) = with(field) {
        return match field.role {
            Some(Role::ExtraData) => quote!(#with.extra_data(#access)),
            Some(Role::IFrame) => quote!(#with.iframe(#access)),
            _ => quote!(#with.token(#access)),
        };
    }
    match field.role {
        Some(Role::Timestamp) => {
            quote_spanned!(span=> <#ty as #private::DateValue>::to_date(#access))
        }
        Some(Role::ExtraData) => {
            let private = moved(private, Span::call_site().located_at(span));
            quote_spanned!(span=> #private::lend::<#ty>(#access))
        }
        Some(Role::IFrame) => {
            quote_spanned!(span=> <#ty as #private::IFrameValue>::to_iframe(#access))
        }
        _ => quote_spanned!(span=> <#ty as #private::TokenValue>::to_token(#access)),
    }
}

/// The field's `with` function, in a closure so that it may take `&str` of a `String`. All of it is put where the
/// user wrote the path, for the errors' sake.
pub(super) fn with(field: &Field<'_>) -> Option<TokenStream> {
    let path = field.with()?;
    let ty = field.ty;
    let span = path.span();
    let given = Ident::new("__given", Span::mixed_site().located_at(span));
    let span = Span::call_site().located_at(span);
    let private = moved(private(), span);
    let function = match field.role {
        Some(Role::Timestamp) => quote_spanned!(span=> with_date),
        Some(Role::ExtraData) => quote_spanned!(span=> with_extra_data),
        Some(Role::IFrame) => quote_spanned!(span=> with_iframe),
        _ => quote_spanned!(span=> with),
    };
    Some(quote_spanned!(span=> #private::#function::<#ty, _, _>(|#given| #path(#given))))
}
