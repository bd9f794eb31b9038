//! The impls. Everything is named through `timeline_core::__private`, which the block around an impl imports under a
//! name of its own, and a field's type stands in the user's own tokens, so that rustc's errors about it point there.
//!
//! A type with mistakes is expanded as well, as far as its fields are sound: what rustc has to say about them is told
//! together with our own errors.

mod assertion;
mod bounds;
mod declare;
mod field;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput};

use crate::model::{Body, Event, Field, Shape, ShapeKind, Template, Variant, VariantKind};
use crate::parse::Role;
use crate::pattern::Part;
use crate::token_enum::has_twice;
use bounds::Needs;

/// The name of `timeline_core::__private` inside the block.
pub(crate) fn private() -> Ident {
    Ident::new("__tl", Span::call_site())
}

/// The input or the template that is being made: a local whose name no path of the user's can mean.
fn made() -> Ident {
    Ident::new("__made", Span::mixed_site())
}

/// What is being made, as an argument: a struct of shared fields is given it by reference, an event owns it.
fn target(shape: &Shape<'_>) -> TokenStream {
    let made = made();
    match shape.kind {
        ShapeKind::SharedFields => quote!(#made),
        ShapeKind::Event | ShapeKind::Variant => quote!(&mut #made),
    }
}

/// The impls, in a block that keeps their imports to itself.
pub(crate) fn block(core: &TokenStream, inside: &TokenStream) -> TokenStream {
    let private = private();
    quote! {
        const _: () = {
            use #core::__private as #private;
            #inside
        };
    }
}

/// The impl of an event; `broken` if mistakes were found in it.
pub(crate) fn event(event: &Event<'_>, broken: bool) -> TokenStream {
    let private = private();
    let Event { input, attrs, body } = event;
    let ident = name_of(input);
    let mut needs = Needs::new(input, attrs);
    for shape in event.shapes() {
        needs.add_fields(shape);
    }
    let (building, declaring) = match body {
        Body::Struct(shape) => {
            let declared = declare::template(shape, input);
            let made = made();
            (
                build(shape, input, broken),
                quote!(#declared #private::one(#made)),
            )
        }
        Body::Enum(variants) => {
            for variant in variants {
                if let VariantKind::Inner(ty) = variant.kind {
                    needs.add(ty, "TimelineEvent");
                }
            }
            (
                match_variants(variants, input, broken),
                declare::templates(variants, input),
            )
        }
    };
    let generics = needs.into_generics();
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = input.generics.split_for_impl();
    let requiring = require(event);
    let asserted = event
        .shapes()
        .into_iter()
        .map(|shape| assertion::items(shape, input));
    let hands_on = hands_on(event, &generics);
    let allow = allowed(input);
    quote! {
        #(#asserted)*
        #hands_on
        #[automatically_derived]
        #allow
        impl #impl_generics #private::TimelineEvent for #ident #type_generics #where_clause {
            #[inline]
            fn event_input(&self) -> #private::Result<#private::EventInput<'_>, #private::InvalidEvent> {
                #building
            }
            #[inline]
            fn templates() -> #private::Vec<#private::EventTemplate> {
                #declaring
            }
            #requiring
        }
    }
}

/// The constant that has no end where enums hand their events on in a circle, evaluated at once where that can be.
fn hands_on(event: &Event<'_>, generics: &syn::Generics) -> Option<TokenStream> {
    let private = private();
    let Body::Enum(variants) = &event.body else {
        return None;
    };
    let inner: Vec<&syn::Type> = variants
        .iter()
        .filter_map(|variant| match variant.kind {
            VariantKind::Inner(ty) => Some(ty),
            VariantKind::Event(_) | VariantKind::Broken => None,
        })
        .collect();
    if inner.is_empty() {
        return None;
    }
    let ident = name_of(event.input);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = event.input.generics.split_for_impl();
    let allow = allowed(event.input);
    let concrete = event.input.generics.params.is_empty();
    let evaluated =
        concrete.then(|| quote!(const _: #private::usize = <#ident as #private::HandsOn>::DEPTH;));
    Some(quote! {
        #[automatically_derived]
        #allow
        impl #impl_generics #private::HandsOn for #ident #type_generics #where_clause {
            const DEPTH: #private::usize = {
                use #private::Unasked as _;
                1 #(+ #private::Ask::<#inner>::__TIMELINE_DEPTH)*
            };
        }
        #evaluated
    })
}

