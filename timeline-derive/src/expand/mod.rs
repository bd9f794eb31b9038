//! The last stage: the impls. They name everything through `timeline_core::__private`, which the block around an impl
//! imports under a name of its own. A field's type stands in the user's own tokens, so that rustc's errors about it point
//! there.
//!
//! What is sound of a type with mistakes is expanded as well, so that rustc reports what is wrong with its fields' types
//! together with our own errors.

mod assertion;
mod bounds;
mod declare;
mod field;
pub(crate) mod names;
mod warning;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Type};

use self::bounds::Needs;
use self::names::{allowed, block, bound, made, name_of, ours, private};
use crate::model::Template;
use crate::parse::value::is_type_id;
use crate::plan::{Body, Event, Field, Fields, IdPart, Shape, SharedFields, Target, Variant};
use crate::role::Role;

/// The impl of an event.
pub(crate) fn event(event: &Event<'_>) -> TokenStream {
    let private = private();
    let Event {
        target,
        body,
        files,
    } = event;
    let mut needs = Needs::new(target);
    for shape in shapes(body) {
        needs.add_fields(&shape.fields);
    }
    for ty in inner_types(body) {
        needs.add(ty, "TimelineEvent");
    }
    let (building, declaring) = match body {
        Body::Struct(shape) => {
            let declared = declare::template(shape, target.input);
            let made = made();
            (build(shape, target), quote!(#declared #private::one(#made)))
        }
        Body::Enum {
            variants,
            is_complete,
        } => (
            match_variants(variants, *is_complete, target),
            declare::templates(variants, target.input),
        ),
    };
    let generics = needs.into_generics();
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = target.input.generics.split_for_impl();
    let requiring = require(body);
    let asserted = shapes(body).map(|shape| assertion::items(&shape.fields, target.input));
    let warned = shapes(body).map(|shape| warning::reserved(shape, target.input));
    let hands_on = hands_on(body, target, &generics);
    let (ident, allow) = (name_of(target.input), allowed(target.input));
    let tracked = files.iter().map(|file| {
        let file = format!("/{file}");
        quote! {
            const _: &[#private::u8] = #private::include_bytes!(
                #private::concat!(#private::env!("CARGO_MANIFEST_DIR"), #file)
            );
        }
    });
    block(
        &target.core,
        &quote! {
            #(#tracked)*
            #(#asserted)*
            #(#warned)*
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
        },
    )
}

/// Everything that is an event: the struct, or the variants that have a template.
fn shapes<'p, 'i>(body: &'p Body<'i>) -> impl Iterator<Item = &'p Shape<'i>> {
    let (one, variants) = match body {
        Body::Struct(shape) => (Some(&**shape), &[][..]),
        Body::Enum { variants, .. } => (None, &**variants),
    };
    let shape = |variant: &'p Variant<'i>| match variant {
        Variant::Event(shape) => Some(&**shape),
        Variant::Inner(..) => None,
    };
    one.into_iter().chain(variants.iter().filter_map(shape))
}

/// The types that variants hand their events on to.
fn inner_types<'i>(body: &Body<'i>) -> Vec<&'i Type> {
    let Body::Enum { variants, .. } = body else {
        return Vec::new();
    };
    let inner = |variant: &Variant<'i>| match variant {
        Variant::Inner(_, ty) => Some(*ty),
        Variant::Event(_) => None,
    };
    variants.iter().filter_map(inner).collect()
}

