//! From the attributes' text to slots, one for each thing that can be said.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, ExprPath, LitStr, Path, WherePredicate};

use crate::attr::{self, Item, Value};
use crate::case::Rule;
use crate::errors::Errors;
use crate::handlebars;
use crate::pattern::{self, Part};
use crate::slot::{self, Slot, Word};
use crate::template_id::{self, TemplateId};
use crate::words::{self, Place};

/// A header or a detail.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) literal: LitStr,
    pub(crate) references: Vec<handlebars::Reference>,
    pub(crate) single_braces: Vec<String>,
}

/// Whether it leads into the extra data.
pub(crate) fn is_extra_data(reference: &handlebars::Reference) -> bool {
    reference.path.split('.').next() == Some("extraData")
}

/// The pattern of an id.
#[derive(Clone)]
pub(crate) struct Pattern {
    pub(crate) literal: LitStr,
    pub(crate) parts: Vec<Part>,
}

/// What was said and means nothing here, as was reported.
#[derive(Clone, Default)]
pub(crate) struct Unknown {
    /// Something could not be read: what seems to be missing may have stood there.
    pub(crate) unreadable: bool,
    /// Words that were read as others, which they seem to stand for.
    pub(crate) guessed: Vec<&'static str>,
    /// Words of another place.
    pub(crate) misplaced: Vec<String>,
}

impl Unknown {
    fn and(&self, other: &Self) -> Self {
        Unknown {
            unreadable: self.unreadable || other.unreadable,
            guessed: [&*self.guessed, &*other.guessed].concat(),
            misplaced: [&*self.misplaced, &*other.misplaced].concat(),
        }
    }

    /// Whether one of the words stands at a wrong place.
    pub(crate) fn misplaces(&self, words: &[&str]) -> bool {
        self.misplaced
            .iter()
            .any(|word| words.contains(&word.as_str()))
    }
}

/// What is said on a type or on a variant.
#[derive(Clone)]
pub(crate) struct TypeAttrs {
    pub(crate) template_id: Slot<TemplateId>,
    pub(crate) template: Slot<LitStr>,
    pub(crate) name: Slot<LitStr>,
    pub(crate) object_type: Slot<LitStr>,
    pub(crate) header: Slot<Text>,
    pub(crate) detail: Slot<Text>,
    pub(crate) id: Slot<Pattern>,
    pub(crate) rename_all: Slot<Rule>,
    pub(crate) bound: Slot<Vec<WherePredicate>>,
    pub(crate) krate: Slot<Path>,
    pub(crate) unknown: Unknown,
}

impl TypeAttrs {
    /// The path of `timeline_core`.
    pub(crate) fn core(&self) -> TokenStream {
        match self.krate.said() {
            None => quote::quote!(::timeline_core),
            // Where the path was told to be unreadable, the usual one is the best guess: without an impl, rustc would miss
            // it wherever the type is used.
            Some(said) => match &said.value {
                Some(path) => path.to_token_stream(),
                None => quote::quote!(::timeline_core),
            },
        }
    }

