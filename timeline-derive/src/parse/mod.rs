//! The first stage: the words of `#[timeline(...)]`, each in a slot of its own.

pub(crate) mod list;
pub(crate) mod slot;
pub(crate) mod template_id;
pub(crate) mod value;
pub(crate) mod vocabulary;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, ExprPath, LitStr, Path, WherePredicate};

use crate::case::Rule;
use crate::doubt::{Cause, Doubt};
use crate::errors::Errors;
use crate::handlebars;
use crate::parse::list::{Item, Value};
use crate::parse::slot::{Slot, Word};
use crate::parse::template_id::TemplateId;
use crate::parse::vocabulary::Place;
use crate::pattern::{self, Part};
use crate::role::Role;

/// A header or a detail.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) literal: LitStr,
    pub(crate) references: Vec<handlebars::Reference>,
    pub(crate) single_braces: Vec<String>,
}

/// Whether the reference leads into the extra data.
pub(crate) fn is_extra_data(reference: &handlebars::Reference) -> bool {
    reference.path.split('.').next() == Some("extraData")
}

/// The pattern of an id.
#[derive(Clone)]
pub(crate) struct Pattern {
    pub(crate) literal: LitStr,
    pub(crate) parts: Vec<Part>,
}

/// The attributes of a type or of a variant.
#[derive(Clone)]
pub(crate) struct TypeAttrs {
    pub(crate) template_id: Slot<TemplateId>,
    pub(crate) template: Slot<LitStr>,
    pub(crate) manifest: Slot<LitStr>,
    pub(crate) manifest_strict: Slot<()>,
    pub(crate) type_name: Slot<LitStr>,
    pub(crate) name: Slot<LitStr>,
    pub(crate) object_type: Slot<LitStr>,
    pub(crate) object_type_name: Slot<LitStr>,
    pub(crate) header: Slot<Text>,
    pub(crate) detail: Slot<Text>,
    pub(crate) id: Slot<Pattern>,
    pub(crate) rename_all: Slot<Rule>,
    pub(crate) bound: Slot<Vec<WherePredicate>>,
    pub(crate) krate: Slot<Path>,
    pub(crate) doubt: Doubt,
}

impl TypeAttrs {
    /// The path of `timeline_core`. If the path could not be read, the usual one is used: without an impl, rustc would
    /// report every use of the type.
    pub(crate) fn core(&self) -> TokenStream {
        match self.krate.value() {
            Some(path) => path.to_token_stream(),
            None => quote!(::timeline_core),
        }
    }

    pub(crate) fn parse(attributes: &[Attribute], place: Place, errors: &mut Errors) -> Self {
        let example = match place {
            Place::Event | Place::Variant => vocabulary::example("template_id", place),
            _ => vocabulary::example("rename_all", place),
        };
        let items = list::read(attributes, place, example, errors);
        let mut attrs = TypeAttrs {
            template_id: Slot::new("template_id", place),
            template: Slot::new("template", place),
            manifest: Slot::new("manifest", place),
            manifest_strict: Slot::new("manifest_strict", place),
            type_name: Slot::new("type_name", place),
            name: Slot::new("name", place),
            object_type: Slot::new("object_type", place),
            object_type_name: Slot::new("object_type_name", place),
            header: Slot::new("header", place),
            detail: Slot::new("detail", place),
            id: Slot::new("id", place),
            rename_all: Slot::new("rename_all", place),
            bound: Slot::new("bound", place),
            krate: Slot::new("crate", place),
            doubt: items.doubt,
        };
        for item in &items.items {
            let doubt = &mut attrs.doubt;
            let Some(name) = known(item, &items.items, place, doubt, errors) else {
                continue;
            };
            match name {
                "template_id" => attrs
                    .template_id
                    .read(item, doubt, errors, template_id::read),
                "template" => attrs.template.read(item, doubt, errors, value::exact_text),
                "manifest" => attrs.manifest.read(item, doubt, errors, value::exact_text),
                "manifest_strict" => {
                    attrs.manifest_strict.read(item, doubt, errors, value::flag);
                }
                "type_name" => attrs.type_name.read(item, doubt, errors, value::exact_text),
                "object_type_name" => {
                    attrs
                        .object_type_name
                        .read(item, doubt, errors, value::exact_text);
                }
                "name" => attrs.name.read(item, doubt, errors, value::exact_text),
                "object_type" => attrs
                    .object_type
                    .read(item, doubt, errors, value::object_type),
                "header" => attrs.header.read(item, doubt, errors, header),
                "detail" => attrs.detail.read(item, doubt, errors, text),
                "id" => attrs.id.read(item, doubt, errors, id),
                "rename_all" => attrs.rename_all.read(item, doubt, errors, value::rule),
                "bound" => attrs.bound.read(item, doubt, errors, value::predicates),
                _ => attrs.krate.read(item, doubt, errors, value::absolute_path),
            }
        }
        if let (Some(_), Some(template)) = (attrs.template_id.said(), attrs.template.said())
            && attrs.manifest.said().is_none()
        {
            errors.at(
                &template.at,
                "`template_id` and `template` both name the event template: remove one",
            );
        }
        attrs
    }

