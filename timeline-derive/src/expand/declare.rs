//! What `templates` says of a shape.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;
use syn::spanned::Spanned;

use super::field::{token_type_named, with};
use super::{assertion, made, private, sound, target};
use crate::model::{Field, KnownType, Shape, Template, Token, Variant, VariantKind};
use crate::parse::Role;

/// The templates of an enum's variants, each once.
pub(super) fn templates(variants: &[Variant<'_>], input: &DeriveInput) -> TokenStream {
    let (private, made) = (private(), made());
    let all = proc_macro2::Ident::new("__all", proc_macro2::Span::mixed_site());
    let each = variants.iter().filter_map(|variant| match &variant.kind {
        VariantKind::Event(shape) if shape.shared => Some(assertion::in_declaring(shape, input)),
        VariantKind::Event(shape) => {
            let template = template(shape, input);
            Some(quote!({ #template #private::gather(&mut #all, #private::one(#made)); }))
        }
        VariantKind::Inner(ty) => {
            let templates =
                quote_spanned!(ty.span()=> <#ty as #private::TimelineEvent>::templates());
            Some(quote!(#private::gather(&mut #all, #templates);))
        }
        VariantKind::Broken => None,
    });
    quote! {
        let mut #all = #private::Vec::new();
        #(#each)*
        #all
    }
}

/// The statements that make a shape's template.
pub(super) fn template(shape: &Shape<'_>, input: &DeriveInput) -> TokenStream {
    let (private, made) = (private(), made());
    let (name, object_type) = (&shape.name, &shape.object_type);
    let id = match &shape.template {
        Some(Template::Id(id)) => quote!(#private::Option::Some(#private::id(#id))),
        _ => quote!(#private::Option::None),
    };
    let text = |text: Option<&crate::parse::Text>| match text {
        Some(text) => {
            let literal = &text.literal;
            quote!(#private::Option::Some(#literal))
        }
        None => quote!(#private::Option::None),
    };
    let (header, detail) = (shape.attrs.header.value(), shape.attrs.detail.value());
    let texts = (header.is_some() || detail.is_some()).then(|| {
        let (header, detail) = (text(header), text(detail));
        quote!(#private::texts(&mut #made, #header, #detail);)
    });
    let checks = assertion::in_declaring(shape, input);
    let tokens = tokens(shape);
    quote! {
        #checks
        let mut #made = #private::template(#id, #name, #object_type);
        #texts
        #tokens
    }
}

/// The statements that declare the tokens, in the order of the fields.
pub(super) fn tokens(shape: &Shape<'_>) -> TokenStream {
    let private = private();
    let to = target(shape);
    let mut statements = TokenStream::new();
    let mut rows: Vec<TokenStream> = Vec::new();
    let declare = |rows: &mut Vec<TokenStream>, statements: &mut TokenStream| {
        if !rows.is_empty() {
            statements.extend(quote!(#private::declare(#to, &[#(#rows),*]);));
            rows.clear();
        }
    };
    for field in sound(shape) {
        if field.is_flattened() {
            declare(&mut rows, &mut statements);
            let ty = field.ty;
            statements.extend(
                quote_spanned!(ty.span()=> <#ty as #private::TimelineFields>::declare(#to);),
            );
        } else if let Some(token) = &field.token {
            rows.push(row(field, token));
        }
    }
    declare(&mut rows, &mut statements);
    statements
}

/// One token.
fn row(field: &Field<'_>, token: &Token) -> TokenStream {
    let private = private();
    let Token {
        name,
        label,
        property,
        token_type,
    } = token;
    let ty = field.ty;
    let kind = match with(field) {
        Some(with) => quote!(#with.kind()),
        // Every date has the same kind. Asking the field's own type for it would tell a wrong one twice, here as no
        // token and above as no date.
        None if field.role == Some(Role::Timestamp) => {
            quote!(<#private::SystemTime as #private::TokenValue>::KIND)
        }
        None => quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::KIND),
    };
    let kind = match token_type {
        Some(token_type) => {
            let token_type = token_type_named(token_type);
            quote!(#kind.typed(#token_type))
        }
        None => kind,
    };
    match property {
        Some(property) => quote!((#name, #label, #kind.property(#property))),
        None => quote!((#name, #label, #kind)),
    }
}

/// A token among the parts that shared fields bring: its name, and its type if that can be told in a constant.
pub(super) fn part(field: &Field<'_>) -> Option<TokenStream> {
    let private = private();
    let token = field.token.as_ref()?;
    let name = &token.name;
    let token_type = match field.token_type() {
        KnownType::Said(said) => {
            let said = token_type_named(&said);
            quote!(#private::Option::Some(#said))
        }
        KnownType::Rust(ty) => {
            let own = quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::TYPE);
            quote!(#private::Option::Some(#own))
        }
        KnownType::Nothing => quote!(#private::Option::None),
    };
    Some(quote!(#private::PartToken::new(#name, #token_type)))
}
