//! The second stage: what a type says about its event, with every default filled in. It may still be wrong.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Index, Member, Type};

use crate::case::words;
use crate::doubt::{Cause, Doubt};
use crate::errors::Errors;
use crate::parse::vocabulary::Place;
use crate::parse::{FieldAttrs, TypeAttrs};
use crate::role::Role;
use crate::rust_type::is_phantom_data;

/// A type that is an event.
pub(crate) struct Event<'i> {
    pub(crate) input: &'i DeriveInput,
    pub(crate) attrs: TypeAttrs,
    pub(crate) body: Body<'i>,
}

pub(crate) enum Body<'i> {
    Struct(Box<Shape<'i>>),
    Enum(Vec<Variant<'i>>),
}

/// A struct, or a variant of an enum, and all that holds for it.
pub(crate) struct Shape<'i> {
    pub(crate) ident: &'i Ident,
    /// In a variant, what the enum says where the variant says nothing.
    pub(crate) attrs: TypeAttrs,
    pub(crate) template: Option<Template>,
    /// The template's name in HubSpot.
    pub(crate) name: String,
    pub(crate) object_type: String,
    pub(crate) fields: Vec<Field<'i>>,
    pub(crate) kind: ShapeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShapeKind {
    /// A struct that is an event.
    Event,
    /// A variant that is one.
    Variant,
    /// A struct that is no event, but taken into events.
    SharedFields,
}

/// How an event names its template.
pub(crate) enum Template {
    /// An expression of type `&'static str`.
    Id(TokenStream),
    Name(String),
    /// The name of its event type in app events, and no template.
    TypeName(String),
}

pub(crate) struct Variant<'i> {
    pub(crate) ident: &'i Ident,
    pub(crate) fields: &'i Fields,
    /// The attributes of the variant itself.
    pub(crate) attrs: TypeAttrs,
    pub(crate) kind: VariantKind<'i>,
}

pub(crate) enum VariantKind<'i> {
    /// An event with a template of its own.
    Event(Box<Shape<'i>>),
    /// A variant that hands its event on to the one type inside.
    Inner(&'i Type),
}

pub(crate) struct Field<'i> {
    pub(crate) member: Member,
    /// In a variant, the name that the field is bound to.
    pub(crate) binding: Option<Ident>,
    pub(crate) ty: &'i Type,
    pub(crate) attrs: FieldAttrs,
    pub(crate) role: Option<Role>,
    /// Absent for a field that is no token, and for a token whose name is in doubt.
    pub(crate) token: Option<Token>,
}

#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) property: Option<String>,
    /// HubSpot's word for the type, where it is not the Rust type's own.
    pub(crate) token_type: Option<String>,
}

/// What is known of a token's type.
#[derive(Clone)]
pub(crate) enum KnownType {
    /// HubSpot's word for it.
    Said(String),
    /// The token type of this Rust type, which only the compiler knows.
    Rust(TokenStream),
}

impl<'i> Event<'i> {
    pub(crate) fn read(input: &'i DeriveInput, errors: &mut Errors) -> Option<Self> {
        if let Data::Union(data) = &input.data {
            errors.at(
                data.union_token,
                "`#[derive(TimelineEvent)]` is for structs and enums: nobody can tell which field of a union is set",
            );
            return None;
        }
        let attrs = TypeAttrs::parse(&input.attrs, Place::Event, errors);
        let body = match &input.data {
            Data::Enum(data) => {
                let variants = data.variants.iter();
                Body::Enum(
                    variants
                        .map(|variant| Variant::read(variant, &attrs, errors))
                        .collect(),
                )
            }
            Data::Struct(data) => Body::Struct(Box::new(Shape::read(
                &input.ident,
                &data.fields,
                attrs.clone(),
                ShapeKind::Event,
                errors,
            ))),
            Data::Union(_) => return None,
        };
        Some(Event { input, attrs, body })
    }
}

/// A struct whose fields events take in.
pub(crate) fn shared_fields<'i>(input: &'i DeriveInput, errors: &mut Errors) -> Option<Shape<'i>> {
    let mut refuse = |at: &dyn ToTokens| {
        errors.at(
            at.to_token_stream(),
            "`#[derive(TimelineFields)]` is for structs, whose fields are taken into events",
        );
    };
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(data) => {
            refuse(&data.enum_token);
            return None;
        }
        Data::Union(data) => {
            refuse(&data.union_token);
            return None;
        }
    };
    let attrs = TypeAttrs::parse(&input.attrs, Place::Fields, errors);
    Some(Shape::read(
        &input.ident,
        &data.fields,
        attrs,
        ShapeKind::SharedFields,
        errors,
    ))
}

