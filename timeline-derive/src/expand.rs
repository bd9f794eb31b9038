//! The impl. Everything is named by an absolute path through `timeline_core::__private`, and a field's type stands in
//! the user's own tokens, so that rustc's errors about it point there.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Type};

use crate::check::Event;
use crate::model::{Field, Model, Template, Token};
use crate::parse::Role;

/// The impl of a type that passed the checks.
pub(crate) fn expand(event: &Event<'_>, core: &TokenStream) -> TokenStream {
    let private = quote!(#core::__private);
    let Model { input, fields, .. } = &event.model;
    let ident = &input.ident;
    let generics = bounded(&event.model, &private);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = input.generics.split_for_impl();

    // Locals whose names no path of the user's can mean.
    let made = Ident::new("__made", Span::mixed_site());
    let tokens = fields.iter().filter(|field| field.token.is_some()).count();
    let object_type = &event.model.object_type;
    let (by, reference, id) = match &event.template {
        Template::Id(id) => {
            let id = quote!(#private::id(#id));
            (
                quote!(by_id),
                id.clone(),
                quote!(#private::Option::Some(#id)),
            )
        }
        Template::Name(name) => (
            quote!(by_name),
            name.to_token_stream(),
            quote!(#private::Option::None),
        ),
    };
    let sets = fields
        .iter()
        .map(|field| set(field, &event.model, &made, &private));
    let declarations = fields
        .iter()
        .filter_map(|field| Some(declare(field, field.token.as_ref()?, &made, &private)));
    let name = &event.model.name;

    quote! {
        const _: () = {
            #[automatically_derived]
            #[allow(deprecated, unused_parens)]
            impl #impl_generics #private::TimelineEvent for #ident #type_generics #where_clause {
                #[inline]
                fn event_input(
                    &self,
                ) -> #private::Result<#private::EventInput<'_>, #private::InvalidEvent> {
                    let mut #made = #private::#by(#reference, #object_type, #tokens);
                    #(#sets)*
                    #private::finish(#made)
                }

                #[inline]
                fn templates() -> #private::Vec<#private::EventTemplate> {
                    let mut #made = #private::template(#id, #name, #object_type);
                    #(#declarations)*
                    #private::one(#made)
                }
            }
        };
    }
}

/// What `event_input` does with one field.
fn set(field: &Field<'_>, model: &Model<'_>, made: &Ident, private: &TokenStream) -> TokenStream {
    let mut set = TokenStream::new();
    if let Some(role) = field.role {
        let value = value(field, private);
        set.extend(match role {
            Role::Timestamp => quote!(#private::timestamp(&mut #made, #value);),
            Role::ExtraData => quote!(#private::extra_data(&mut #made, #value);),
            Role::IFrame => quote!(#private::iframe(&mut #made, #value);),
            Role::Key => {
                let name = field.key_name(&model.attrs);
                quote!(#private::key(&mut #made, #name, #value);)
            }
            Role::Id => text_role(&quote!(Id), &value, made, private),
            Role::Email => text_role(&quote!(Email), &value, made, private),
            Role::Utk => text_role(&quote!(Utk), &value, made, private),
            Role::ObjectId => text_role(&quote!(ObjectId), &value, made, private),
            Role::Domain => text_role(&quote!(Domain), &value, made, private),
            Role::CustomObjectTypeId => {
                text_role(&quote!(CustomObjectTypeId), &value, made, private)
            }
        });
    }
    if let Some(Token { name, .. }) = &field.token {
        let value = value(field, private);
        set.extend(quote!(#private::token(&mut #made, #name, #value);));
    }
    set
}

fn text_role(
    role: &TokenStream,
    value: &TokenStream,
    made: &Ident,
    private: &TokenStream,
) -> TokenStream {
    quote!(#private::role(&mut #made, #private::Role::#role, #value);)
}

/// A field's value, as what its role takes. A field that is a token as well gives the token the same value.
fn value(field: &Field<'_>, private: &TokenStream) -> TokenStream {
    let member = &field.member;
    let access = quote!(&self.#member);
    let ty = field.ty;
    let span = ty.span();
    if let Some(with) = with(field, private) {
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
            let private = moved(private.clone(), Span::call_site().located_at(span));
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
fn with(field: &Field<'_>, private: &TokenStream) -> Option<TokenStream> {
    let path = field.with()?;
    let ty = field.ty;
    let span = path.span();
    let given = Ident::new("__given", Span::mixed_site().located_at(span));
    let span = Span::call_site().located_at(span);
    let private = moved(private.clone(), span);
    let function = match field.role {
        Some(Role::Timestamp) => quote_spanned!(span=> with_date),
        Some(Role::ExtraData) => quote_spanned!(span=> with_extra_data),
        Some(Role::IFrame) => quote_spanned!(span=> with_iframe),
        _ => quote_spanned!(span=> with),
    };
    Some(quote_spanned!(span=> #private::#function::<#ty, _, _>(|#given| #path(#given))))
}

/// The same tokens at another place.
fn moved(tokens: TokenStream, span: Span) -> TokenStream {
    let at = |mut token: TokenTree| {
        token.set_span(span.resolved_at(token.span()));
        token
    };
    tokens.into_iter().map(at).collect()
}

/// What `templates` does with one token.
fn declare(field: &Field<'_>, token: &Token, made: &Ident, private: &TokenStream) -> TokenStream {
    let Token {
        name,
        label,
        property,
    } = token;
    let property = match property {
        Some(property) => quote!(#private::Option::Some(#property)),
        None => quote!(#private::Option::None),
    };
    let ty = field.ty;
    let (token_type, options) = match with(field, private) {
        Some(with) => (quote!(#with.token_type()), quote!(#with.options())),
        None if field.role == Some(Role::Timestamp) => {
            // Every date has the same type and no options. Asking the field's own type for them would tell a wrong
            // one twice, here as no token and above as no date.
            let date = quote!(<#private::SystemTime as #private::TokenValue>);
            (quote!(#date::TYPE), quote!(#date::options()))
        }
        None => (
            quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::TYPE),
            quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::options()),
        ),
    };
    quote! {
        #private::declare(&mut #made, (#name, #label, #property), #token_type, #options);
    }
}

/// The type's generics with the bounds that its fields need: the user's own, or one for each field whose type
/// mentions a type parameter.
fn bounded(model: &Model<'_>, private: &TokenStream) -> Generics {
    let mut generics = model.input.generics.clone();
    if let Some(predicates) = model.attrs.bound.value() {
        if !predicates.is_empty() {
            generics
                .make_where_clause()
                .predicates
                .extend(predicates.iter().cloned());
        }
        return generics;
    }
    let parameters: Vec<String> = generics
        .type_params()
        .map(|parameter| parameter.ident.to_string())
        .collect();
    for field in &model.fields {
        let used = field.role.is_some() || field.token.is_some();
        if !used || field.with().is_some() || !mentions(field.ty, &parameters) {
            continue;
        }
        let needed = match field.role {
            Some(Role::Timestamp) => quote!(DateValue),
            Some(Role::ExtraData) => quote!(ExtraData),
            Some(Role::IFrame) => quote!(IFrameValue),
            _ => quote!(TokenValue),
        };
        let ty = field.ty;
        generics
            .make_where_clause()
            .predicates
            .push(syn::parse_quote!(#ty: #private::#needed));
    }
    generics
}

/// Whether one of the parameters stands in the type. A type of the same name elsewhere (`other::T`) is taken for the
/// parameter; its bound is then one that holds anyway, or the error that the field would be.
fn mentions(ty: &Type, parameters: &[String]) -> bool {
    fn within(tokens: TokenStream, parameters: &[String]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => parameters.iter().any(|parameter| ident == parameter),
            TokenTree::Group(group) => within(group.stream(), parameters),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    within(ty.to_token_stream(), parameters)
}
