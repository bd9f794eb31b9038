//! What a type says about its event, with every default filled in. It may still be wrong: see `check`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, ExprPath, Index, Member, Type};

use crate::case::words;
use crate::errors::Errors;
use crate::parse::{FieldAttrs, Role, Said, TemplateId, TypeAttrs};

/// A struct and all that is said on it.
pub(crate) struct Model<'i> {
    pub(crate) input: &'i DeriveInput,
    pub(crate) attrs: TypeAttrs,
    pub(crate) template: Option<Template>,
    /// The template's name in HubSpot.
    pub(crate) name: String,
    pub(crate) object_type: String,
    pub(crate) fields: Vec<Field<'i>>,
}

/// How the type names its template.
pub(crate) enum Template {
    /// An expression of type `&'static str`.
    Id(TokenStream),
    Name(String),
}

pub(crate) struct Field<'i> {
    pub(crate) member: Member,
    pub(crate) ty: &'i Type,
    pub(crate) attrs: FieldAttrs,
    pub(crate) role: Option<Role>,
    /// Absent for a field that is no token, and for a token whose name cannot be told.
    pub(crate) token: Option<Token>,
}

pub(crate) struct Token {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) property: Option<String>,
}

impl<'i> Model<'i> {
    /// Only structs can be read so far.
    pub(crate) fn read(input: &'i DeriveInput, errors: &mut Errors) -> Option<Self> {
        let fields = match &input.data {
            Data::Struct(data) => &data.fields,
            Data::Enum(data) => {
                errors.at(
                    data.enum_token,
                    "`#[derive(TimelineEvent)]` is for structs so far; enums will follow in a later version",
                );
                return None;
            }
            Data::Union(data) => {
                errors.at(
                    data.union_token,
                    "`#[derive(TimelineEvent)]` is for structs: nobody can tell which field of a union is set",
                );
                return None;
            }
        };
        let attrs = TypeAttrs::parse(&input.attrs, errors);
        let fields = fields
            .iter()
            .enumerate()
            .map(|(place, field)| Field::read(place, field, &attrs, errors))
            .collect();
        let by_id = attrs.template_id.value().map(|id| match id {
            TemplateId::Literal(id) => id.to_token_stream(),
            TemplateId::Path(path) => path.to_token_stream(),
        });
        let by_name = attrs.template.value().map(syn::LitStr::value);
        let name = attrs
            .name
            .value()
            .map(syn::LitStr::value)
            .or_else(|| by_name.clone())
            .unwrap_or_else(|| words(&input.ident.unraw().to_string()));
        let object_type = attrs
            .object_type
            .value()
            .map_or_else(|| "contacts".to_owned(), syn::LitStr::value);
        Some(Model {
            input,
            template: by_id.map(Template::Id).or(by_name.map(Template::Name)),
            name,
            object_type,
            attrs,
            fields,
        })
    }
}

impl<'i> Field<'i> {
    fn read(place: usize, field: &'i syn::Field, of: &TypeAttrs, errors: &mut Errors) -> Self {
        let attrs = FieldAttrs::parse(&field.attrs, errors);
        let member = match &field.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index::from(place)),
        };
        let role = attrs.roles.first().map(|(role, _)| *role);
        let token = Token::read(&member, role, &attrs, of);
        Field {
            member,
            ty: &field.ty,
            role,
            token,
            attrs,
        }
    }

    /// The `with` function.
    pub(crate) fn with(&self) -> Option<&ExprPath> {
        self.attrs.with.value()
    }

    /// The name under which the field goes into a key: the one it has, or would have, as a token. In a tuple struct
    /// that is its place.
    pub(crate) fn key_name(&self, of: &TypeAttrs) -> String {
        match &self.token {
            Some(token) => token.name.clone(),
            None => own_name(&self.member, of).unwrap_or_else(|| shown(&self.member)),
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

/// A field as it is written in messages.
pub(crate) fn shown(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.to_string(),
        Member::Unnamed(index) => index.index.to_string(),
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
        let name = match attrs.token.said() {
            Some(Said { value, .. }) => value.as_ref()?.value(),
            None if role.is_some() || attrs.skip.said().is_some() || attrs.doubtful => return None,
            // An unreadable rule leaves the names unknown.
            None if of
                .rename_all
                .said()
                .is_some_and(|said| said.value.is_none()) =>
            {
                return None;
            }
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
        })
    }
}
