//! Which existing template is the one that a template in code means.

use super::event_template::EventTemplate;
use crate::token::near::nearest;

/// What was found for a template in code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Counterpart<'t> {
    One(&'t EventTemplate),
    /// No template has its name. `near` is a similar name.
    NoSuchName {
        near: Option<&'t str>,
    },
    /// No template has its id.
    NoSuchId {
        of_this_name: Option<&'t EventTemplate>,
    },
    /// Several templates have its name.
    Several(usize),
}

/// Finds the template by the id if the code has one, else by the name. If no existing template has an id, as in a folder of
/// definition files, the id is not used. The event type's name comes before the template's.
pub(crate) fn counterpart<'t>(
    code: &EventTemplate,
    existing: &'t [EventTemplate],
) -> Counterpart<'t> {
    let named = || existing.iter().filter(|other| other.name == code.name);
    let have_ids = existing.is_empty() || existing.iter().any(|other| other.id().is_some());
    if let Some(id) = code.id().filter(|_| have_ids) {
        return match existing.iter().find(|other| other.id() == Some(id)) {
            Some(other) => Counterpart::One(other),
            None => Counterpart::NoSuchId {
                of_this_name: named().next(),
            },
        };
    }
    let typed = code.type_name().and_then(|name| {
        let mut typed = existing.iter();
        typed.find(|other| other.type_name() == Some(name))
    });
    if let Some(other) = typed {
        return Counterpart::One(other);
    }
    match (named().next(), named().count()) {
        (Some(other), 1) => Counterpart::One(other),
        (Some(_), several) => Counterpart::Several(several),
        (None, _) => Counterpart::NoSuchName {
            near: nearest(&code.name, existing.iter().map(|other| &*other.name)),
        },
    }
}

/// The templates of the code, each once: a template that is equal to an earlier one is left out. If two different ones have
/// the same id, or the same name where one of them has no id, the later one is an error.
pub(crate) fn each_once(code: &[EventTemplate]) -> Vec<Result<&EventTemplate, &EventTemplate>> {
    let mut each: Vec<Result<&EventTemplate, &EventTemplate>> = Vec::new();
    for template in code {
        let means_same = |other: &EventTemplate| match (template.id(), other.id()) {
            (Some(id), Some(other)) => id == other,
            _ => template.name == other.name,
        };
        let mut before = each.iter().filter_map(|other| other.as_ref().ok());
        match before.find(|other| means_same(other)) {
            None => each.push(Ok(template)),
            Some(other) if **other == *template => {}
            Some(_) => each.push(Err(template)),
        }
    }
    each
}

/// The template as messages name it.
pub(crate) fn title(template: &EventTemplate) -> String {
    match template.id().or(template.type_name()) {
        Some(id) => format!("{:?} ({id})", template.name),
        None => format!("{:?}", template.name),
    }
}

/// Why there is no template to compare with in `place`.
pub(crate) fn why_missing(found: &Counterpart<'_>, place: &str) -> String {
    match found {
        Counterpart::One(_) => String::new(),
        Counterpart::NoSuchName { near: Some(near) } => {
            format!("{place} has no template of this name: did you mean {near:?}?")
        }
        Counterpart::NoSuchName { near: None } => {
            format!("{place} has no template of this name")
        }
        Counterpart::NoSuchId { of_this_name } => match of_this_name.and_then(EventTemplate::id) {
            Some(id) => {
                format!("{place} has no template of this id: the one of this name has the id {id}")
            }
            None => format!("{place} has no template of this id"),
        },
        Counterpart::Several(count) => {
            format!("{place} has {count} templates of this name: say the id of one of them")
        }
    }
}