    pub(crate) fn parse(attributes: &[Attribute], place: Place, errors: &mut Errors) -> Self {
        let example = match place {
            Place::Event | Place::Variant => words::example("template_id", place),
            _ => words::example("rename_all", place),
        };
        let items = attr::read(attributes, place, example, errors);
        let mut attrs = TypeAttrs {
            template_id: Slot::new("template_id", place),
            template: Slot::new("template", place),
            name: Slot::new("name", place),
            object_type: Slot::new("object_type", place),
            header: Slot::new("header", place),
            detail: Slot::new("detail", place),
            id: Slot::new("id", place),
            rename_all: Slot::new("rename_all", place),
            bound: Slot::new("bound", place),
            krate: Slot::new("crate", place),
            unknown: Unknown {
                unreadable: items.doubtful,
                ..Unknown::default()
            },
        };
        for item in &items.items {
            let Some(name) = known(item, &items.items, place, &mut attrs.unknown, errors) else {
                continue;
            };
            match name {
                "template_id" => attrs.template_id.read(item, errors, template_id::read),
                "template" => attrs.template.read(item, errors, slot::exact_text),
                "name" => attrs.name.read(item, errors, slot::exact_text),
                "object_type" => attrs.object_type.read(item, errors, slot::object_type),
                "header" => attrs.header.read(item, errors, header),
                "detail" => attrs.detail.read(item, errors, text),
                "id" => attrs.id.read(item, errors, id),
                "rename_all" => attrs.rename_all.read(item, errors, slot::rule),
                "bound" => attrs.bound.read(item, errors, slot::predicates),
                _ => attrs.krate.read(item, errors, slot::absolute_path),
            }
        }
        if let (Some(_), Some(template)) = (attrs.template_id.said(), attrs.template.said()) {
            errors.at(
                &template.at,
                "`template_id` and `template` both name the event template: remove one",
            );
        }
        attrs
    }

    /// What holds for a variant of this enum: what is said on the variant, or else here.
    pub(crate) fn of_variant(&self, variant: &Self) -> Self {
        let named = variant.names_template();
        let template_of = if named { variant } else { self };
        TypeAttrs {
            template_id: template_of.template_id.clone(),
            template: template_of.template.clone(),
            name: variant.name.or(&self.name),
            object_type: variant.object_type.or(&self.object_type),
            header: variant.header.or(&self.header),
            detail: variant.detail.or(&self.detail),
            id: variant.id.or(&self.id),
            rename_all: variant.rename_all.or(&self.rename_all),
            bound: self.bound.clone(),
            krate: self.krate.clone(),
            unknown: self.unknown.and(&variant.unknown),
        }
    }

    /// Whether an event template is named, readably or not.
    pub(crate) fn names_template(&self) -> bool {
        self.template_id.said().is_some() || self.template.said().is_some()
    }

    /// The first thing said that is about a template, beside the template itself; a variant that hands its event on has
    /// none.
    pub(crate) fn about_template(&self) -> Option<(&'static str, &TokenStream)> {
        let named = ["template_id", "template"];
        self.words_for_events()
            .find(|(word, _)| !named.contains(word))
    }

    /// Everything said that is for events with a template of their own.
    pub(crate) fn words_for_events(&self) -> impl Iterator<Item = (&'static str, &TokenStream)> {
        fn of<T>(slot: &Slot<T>) -> Option<(&'static str, &TokenStream)> {
            slot.said().map(|said| (slot.name(), &said.at))
        }
        [
            of(&self.template_id),
            of(&self.template),
            of(&self.name),
            of(&self.object_type),
            of(&self.header),
            of(&self.detail),
            of(&self.id),
            of(&self.rename_all),
        ]
        .into_iter()
        .flatten()
    }
}

/// What a field can be to an event, other than a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Id,
    Key,
    Email,
    Utk,
    ObjectId,
    Domain,
    CustomObjectTypeId,
    Timestamp,
    ExtraData,
    IFrame,
}

impl Role {
    const ALL: [Role; 10] = [
        Role::Id,
        Role::Key,
        Role::Email,
        Role::Utk,
        Role::ObjectId,
        Role::Domain,
        Role::CustomObjectTypeId,
        Role::Timestamp,
        Role::ExtraData,
        Role::IFrame,
    ];

    /// The attribute.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Id => "id",
            Role::Key => "key",
            Role::Email => "email",
            Role::Utk => "utk",
            Role::ObjectId => "object_id",
            Role::Domain => "domain",
            Role::CustomObjectTypeId => "custom_object_type_id",
            Role::Timestamp => "timestamp",
            Role::ExtraData => "extra_data",
            Role::IFrame => "iframe",
        }
    }

    fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it is more than one text, so that it fits neither a token nor an id.
    pub(crate) fn is_structured(self) -> bool {
        matches!(self, Role::ExtraData | Role::IFrame)
    }
}