impl<'i> Variant<'i> {
    fn read(variant: &'i syn::Variant, of: &TypeAttrs, errors: &mut Errors) -> Self {
        let before = errors.count();
        let mut attrs = TypeAttrs::parse(&variant.attrs, Place::Variant, errors);
        let inner = match &variant.fields {
            Fields::Unnamed(fields) if !attrs.names_template() && fields.unnamed.len() == 1 => {
                fields.unnamed.first()
            }
            _ => None,
        };
        let kind = match inner {
            Some(field) => {
                if errors.count() > before {
                    attrs.doubt.add(Cause::All);
                } else if let Some((word, at)) = Self::without_effect(&attrs, field) {
                    errors.at(
                        at,
                        format_args!(
                            "the variant has no template of its own and hands its event on to the type inside, so \
                             `{word}` means nothing: remove it, or add `#[timeline(template_id = \"1001298\")]` to the \
                             variant"
                        ),
                    );
                    attrs.doubt.add(Cause::All);
                }
                VariantKind::Inner(&field.ty)
            }
            None => VariantKind::Event(Box::new(Shape::read(
                &variant.ident,
                &variant.fields,
                of.of_variant(&attrs),
                ShapeKind::Variant,
                errors,
            ))),
        };
        Variant {
            ident: &variant.ident,
            fields: &variant.fields,
            attrs,
            kind,
        }
    }

    /// An attribute of a variant that hands its event on, or of its field: it would have no effect.
    fn without_effect(attrs: &TypeAttrs, field: &syn::Field) -> Option<(String, TokenStream)> {
        if let Some((word, at)) = attrs.about_template() {
            return Some((word.to_owned(), at.clone()));
        }
        let attribute = field
            .attrs
            .iter()
            .find(|attribute| attribute.path().is_ident("timeline"))?;
        Some((
            "#[timeline(…)]".to_owned(),
            attribute.meta.to_token_stream(),
        ))
    }

    /// The event that the variant is.
    pub(crate) fn shape(&self) -> Option<&Shape<'i>> {
        match &self.kind {
            VariantKind::Event(shape) if self.is_sound() => Some(shape),
            VariantKind::Event(_) | VariantKind::Inner(_) => None,
        }
    }

    /// The type that the variant hands its events on to.
    pub(crate) fn inner(&self) -> Option<&'i Type> {
        match self.kind {
            VariantKind::Inner(ty) if self.is_sound() => Some(ty),
            VariantKind::Event(_) | VariantKind::Inner(_) => None,
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        !self.attrs.doubt.has(Cause::All)
    }
}

impl<'i> Shape<'i> {
    pub(crate) fn read(
        ident: &'i Ident,
        fields: &'i Fields,
        attrs: TypeAttrs,
        kind: ShapeKind,
        errors: &mut Errors,
    ) -> Self {
        let fields = fields
            .iter()
            .enumerate()
            .map(|(index, field)| Field::read(index, field, kind, &attrs, errors))
            .collect();
        let by_id = attrs.template_id.value().map(ToTokens::to_token_stream);
        let by_name = attrs.template.value().map(syn::LitStr::value);
        let by_type = attrs.type_name.value().map(syn::LitStr::value);
        let name = attrs
            .name
            .value()
            .map(syn::LitStr::value)
            .or_else(|| by_name.clone())
            .unwrap_or_else(|| words(&ident.unraw().to_string()));
        let object_type = attrs
            .object_type
            .value()
            .map_or_else(|| "contacts".to_owned(), syn::LitStr::value);
        Shape {
            ident,
            template: by_id
                .map(Template::Id)
                .or(by_name.map(Template::Name))
                .or(by_type.map(Template::TypeName)),
            name,
            object_type,
            attrs,
            fields,
            kind,
        }
    }

    /// What is in doubt about the type and its fields.
    pub(crate) fn doubt(&self) -> Doubt {
        let fields = self.fields.iter().map(|field| &field.attrs.doubt);
        fields.fold(self.attrs.doubt.clone(), |all, field| all.and(field))
    }

    /// The fields that are flattened.
    pub(crate) fn flattened(&self) -> impl Iterator<Item = &Field<'i>> {
        self.fields.iter().filter(|field| field.is_flattened())
    }

    /// A word as messages name it. In a variant, messages also name the variant, since the word may stand on the enum
    /// for all variants.
    pub(crate) fn own(&self, word: &str) -> String {
        match self.kind {
            ShapeKind::Variant => format!("{word} of `{}`", self.ident),
            ShapeKind::Event | ShapeKind::SharedFields => word.to_owned(),
        }
    }

    /// The field of this name, or of this place in a tuple struct.
    pub(crate) fn field(&self, name: &str) -> Option<&Field<'i>> {
        self.fields.iter().find(|field| field.name() == name)
    }

    /// The tokens of the shape's own fields.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.fields.iter().filter_map(|field| field.token.as_ref())
    }

    /// The field that is the token of this name.
    pub(crate) fn field_of_token(&self, name: &str) -> Option<&Field<'i>> {
        self.fields.iter().find(|field| field.is_token(name))
    }
}

