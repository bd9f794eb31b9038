//! What `templates` gives for a shape.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, GenericArgument, LitStr, PathArguments, Type};

use super::assertion;
use super::field::{Called, call, infer_type, pointer, token_type_named};
use super::names::{bound, made, ours, private, target};
use crate::model::{KnownType, ShapeKind, Template, Token};
use crate::plan::{Field, Fields, Shape, Variant};
use crate::role::Role;
use crate::rust_type::PLAIN;

/// The templates of an enum's variants, each once.
pub(super) fn templates(variants: &[Variant<'_>], input: &DeriveInput) -> TokenStream {
    let (private, made) = (private(), made());
    let all = Ident::new("__all", Span::mixed_site());
    let each = variants.iter().map(|variant| match variant {
        Variant::Event(shape) if shape.is_declared_before => {
            assertion::in_declaring(&shape.fields, input)
        }
        Variant::Event(shape) => {
            let template = template(shape, input);
            quote!({ #template #private::gather(&mut #all, #private::one(#made)); })
        }
        Variant::Inner(_, ty) => {
            let templates =
                quote_spanned!(ty.span()=> <#ty as #private::TimelineEvent>::templates());
            quote!(#private::gather(&mut #all, #templates);)
        }
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
        Template::Id(id) => quote!(#private::Option::Some(#private::id(#id))),
        Template::Name(_) | Template::TypeName(_) => quote!(#private::Option::None),
    };
    let text = |text: &Option<LitStr>| match text {
        Some(text) => quote!(#private::Option::Some(#text)),
        None => quote!(#private::Option::None),
    };
    let texts = (shape.header.is_some() || shape.detail.is_some()).then(|| {
        let (header, detail) = (text(&shape.header), text(&shape.detail));
        quote!(#private::texts(&mut #made, #header, #detail);)
    });
    let type_name = shape
        .type_name
        .as_ref()
        .map(|name| quote!(#private::declare_type(&mut #made, #name);));
    let checks = assertion::in_declaring(&shape.fields, input);
    let tokens = tokens(&shape.fields);
    quote! {
        #checks
        let mut #made = #private::template(#id, #name, #object_type);
        #type_name
        #texts
        #tokens
    }
}

/// The statements that declare the tokens, in the order of the fields.
pub(super) fn tokens(fields: &Fields<'_>) -> TokenStream {
    let to = target(fields);
    let mut statements = TokenStream::new();
    let mut rows: Vec<TokenStream> = Vec::new();
    let private = private();
    let declare = |rows: &mut Vec<TokenStream>, statements: &mut TokenStream| {
        if !rows.is_empty() {
            statements.extend(quote!(#private::declare(#to, &[#(#rows),*]);));
            rows.clear();
        }
    };
    let mut inferred: Vec<(Ident, &Field<'_>)> = Vec::new();
    for (place, field) in fields.fields.iter().enumerate() {
        if field.is_flattened {
            declare(&mut rows, &mut statements);
            let ty = field.ty;
            statements.extend(
                quote_spanned!(ty.span()=> <#ty as #private::TimelineFields>::declare(#to);),
            );
        } else if let Some(token) = &field.token {
            let kind = Ident::new(&format!("__kind_{place}"), Span::mixed_site());
            rows.push(row(field, token, &kind));
            if Kind::of(field) == Kind::Inferred {
                inferred.push((kind, field));
            }
        }
    }
    declare(&mut rows, &mut statements);
    let types = types(fields, &inferred);
    quote!(#types #statements)
}

/// Where the kind of a token comes from.
#[derive(PartialEq, Eq)]
enum Kind {
    /// All dates have the same kind, so the field's own type is not asked for it. If that type is wrong, rustc reports
    /// that it is no date; asked for the kind, rustc would also report that it is no token.
    Date,
    /// From the field's type, written out again.
    Written,
    /// From the type that the compiler infers, which costs more: the field's, or that of what a `with` function makes.
    Inferred,
}

impl Kind {
    fn of(field: &Field<'_>) -> Self {
        if field.role == Some(Role::Timestamp) {
            Kind::Date
        } else if field.with.is_none() && can_be_written(field.ty) {
            Kind::Written
        } else {
            Kind::Inferred
        }
    }
}

/// The types of the tokens, which the compiler infers from statements that are never run: if they were written out again,
/// rustc would report a mistake in them again.
fn types(fields: &Fields<'_>, inferred: &[(Ident, &Field<'_>)]) -> Option<TokenStream> {
    if inferred.is_empty() {
        return None;
    }
    let private = private();
    let kinds = inferred.iter().map(|(kind, _)| kind);
    let event = Ident::new("__event", Span::mixed_site());
    let infer = inferred
        .iter()
        .map(|(kind, field)| infer_type(field, &event, kind));
    let bound = bound(fields, inferred.iter().map(|(_, field)| *field));
    let pattern = match fields.kind {
        ShapeKind::Variant => {
            let ident = ours(fields.ident);
            quote!(Self::#ident { #bound .. })
        }
        ShapeKind::Event | ShapeKind::SharedFields => {
            quote!(#event)
        }
    };
    Some(quote! {
        #(let #kinds = #private::FieldType::unknown();)*
        if let #private::Option::Some(#pattern) = #private::no::<&Self>() {
            #(#infer)*
        }
    })
}

/// One token.
fn row(field: &Field<'_>, token: &Token, kind: &Ident) -> TokenStream {
    let private = private();
    let Token {
        name,
        label,
        property,
        token_type,
    } = token;
    let ty = field.ty;
    let kind = match Kind::of(field) {
        Kind::Date => quote!(<#private::SystemTime as #private::TokenValue>::KIND),
        Kind::Written => quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::KIND),
        Kind::Inferred => {
            let at = match &field.with {
                Some(path) => path.to_token_stream(),
                None => ty.to_token_stream(),
            };
            call(
                Called::Of("TokenValue".to_owned(), "kind_of".to_owned()),
                pointer(quote!(&#kind), &at),
                &at,
            )
        }
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

/// A token among the parts that shared fields bring: its name, and its type if a constant can have it.
pub(super) fn part(field: &Field<'_>) -> Option<TokenStream> {
    let private = private();
    let token = field.token.as_ref()?;
    let name = &token.name;
    let token_type = match &field.known_type {
        Some(KnownType::Said(said)) => {
            let said = token_type_named(said);
            quote!(#private::Option::Some(#said))
        }
        Some(KnownType::Rust(ty)) if can_be_written(field.ty) => {
            let own = quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::TYPE);
            let values = quote_spanned!(ty.span()=> <#ty as #private::TokenValue>::VALUES);
            let token = quote!(#private::PartToken::new(#name, #private::Option::Some(#own)));
            return Some(quote!(#token.valued(#values)));
        }
        Some(KnownType::Rust(_)) | None => quote!(#private::Option::None),
    };
    Some(quote!(#private::PartToken::new(#name, #token_type)))
}

/// Whether rustc reports the same mistake in the type wherever the type is written. Equal errors at one place are
/// reported once. This holds for a path without arguments, as most types are, and for wrappers of and references to a
/// type of the language. About other arguments, and about a name of one letter, rustc adds in some places that a type
/// parameter or a lifetime may be missing.
fn can_be_written(ty: &Type) -> bool {
    const WRAPPERS: [&str; 5] = ["Arc", "Box", "Cow", "Option", "Rc"];
    match ty {
        Type::Group(group) => can_be_written(&group.elem),
        Type::Paren(paren) => can_be_written(&paren.elem),
        Type::Reference(reference) => {
            reference.lifetime.is_some() && is_of_the_language(&reference.elem)
        }
        Type::Path(path) => {
            let mut segments = path.path.segments.iter();
            let Some(last) = path.path.segments.last() else {
                return false;
            };
            match &last.arguments {
                PathArguments::None => {
                    segments.all(|segment| segment.arguments.is_none())
                        && last.ident.to_string().len() > 1
                }
                PathArguments::AngleBracketed(arguments) if path.path.segments.len() == 1 => {
                    WRAPPERS.iter().any(|name| last.ident == name)
                        && arguments.args.iter().all(|argument| match argument {
                            GenericArgument::Type(ty) => is_of_the_language(ty),
                            GenericArgument::Lifetime(_) => true,
                            _ => false,
                        })
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether the type is a `bool`, a text or a number of the language, or a reference to one.
fn is_of_the_language(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .get_ident()
            .is_some_and(|name| name == "bool" || PLAIN.iter().any(|plain| name == plain)),
        Type::Reference(reference) => {
            reference.lifetime.is_some() && is_of_the_language(&reference.elem)
        }
        _ => false,
    }
}