/// What is said on a field.
pub(crate) struct FieldAttrs {
    /// In the order they were written.
    pub(crate) roles: Vec<(Role, Slot<()>)>,
    pub(crate) token: Slot<LitStr>,
    pub(crate) label: Slot<LitStr>,
    pub(crate) property: Slot<LitStr>,
    pub(crate) token_type: Slot<LitStr>,
    pub(crate) with: Slot<ExprPath>,
    pub(crate) skip: Slot<()>,
    pub(crate) flatten: Slot<()>,
    pub(crate) unknown: Unknown,
}

impl FieldAttrs {
    pub(crate) fn parse(attributes: &[Attribute], place: Place, errors: &mut Errors) -> Self {
        let items = attr::read(attributes, place, words::example("token", place), errors);
        let mut attrs = FieldAttrs {
            roles: Vec::new(),
            token: Slot::new("token", place),
            label: Slot::new("label", place),
            property: Slot::new("property", place),
            token_type: Slot::new("type", place),
            with: Slot::new("with", place),
            skip: Slot::new("skip", place),
            flatten: Slot::new("flatten", place),
            unknown: Unknown {
                unreadable: items.doubtful,
                ..Unknown::default()
            },
        };
        for item in &items.items {
            let Some(name) = known(item, &items.items, place, &mut attrs.unknown, errors) else {
                continue;
            };
            match name {
                "token" => attrs.token.read(item, errors, slot::any_text),
                "label" => attrs.label.read(item, errors, slot::text),
                "property" => attrs.property.read(item, errors, slot::exact_text),
                "type" => attrs.token_type.read(item, errors, slot::token_type),
                "with" => attrs.with.read(item, errors, slot::function),
                "skip" => attrs.skip.read(item, errors, slot::flag),
                "flatten" => attrs.flatten.read(item, errors, slot::flag),
                name => {
                    if let Some(role) = Role::named(name) {
                        attrs.read_role(role, item, place, errors);
                    }
                }
            }
        }
        attrs
    }

    fn read_role(&mut self, role: Role, item: &Item, place: Place, errors: &mut Errors) {
        let read = match role {
            Role::Id => slot::id_flag,
            _ => slot::flag,
        };
        if let Some((_, slot)) = self.roles.iter_mut().find(|(other, _)| *other == role) {
            return slot.read(item, errors, read);
        }
        let mut slot = Slot::new(role.name(), place);
        slot.read(item, errors, read);
        self.roles.push((role, slot));
    }

    /// Whether the field's type is meant to fit what is said: not where a role was guessed, or two are given, or what
    /// decides cannot be read.
    pub(crate) fn is_clear(&self) -> bool {
        let plain = ["token", "label", "property", "type"];
        !self.unknown.unreadable
            && self.unknown.guessed.iter().all(|word| plain.contains(word))
            && !self.with.is_unreadable()
            && self.roles.len() < 2
    }

    /// The first thing said beside a word that wants the field for itself.
    pub(crate) fn beside(&self, word: &str) -> Option<&'static str> {
        fn of<T>(slot: &Slot<T>) -> Option<&'static str> {
            slot.said().map(|_| slot.name())
        }
        let role = self.roles.first().map(|(role, _)| role.name());
        role.into_iter()
            .chain(of(&self.token))
            .chain(of(&self.label))
            .chain(of(&self.property))
            .chain(of(&self.token_type))
            .chain(of(&self.with))
            .chain(of(&self.skip))
            .chain(of(&self.flatten))
            .find(|other| *other != word)
    }
}

/// What is said on a variant of a `TokenEnum`.
pub(crate) struct OptionAttrs {
    pub(crate) value: Slot<LitStr>,
    pub(crate) label: Slot<LitStr>,
}