    /// What holds for a variant of this enum: what is given on the variant, or else here.
    pub(crate) fn of_variant(&self, variant: &Self) -> Self {
        let named = variant.names_template();
        let template_of = if named { variant } else { self };
        TypeAttrs {
            template_id: template_of.template_id.clone(),
            template: template_of.template.clone(),
            manifest: variant.manifest.or(&self.manifest),
            manifest_strict: variant.manifest_strict.or(&self.manifest_strict),
            type_name: template_of.type_name.clone(),
            name: variant.name.or(&self.name),
            object_type: variant.object_type.or(&self.object_type),
            object_type_name: variant.object_type_name.or(&self.object_type_name),
            header: variant.header.or(&self.header),
            detail: variant.detail.or(&self.detail),
            id: variant.id.or(&self.id),
            rename_all: variant.rename_all.or(&self.rename_all),
            bound: self.bound.clone(),
            krate: self.krate.clone(),
            doubt: self
                .doubt
                .of_variant(&variant.doubt, |word| variant.says(word)),
        }
    }

    /// Whether this word is given, of those that are for events with a template of their own.
    fn says(&self, word: &str) -> bool {
        self.words_for_events().any(|(said, _)| said == word)
    }

    /// Whether an event template is named, even if the name cannot be read.
    pub(crate) fn names_template(&self) -> bool {
        self.template_id.said().is_some()
            || self.template.said().is_some()
            || self.type_name.said().is_some()
    }

    /// The first word that is about a template, beside the template itself. A variant that hands its event on has no
    /// template.
    pub(crate) fn about_template(&self) -> Option<(&'static str, &TokenStream)> {
        let named = ["template_id", "template", "type_name"];
        self.words_for_events()
            .find(|(word, _)| !named.contains(word))
    }

    /// The words that are given and are for events with a template of their own.
    pub(crate) fn words_for_events(&self) -> impl Iterator<Item = (&'static str, &TokenStream)> {
        fn of<T>(slot: &Slot<T>) -> Option<(&'static str, &TokenStream)> {
            slot.said().map(|said| (slot.name(), &said.at))
        }
        [
            of(&self.template_id),
            of(&self.template),
            of(&self.manifest),
            of(&self.manifest_strict),
            of(&self.type_name),
            of(&self.name),
            of(&self.object_type),
            of(&self.object_type_name),
            of(&self.header),
            of(&self.detail),
            of(&self.id),
            of(&self.rename_all),
        ]
        .into_iter()
        .flatten()
    }
}

/// The attributes of a field.
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
    pub(crate) doubt: Doubt,
}