impl<'i> Field<'i> {
    fn read(
        index: usize,
        field: &'i syn::Field,
        kind: ShapeKind,
        of: &TypeAttrs,
        errors: &mut Errors,
    ) -> Self {
        let place = match kind {
            ShapeKind::SharedFields => Place::Shared,
            ShapeKind::Event | ShapeKind::Variant => Place::Field,
        };
        let attrs = FieldAttrs::parse(&field.attrs, place, errors);
        let member = match &field.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index::from(index)),
        };
        let role = attrs.roles.first().map(|(role, _)| *role);
        Field {
            token: Token::read(&member, role, &attrs, of),
            binding: (kind == ShapeKind::Variant).then(|| format_ident!("__field_{index}")),
            member,
            ty: &field.ty,
            role,
            attrs,
        }
    }

    /// Whether no mistake in the field itself was found. Then what rustc reports about its type does not follow from one.
    pub(crate) fn is_sound(&self) -> bool {
        !self.attrs.doubt.is_about_the_type()
    }

    /// The field's name as patterns and messages have it; in a tuple struct its place.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(ident) => ident.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }

    pub(crate) fn is_flattened(&self) -> bool {
        self.attrs.flatten.said().is_some()
    }

    pub(crate) fn is_token(&self, name: &str) -> bool {
        self.token.as_ref().is_some_and(|token| token.name == name)
    }

    /// What is known of the type of the field's token. `None` if it is in doubt, or if a `with` function makes the
    /// value: its type has no name here.
    pub(crate) fn known_type(&self) -> Option<KnownType> {
        let of_a_function = self.attrs.with.value().is_some();
        match self.attrs.token_type.said() {
            Some(said) => Some(KnownType::Said(said.value.as_ref()?.value())),
            None if !self.is_sound() || of_a_function => None,
            None if self.role == Some(Role::Timestamp) => Some(KnownType::Said("date".to_owned())),
            None => Some(KnownType::Rust(self.ty.to_token_stream())),
        }
    }

    /// Why the field is not a single text, as a part of an id must be.
    pub(crate) fn has_no_text(&self) -> Option<&'static str> {
        match self.role {
            _ if self.is_flattened() => Some("flattened"),
            Some(Role::ExtraData) => Some("the `extra_data`"),
            Some(Role::IFrame) => Some("the `iframe`"),
            _ if self.attrs.with.value().is_none() && is_phantom_data(self.ty) => {
                Some("`PhantomData`")
            }
            _ => None,
        }
    }

    /// The name under which the field goes into a key: the one it has, or would have, as a token. In a tuple struct
    /// that is its place.
    pub(crate) fn key_name(&self, of: &TypeAttrs) -> String {
        match &self.token {
            Some(token) => token.name.clone(),
            None => own_name(&self.member, of).unwrap_or_else(|| self.name()),
        }
    }

    /// The user's tokens that gave the token its name.
    pub(crate) fn named_at(&self) -> TokenStream {
        match (self.attrs.token.value(), &self.member) {
            (Some(name), _) => name.to_token_stream(),
            (None, Member::Named(ident)) => quote!(#ident),
            (None, Member::Unnamed(_)) => self.ty.to_token_stream(),
        }
    }
}

/// The field's name under the type's rule.
fn own_name(member: &Member, of: &TypeAttrs) -> Option<String> {
    let Member::Named(ident) = member else {
        return None;
    };
    let name = ident.unraw().to_string();
    Some(match of.rename_all.value() {
        Some(rule) => rule.field(&name),
        None => name,
    })
}

impl Token {
    fn read(
        member: &Member,
        role: Option<Role>,
        attrs: &FieldAttrs,
        of: &TypeAttrs,
    ) -> Option<Self> {
        let elsewhere =
            role.is_some() || attrs.skip.said().is_some() || attrs.flatten.said().is_some();
        let name = match attrs.token.said() {
            Some(said) => said.value.as_ref()?.value(),
            None if elsewhere || attrs.doubt.has(Cause::Text) => return None,
            None if of.doubt.has(Cause::Value("rename_all")) => return None,
            None => own_name(member, of)?,
        };
        let label = match (attrs.label.value(), member) {
            (Some(label), _) => label.value(),
            (None, Member::Named(ident)) => words(&ident.unraw().to_string()),
            (None, Member::Unnamed(_)) => words(&name),
        };
        Some(Token {
            name,
            label,
            property: attrs.property.value().map(syn::LitStr::value),
            token_type: attrs.token_type.value().map(syn::LitStr::value),
        })
    }
}