/// What sending the events asks of the client; nothing where it asks nothing.
fn require(event: &Event<'_>) -> Option<TokenStream> {
    let private = private();
    let tell = Ident::new("__tell", Span::mixed_site());
    let mut told = TokenStream::new();
    let shapes = event.shapes();
    if shapes.iter().any(|shape| {
        shape
            .fields
            .iter()
            .any(|field| field.role == Some(Role::Key))
    }) {
        told.extend(quote!(#tell(#private::Requirement::PortalId);));
    }
    for shape in shapes {
        if let Some(Template::Name(name)) = &shape.template {
            told.extend(quote!(#tell(#private::Requirement::TemplateId(#name));));
        }
    }
    if let Body::Enum(variants) = &event.body {
        for variant in variants {
            if let VariantKind::Inner(ty) = variant.kind {
                told.extend(
                    quote_spanned!(ty.span()=> <#ty as #private::TimelineEvent>::requires(#tell);),
                );
            }
        }
    }
    (!told.is_empty()).then(|| {
        quote! {
            fn requires(#tell: &mut dyn #private::FnMut(#private::Requirement)) {
                #told
            }
        }
    })
}

/// The impl of a struct of shared fields; `broken` if mistakes were found in it, so that it may bring more than is seen.
pub(crate) fn fields(input: &DeriveInput, shape: &Shape<'_>, broken: bool) -> TokenStream {
    let private = private();
    let made = made();
    let ident = name_of(input);
    let mut needs = Needs::new(input, &shape.attrs);
    needs.add_fields(shape);
    let generics = needs.into_generics();
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = input.generics.split_for_impl();
    let asserted = assertion::items(shape, input);
    let checks = assertion::in_building(shape, input);
    let sets = sound(shape).map(|field| field::set(field, shape));
    let declared = declare::tokens(shape);
    let sound_fields = || sound(shape);
    let tokens = sound_fields().filter_map(declare::part);
    let roles = sound_fields().filter_map(|field| Some(field.role?.name()));
    let parts = flattened_parts(shape);
    let allow = allowed(input);
    quote! {
        #asserted
        #[automatically_derived]
        #allow
        impl #impl_generics #private::TimelineFields for #ident #type_generics #where_clause {
            const PARTS: &'static #private::Parts<'static> = &#private::Parts {
                tokens: &[#(#tokens),*],
                roles: &[#(#roles),*],
                parts: &[#(#parts),*],
                unknown: #broken #(|| #parts.unknown)*,
            };
            #[inline]
            fn fill<'__input>(&'__input self, #made: &mut #private::EventInput<'__input>) {
                #checks
                #(#sets)*
            }
            #[inline]
            fn declare(#made: &mut #private::EventTemplate) {
                #declared
            }
        }
    }
}

fn match_variants(variants: &[Variant<'_>], input: &DeriveInput, broken: bool) -> TokenStream {
    let private = private();
    if variants.is_empty() {
        return quote!(match *self {});
    }
    let arms = variants.iter().map(|variant| {
        let ident = ours(variant.ident);
        match &variant.kind {
            VariantKind::Event(shape) => {
                let bound = bound(shape, used(shape));
                let built = build(shape, input, broken);
                quote!(Self::#ident { #bound .. } => { #built })
            }
            VariantKind::Inner(ty) => {
                let inner = Ident::new("__inner", Span::mixed_site());
                let call = quote_spanned!(ty.span()=> <#ty as #private::TimelineEvent>::event_input(#inner));
                quote!(Self::#ident(#inner) => #call,)
            }
            VariantKind::Broken => quote!(Self::#ident { .. } => #private::broken_variant(),),
        }
    });
    let rest = has_twice(variants.iter().map(|variant| variant.ident))
        .then(|| quote!(_ => #private::broken_variant(),));
    quote!(match self { #(#arms)* #rest })
}

/// The statements that make a shape's input.
fn build(shape: &Shape<'_>, input: &DeriveInput, broken: bool) -> TokenStream {
    let private = private();
    let made = made();
    let object_type = &shape.object_type;
    let tokens = room(shape);
    let begin = match &shape.template {
        Some(Template::Id(id)) => quote!(by_id(#private::id(#id), #object_type, #tokens)),
        Some(Template::Name(name)) => quote!(by_name(#name, #object_type, #tokens)),
        None => quote!(by_id("", #object_type, #tokens)),
    };
    let checks = assertion::in_building(shape, input);
    let sets = sound(shape).map(|field| field::set(field, shape));
    let id = set_id(shape);
    let finish = if broken {
        quote!(broken)
    } else {
        quote!(finish)
    };
    quote! {
        let mut #made = #private::#begin;
        #checks
        #(#sets)*
        #id
        #private::#finish(#made)
    }
}

/// How many tokens there is room to make for: the event's own, and those flattened into it.
fn room(shape: &Shape<'_>) -> TokenStream {
    let own = shape.tokens().count();
    let flattened = flattened_parts(shape);
    if flattened.is_empty() {
        quote!(#own)
    } else {
        quote!(const { #own #(+ #flattened.count())* })
    }
}

/// What each struct brings that is flattened into the shape.
fn flattened_parts(shape: &Shape<'_>) -> Vec<TokenStream> {
    let private = private();
    let parts = sound(shape)
        .filter(|field| field.is_flattened())
        .map(|part| {
            let ty = part.ty;
            quote_spanned!(ty.span()=> <#ty as #private::TimelineFields>::PARTS)
        });
    parts.collect()
}

/// Makes the id from its pattern.
fn set_id(shape: &Shape<'_>) -> Option<TokenStream> {
    let (private, made) = (private(), made());
    id_fields(shape)?;
    let pattern = shape.attrs.id.value()?;
    let parts = pattern.parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(quote!(#private::Part::Text(#text))),
        Part::Field(name) => {
            let value = field::value(shape.field(name)?);
            Some(quote!(#private::Part::Field(#name, #value)))
        }
    });
    Some(quote!(#private::pattern(&mut #made, &[#(#parts),*]);))
}

/// The fields that the id is made of; none where one of them cannot be expanded, as was reported.
fn id_fields<'s, 'i>(shape: &'s Shape<'i>) -> Option<Vec<&'s Field<'i>>> {
    let names = shape
        .attrs
        .id
        .value()?
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Field(name) => Some(name),
            Part::Text(_) => None,
        });
    let fits = |field: &&Field<'_>| field.sound && field.has_no_text().is_none();
    names.map(|name| shape.field(name).filter(fits)).collect()
}

/// The fields that can be expanded.
fn sound<'s, 'i>(shape: &'s Shape<'i>) -> impl Iterator<Item = &'s Field<'i>> {
    shape.fields.iter().filter(|field| field.sound)
}

/// The fields that the expansion reads.
fn used<'s, 'i>(shape: &'s Shape<'i>) -> impl Iterator<Item = &'s Field<'i>> {
    let in_id = id_fields(shape).unwrap_or_default();
    sound(shape).filter(move |field| {
        field.role.is_some()
            || field.token.is_some()
            || field.is_flattened()
            || in_id.iter().any(|in_id| in_id.member == field.member)
    })
}

/// What the user allows where a type is written is allowed where it is written again. Nothing else is: where a lint is
/// forbidden, allowing it is an error.
fn allowed(input: &DeriveInput) -> Option<TokenStream> {
    const ABOUT_TYPES: [&str; 2] = ["deprecated", "unused_parens"];
    let (variants, fields): (Vec<&syn::Variant>, Vec<&syn::Field>) = match &input.data {
        Data::Struct(data) => (Vec::new(), data.fields.iter().collect()),
        Data::Enum(data) => (
            data.variants.iter().collect(),
            data.variants
                .iter()
                .flat_map(|variant| &variant.fields)
                .collect(),
        ),
        Data::Union(_) => (Vec::new(), Vec::new()),
    };
    let attributes = input
        .attrs
        .iter()
        .chain(variants.iter().flat_map(|variant| &variant.attrs))
        .chain(fields.iter().flat_map(|field| &field.attrs))
        .filter(|attribute| {
            let path = attribute.path();
            path.is_ident("allow") || path.is_ident("expect")
        });
    let said: Vec<TokenTree> = attributes
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .flat_map(|list| list.tokens.clone())
        .collect();
    let is_said = |lint: &&str| {
        said.iter()
            .any(|word| matches!(word, TokenTree::Ident(word) if word == lint))
    };
    let lints = ABOUT_TYPES
        .into_iter()
        .filter(is_said)
        .map(|lint| Ident::new(lint, Span::call_site()));
    let lints: Vec<Ident> = lints.collect();
    (!lints.is_empty()).then(|| quote!(#[allow(#(#lints),*)]))
}

/// What binds these fields of a variant.
fn bound<'f, 'i: 'f>(
    shape: &Shape<'_>,
    fields: impl Iterator<Item = &'f Field<'i>>,
) -> TokenStream {
    let bind = |field: &Field<'_>| {
        let (member, binding) = (ours(&field.member), field.binding.as_ref()?);
        Some(quote!(#member: #binding,))
    };
    match shape.kind {
        ShapeKind::Variant => fields.filter_map(bind).collect(),
        ShapeKind::Event | ShapeKind::SharedFields => TokenStream::new(),
    }
}

/// The type's name. Where that is deprecated, it is no news in the type's own impl.
pub(crate) fn name_of(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let mut attributes = input.attrs.iter();
    if attributes.any(|attribute| attribute.path().is_ident("deprecated")) {
        ours(ident)
    } else {
        ident.to_token_stream()
    }
}

/// The user's tokens, as ones of our own at their place: what is deprecated is no news there.
pub(crate) fn ours(tokens: impl ToTokens) -> TokenStream {
    let at = |mut token: TokenTree| {
        token.set_span(token.span().resolved_at(Span::call_site()));
        token
    };
    tokens.into_token_stream().into_iter().map(at).collect()
}
