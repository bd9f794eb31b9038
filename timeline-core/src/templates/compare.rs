//! What a plan changes, and what it cannot: a pure comparison of the code's templates with HubSpot's.

use serde::Serialize;

use crate::template::counterpart::{Counterpart, counterpart, each_once, why_missing};
use crate::template::difference::{differences, merged};
use crate::template::{Difference, EventTemplate};

/// What a plan does about one template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TemplateChange {
    /// What is done.
    pub action: TemplateAction,
    /// The template's name in the code; if it is to be deleted, its name in HubSpot.
    pub name: String,
    /// Its id in HubSpot, unless it is to be created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the code has that HubSpot has not, and what differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// The template as it is to be.
    #[serde(skip)]
    pub(super) wanted: EventTemplate,
}

/// What is done with a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum TemplateAction {
    /// HubSpot has none like it: it is created.
    Create,
    /// It is changed to what the code says.
    Update,
    /// The code has none like it: it is deleted, and all its events with it.
    Delete,
}

/// A template that cannot become what the code says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Impossible {
    /// The template's name in the code.
    pub name: String,
    /// Its id in HubSpot, or the one that the code says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it cannot, and what can be done.
    pub why: String,
    /// The differences that no request can end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// The code's templates beside those in HubSpot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) changes: Vec<TemplateChange>,
    pub(super) impossible: Vec<Impossible>,
    /// The templates in HubSpot that are not in the code.
    pub(super) unmanaged: Vec<EventTemplate>,
    pub(super) unchanged: usize,
}

/// Compares. Tokens and templates that the code does not have are removed if `deleting`.
pub(super) fn compare(
    code: &[EventTemplate],
    live: &[EventTemplate],
    deleting: bool,
) -> Comparison {
    let mut found = Comparison::default();
    let mut managed: Vec<&EventTemplate> = Vec::new();
    for template in each_once(code) {
        let template = match template {
            Ok(template) => template,
            Err(template) => {
                let why = "the code has a different template of this name or id: say the same in both types, or give one of them another name";
                found.impossible.push(impossible(template, why.to_owned()));
                continue;
            }
        };
        match counterpart(template, live) {
            Counterpart::One(other) => {
                managed.push(other);
                found.add_existing(template, other, deleting);
            }
            Counterpart::NoSuchName { .. } => {
                found.changes.push(creation(template));
            }
            other => {
                let of_this_name = live.iter().filter(|other| other.name == template.name);
                managed.extend(of_this_name);
                found
                    .impossible
                    .push(impossible(template, why_missing(&other, "HubSpot")));
            }
        }
    }
    let is_managed = |other: &EventTemplate| managed.contains(&other);
    let unmanaged = live.iter().filter(|other| !is_managed(other)).cloned();
    found.unmanaged = unmanaged.collect();
    if deleting {
        let deletions = found.unmanaged.iter().map(|template| TemplateChange {
            action: TemplateAction::Delete,
            name: template.name.clone(),
            id: template.id().map(str::to_owned),
            differences: Vec::new(),
            wanted: template.clone(),
        });
        found.changes.extend(deletions);
    }
    found
}

impl Comparison {
    fn add_existing(&mut self, code: &EventTemplate, other: &EventTemplate, deleting: bool) {
        let differences = differences(code, other, deleting);
        let for_good: Vec<Difference> = differences
            .iter()
            .filter(|difference| difference.is_for_good())
            .cloned()
            .collect();
        let id = other.id().map(str::to_owned);
        if differences.is_empty() {
            self.unchanged += 1;
        } else if for_good.is_empty() {
            self.changes.push(TemplateChange {
                action: TemplateAction::Update,
                name: code.name.clone(),
                id,
                differences,
                wanted: merged(code, other, deleting),
            });
        } else {
            self.impossible.push(Impossible {
                name: code.name.clone(),
                id,
                why: "HubSpot changes neither the object type of a template nor the type of a token: change the code, or give the template or the token another name"
                    .to_owned(),
                differences: for_good,
            });
        }
    }
}

fn impossible(template: &EventTemplate, why: String) -> Impossible {
    Impossible {
        name: template.name.clone(),
        id: template.id().map(str::to_owned),
        why,
        differences: Vec::new(),
    }
}

fn creation(template: &EventTemplate) -> TemplateChange {
    let bare = EventTemplate::new(template.name.clone(), template.object_type.clone());
    TemplateChange {
        action: TemplateAction::Create,
        name: template.name.clone(),
        id: None,
        differences: differences(template, &bare, false),
        wanted: template.clone(),
    }
}