/// The constant whose evaluation has no end where enums hand their events on in a circle. It is evaluated at once where the
/// type has no parameters.
fn hands_on(body: &Body<'_>, target: &Target<'_>, generics: &Generics) -> Option<TokenStream> {
    let private = private();
    let inner = inner_types(body);
    if inner.is_empty() {
        return None;
    }
    let (ident, allow) = (name_of(target.input), allowed(target.input));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = target.input.generics.split_for_impl();
    let concrete = target.input.generics.params.is_empty();
    let evaluated =
        concrete.then(|| quote!(const _: #private::usize = <#ident as #private::HandsOn>::DEPTH;));
    Some(quote! {
        #[automatically_derived]
        #allow
        impl #impl_generics #private::HandsOn for #ident #type_generics #where_clause {
            const DEPTH: #private::usize = {
                use #private::Unknown as _;
                1 #(+ #private::Known::<#inner>::__TIMELINE_DEPTH)*
            };
        }
        #evaluated
    })
}

/// What the client needs in order to send the events; `None` if it needs nothing.
fn require(body: &Body<'_>) -> Option<TokenStream> {
    let private = private();
    let tell = Ident::new("__tell", Span::mixed_site());
    let mut told = TokenStream::new();
    let has_key = |shape: &Shape<'_>| {
        let mut fields = shape.fields.fields.iter();
        fields.any(|field| field.role == Some(Role::Key))
    };
    if shapes(body).any(has_key) {
        told.extend(quote!(#tell(#private::Requirement::PortalId);));
    }
    for shape in shapes(body) {
        let names = template_names(shape);
        told.extend(quote!(#tell(#names);));
    }
    for ty in inner_types(body) {
        told.extend(quote_spanned!(ty.span()=> <#ty as #private::TimelineEvent>::requires(#tell);));
    }
    (!told.is_empty()).then(|| {
        quote! {
            fn requires(#tell: &mut dyn #private::FnMut(#private::Requirement)) {
                #told
            }
        }
    })
}

/// What a shape says of its template.
fn template_names(shape: &Shape<'_>) -> TokenStream {
    let private = private();
    let some = |text: Option<TokenStream>| match text {
        Some(text) => quote!(#private::Option::Some(#text)),
        None => quote!(#private::Option::None),
    };
    let (id, name) = match &shape.template {
        Template::Id(id) => (Some(quote!(#private::id(#id))), None),
        Template::Name(name) => (None, Some(quote!(#name))),
        Template::TypeName(_) => (None, None),
    };
    let type_name = shape.type_name.as_ref().map(|name| quote!(#name));
    let gives_name =
        |field: &Field<'_>| field.is_flattened || field.role == Some(Role::CustomObjectTypeId);
    let is_named = shape.object_type_name.is_some()
        || !is_type_id(&shape.object_type)
        || shape.fields.fields.iter().any(gives_name);
    let object_type = &shape.object_type;
    let unnamed = (!is_named).then(|| quote!(#object_type));
    let [id, name, type_name, unnamed] = [id, name, type_name, unnamed].map(some);
    quote!(#private::template_names(#id, #name, #type_name, #unnamed))
}

/// The impl of a struct of shared fields.
pub(crate) fn shared_fields(shared: &SharedFields<'_>) -> TokenStream {
    let (private, made) = (private(), made());
    let SharedFields {
        target,
        fields,
        is_partial,
    } = shared;
    let mut needs = Needs::new(target);
    needs.add_fields(fields);
    let generics = needs.into_generics();
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = target.input.generics.split_for_impl();
    let asserted = assertion::items(fields, target.input);
    let checks = assertion::in_building(fields, target.input);
    let sets = fields
        .fields
        .iter()
        .map(|of| field::set(of, fields, target));
    let declared = declare::tokens(fields);
    let tokens = fields.fields.iter().filter_map(declare::part);
    let roles = fields
        .fields
        .iter()
        .filter_map(|field| Some(field.role?.name()));
    let parts = flattened_parts(fields);
    let (ident, allow) = (name_of(target.input), allowed(target.input));
    block(
        &target.core,
        &quote! {
            #asserted
            #[automatically_derived]
            #allow
            impl #impl_generics #private::TimelineFields for #ident #type_generics #where_clause {
                const PARTS: &'static #private::Parts<'static> = &#private::Parts {
                    tokens: &[#(#tokens),*],
                    roles: &[#(#roles),*],
                    parts: &[#(#parts),*],
                    unknown: #is_partial #(|| #parts.unknown)*,
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
        },
    )
}

fn match_variants(variants: &[Variant<'_>], is_complete: bool, target: &Target<'_>) -> TokenStream {
    let private = private();
    if variants.is_empty() && is_complete {
        return quote!(match *self {});
    }
    let arms = variants.iter().map(|variant| match variant {
        Variant::Event(shape) => {
            let ident = ours(shape.fields.ident);
            let bound = bound(&shape.fields, &shape.fields.fields);
            let built = build(shape, target);
            quote!(Self::#ident { #bound .. } => { #built })
        }
        Variant::Inner(ident, ty) => {
            let ident = ours(ident);
            let inner = Ident::new("__inner", Span::mixed_site());
            let call =
                quote_spanned!(ty.span()=> <#ty as #private::TimelineEvent>::event_input(#inner));
            quote!(Self::#ident(#inner) => #call,)
        }
    });
    let rest = (!is_complete).then(|| quote!(_ => #private::broken_variant(),));
    quote!(match self { #(#arms)* #rest })
}

/// The statements that make a shape's input.
fn build(shape: &Shape<'_>, target: &Target<'_>) -> TokenStream {
    let (private, made) = (private(), made());
    let object_type = &shape.object_type;
    let tokens = room(&shape.fields);
    let begin = match &shape.template {
        Template::Id(id) => quote!(by_id(#private::id(#id), #object_type, #tokens)),
        Template::Name(name) => quote!(by_name(#name, #object_type, #tokens)),
        Template::TypeName(name) => quote!(by_type(#name, #object_type, #tokens)),
    };
    let type_name = shape
        .type_name
        .as_ref()
        .filter(|_| !matches!(shape.template, Template::TypeName(_)))
        .map(|name| quote!(#private::type_name(&mut #made, #name);));
    let object_type_name = shape
        .object_type_name
        .as_ref()
        .map(|name| quote!(#private::object_type_name(&mut #made, #name);));
    let checks = assertion::in_building(&shape.fields, target.input);
    let sets = shape
        .fields
        .fields
        .iter()
        .map(|of| field::set(of, &shape.fields, target));
    let id = set_id(shape);
    quote! {
        let mut #made = #private::#begin;
        #type_name
        #object_type_name
        #checks
        #(#sets)*
        #id
        #private::check(&#made)?;
        #private::Result::Ok(#made)
    }
}

/// For how many tokens to make room: the event's own, and those flattened into it.
fn room(fields: &Fields<'_>) -> TokenStream {
    let own = fields.fields.iter().filter(|field| field.token.is_some());
    let own = own.count();
    let flattened = flattened_parts(fields);
    if flattened.is_empty() {
        quote!(#own)
    } else {
        quote!(const { #own #(+ #flattened.count())* })
    }
}

/// What each flattened struct brings into the shape.
fn flattened_parts(fields: &Fields<'_>) -> Vec<TokenStream> {
    let private = private();
    let flattened = fields.fields.iter().filter(|field| field.is_flattened);
    let parts = flattened.map(|part| {
        let ty = part.ty;
        quote_spanned!(ty.span()=> <#ty as #private::TimelineFields>::PARTS)
    });
    parts.collect()
}

/// Makes the id from its pattern.
fn set_id(shape: &Shape<'_>) -> Option<TokenStream> {
    let (private, made) = (private(), made());
    let parts = shape.id.iter().map(|part| match part {
        IdPart::Text(text) => quote!(#private::Part::Text(#text)),
        IdPart::Field(name, of) => {
            let value = field::value(of);
            quote!(#private::Part::Field(#name, #value))
        }
    });
    (!shape.id.is_empty()).then(|| quote!(#private::pattern(&mut #made, &[#(#parts),*]);))
}