impl OptionAttrs {
    pub(crate) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let place = Place::TokenVariant;
        let items = attr::read(attributes, place, words::example("value", place), errors);
        let mut attrs = OptionAttrs {
            value: Slot::new("value", place),
            label: Slot::new("label", place),
        };
        for item in &items.items {
            match item.name.as_str() {
                "value" => attrs.value.read(item, errors, slot::text),
                "label" => attrs.label.read(item, errors, slot::text),
                _ => tell(item, place, errors),
            }
        }
        attrs
    }
}

/// The word that an item is to be read as. One that is not known is told; where it is clear what it stands for, it is
/// read as that, so that it casts no doubt on the rest.
fn known<'i>(
    item: &'i Item,
    all: &[Item],
    place: Place,
    unknown: &mut Unknown,
    errors: &mut Errors,
) -> Option<&'i str> {
    if words::belongs(&item.name, place) {
        return Some(&item.name);
    }
    tell(item, place, errors);
    if words::is_refused(&item.name, place) {
        unknown.unreadable = true;
        return None;
    }
    if words::is_misplaced(&item.name, place) {
        unknown.misplaced.push(item.name.clone());
        return None;
    }
    let Some(meant) = words::meant(&item.name, place).filter(|meant| fits(item, meant, place))
    else {
        unknown.unreadable |= item.name != "manifest";
        return None;
    };
    let is_there = all.iter().any(|other| other.name == meant) || unknown.guessed.contains(&meant);
    unknown.guessed.push(meant);
    (!is_there).then_some(meant)
}

/// Whether the value is one that the word takes; if not, it is one mistake and not two.
fn fits(item: &Item, word: &str, place: Place) -> bool {
    let takes_value = words::example(word, place).contains('=');
    match &item.value {
        Value::None => !takes_value,
        Value::Given(tokens) => takes_value && slot::literal(tokens).is_some(),
        Value::List(_) | Value::Broken => false,
    }
}

/// Says nothing more about a word around which something else was wrong.
fn tell(item: &Item, place: Place, errors: &mut Errors) {
    let value = match &item.value {
        Value::Given(tokens) => Some(tokens.to_string()),
        Value::None | Value::List(_) => None,
        Value::Broken => return,
    };
    errors.at(
        &item.at,
        words::unknown(&item.name, place, value.as_deref()),
    );
}

/// A text in Handlebars. What is wrong with its syntax is told here, once for all variants that it is the default of.
fn text(word: Word, item: &Item, errors: &mut Errors) -> Option<Text> {
    let literal = slot::text(word, item, errors)?;
    let text = handlebars::read(&literal.value());
    for mistake in &text.mistakes {
        errors.at(&literal, format_args!("in the {}: {mistake}", word.name));
    }
    Some(Text {
        literal,
        references: text.references,
        single_braces: text.single_braces,
    })
}

fn header(word: Word, item: &Item, errors: &mut Errors) -> Option<Text> {
    let mut text = text(word, item, errors)?;
    let value = text.literal.value();
    if value.trim_end().contains(['\n', '\r']) {
        errors.at(
            &text.literal,
            "the header is one line: put what does not fit into the `detail`",
        );
    }
    let before = text.references.len();
    text.references
        .retain(|reference| !is_extra_data(reference));
    if text.references.len() < before {
        errors.at(
            &text.literal,
            "HubSpot fills the `extraData` in the detail only: use it in the `detail`, or make the value a token",
        );
    }
    Some(text)
}

fn id(word: Word, item: &Item, errors: &mut Errors) -> Option<Pattern> {
    if let Value::None = item.value {
        errors.at(
            &item.at,
            format_args!(
                "`id` on the type needs a pattern: `{}`; a field that holds the id is marked itself, with \
                 `#[timeline(id)]` above the field",
                word.example
            ),
        );
        return None;
    }
    let literal = slot::text(word, item, errors)?;
    let (parts, mistakes) = pattern::read(&literal.value());
    for mistake in mistakes {
        errors.at(&literal, mistake);
    }
    Some(Pattern { literal, parts })
}