impl FieldAttrs {
    pub(crate) fn parse(attributes: &[Attribute], place: Place, errors: &mut Errors) -> Self {
        let items = list::read(
            attributes,
            place,
            vocabulary::example("token", place),
            errors,
        );
        let mut attrs = FieldAttrs {
            roles: Vec::new(),
            token: Slot::new("token", place),
            label: Slot::new("label", place),
            property: Slot::new("property", place),
            token_type: Slot::new("type", place),
            with: Slot::new("with", place),
            skip: Slot::new("skip", place),
            flatten: Slot::new("flatten", place),
            doubt: items.doubt,
        };
        for item in &items.items {
            let doubt = &mut attrs.doubt;
            let Some(name) = known(item, &items.items, place, doubt, errors) else {
                continue;
            };
            match name {
                "token" => attrs.token.read(item, doubt, errors, value::any_text),
                "label" => attrs.label.read(item, doubt, errors, value::text),
                "property" => attrs.property.read(item, doubt, errors, value::exact_text),
                "type" => attrs
                    .token_type
                    .read(item, doubt, errors, value::token_type),
                "with" => attrs.with.read(item, doubt, errors, value::function),
                "skip" => attrs.skip.read(item, doubt, errors, value::flag),
                "flatten" => attrs.flatten.read(item, doubt, errors, value::flag),
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
            Role::Id => value::id_flag,
            _ => value::flag,
        };
        if let Some((_, slot)) = self.roles.iter_mut().find(|(other, _)| *other == role) {
            return slot.read(item, &mut self.doubt, errors, read);
        }
        let mut slot = Slot::new(role.name(), place);
        slot.read(item, &mut self.doubt, errors, read);
        self.roles.push((role, slot));
    }

    /// The first word that is given beside this one, which must stand alone.
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

/// The attributes of a variant of a `TokenEnum`.
pub(crate) struct OptionAttrs {
    pub(crate) value: Slot<LitStr>,
    pub(crate) label: Slot<LitStr>,
    pub(crate) doubt: Doubt,
}

impl OptionAttrs {
    pub(crate) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let place = Place::TokenVariant;
        let items = list::read(
            attributes,
            place,
            vocabulary::example("value", place),
            errors,
        );
        let mut attrs = OptionAttrs {
            value: Slot::new("value", place),
            label: Slot::new("label", place),
            doubt: items.doubt,
        };
        for item in &items.items {
            let doubt = &mut attrs.doubt;
            match item.name.as_str() {
                "value" => attrs.value.read(item, doubt, errors, value::text),
                "label" => attrs.label.read(item, doubt, errors, value::text),
                _ => report_unknown(item, place, errors),
            }
        }
        attrs
    }
}

/// The word that an item is to be read as. An unknown word is reported. If it is clear which word was meant, the item
/// is read as that word, so that nothing else is in doubt.
fn known<'i>(
    item: &'i Item,
    all: &[Item],
    place: Place,
    doubt: &mut Doubt,
    errors: &mut Errors,
) -> Option<&'i str> {
    if vocabulary::belongs(&item.name, place) {
        return Some(&item.name);
    }
    report_unknown(item, place, errors);
    if vocabulary::is_refused(&item.name, place) {
        doubt.add(Cause::Text);
        return None;
    }
    if let Some(word) = vocabulary::misplaced(&item.name, place) {
        doubt.add(Cause::Misplaced(word));
        return None;
    }
    let Some(meant) = vocabulary::meant(&item.name, place).filter(|meant| fits(item, meant, place))
    else {
        doubt.add(Cause::Text);
        return None;
    };
    let is_there = all.iter().any(|other| other.name == meant) || doubt.has(Cause::Guess(meant));
    doubt.add(Cause::Guess(meant));
    (!is_there).then_some(meant)
}

/// Whether the value is one that the word takes. If not, the item is not read as that word, so that only one mistake is
/// reported.
fn fits(item: &Item, word: &str, place: Place) -> bool {
    let takes_value = vocabulary::example(word, place).contains('=');
    match &item.value {
        Value::None => !takes_value,
        Value::Given(tokens) => takes_value && value::literal(tokens).is_some(),
        Value::List(_) | Value::Unreadable => false,
    }
}

/// Reports a word that is not known, unless its value could not be read, which was reported.
fn report_unknown(item: &Item, place: Place, errors: &mut Errors) {
    let value = match &item.value {
        Value::Given(tokens) => Some(tokens.to_string()),
        Value::None | Value::List(_) => None,
        Value::Unreadable => return,
    };
    errors.at(
        &item.at,
        vocabulary::unknown(&item.name, place, value.as_deref()),
    );
}

/// A text in Handlebars. Mistakes in its syntax are reported here, once for all variants that it is the default of.
fn text(word: Word, item: &Item, errors: &mut Errors) -> Option<Text> {
    let literal = value::text(word, item, errors)?;
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
    let literal = value::text(word, item, errors)?;
    let (parts, mistakes) = pattern::read(&literal.value());
    for mistake in mistakes {
        errors.at(&literal, mistake);
    }
    Some(Pattern { literal, parts })
}
