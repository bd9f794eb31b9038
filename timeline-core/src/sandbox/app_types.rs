//! Event types, the names that projects give them, and the accounts that have moved from v3.

use std::collections::{BTreeMap, BTreeSet};

use super::templates::{Held, HeldTemplates};
use crate::template::{EventTemplate, is_reserved};
use crate::wire::Api;

/// What the sandbox knows of app events beside the events themselves.
#[derive(Debug, Default)]
pub(super) struct AppEvents {
    /// The API of the sandbox's own clients.
    pub(super) api: Api,
    pub(super) types: HeldTemplates,
    /// The event types' full names, by project and developer symbol.
    pub(super) projects: BTreeMap<(String, String), String>,
    moved: BTreeSet<u64>,
    all_moved: bool,
    warnings: Vec<String>,
}

impl AppEvents {
    pub(super) fn new(api: Api) -> Self {
        AppEvents {
            api,
            ..AppEvents::default()
        }
    }

    /// If the sandbox's clients use app events, the template becomes an event type too, with the template's id as its
    /// name.
    pub(super) fn follow(&mut self, template: Option<&Held>, now_ms: i64) {
        if let (Api::AppEvents, Some(held)) = (self.api, template) {
            let template = held.template.clone();
            if let Some(id) = template.id().map(str::to_owned) {
                self.types.put(template.with_id(id), now_ms);
            }
        }
    }

    pub(super) fn add_type(&mut self, name: &str, template: EventTemplate, now_ms: i64) {
        let properties = template.tokens.iter().map(|token| &*token.name);
        for property in properties.filter(|name| is_reserved(name)) {
            self.warnings.push(format!(
                "the event type {name} has a property {property}, a name that HubSpot reserves"
            ));
        }
        self.types.put(template.with_id(name), now_ms);
    }

    /// Adds what a type declares to the event type of this name, which may be new.
    pub(super) fn declare_type(&mut self, name: &str, template: EventTemplate, now_ms: i64) {
        self.types.declare(template.with_id(name), now_ms);
    }

    pub(super) fn add_project_type(&mut self, project: &str, symbol: &str, name: &str) {
        let key = (project.to_owned(), symbol.to_owned());
        self.projects.insert(key, name.to_owned());
    }

    /// From now on v3 refuses the account; all accounts if it is `None`.
    pub(super) fn move_account(&mut self, portal_id: Option<u64>) {
        match portal_id {
            Some(portal_id) => drop(self.moved.insert(portal_id)),
            None => self.all_moved = true,
        }
    }

    pub(super) fn has_moved(&self, portal_id: u64) -> bool {
        self.all_moved || self.moved.contains(&portal_id)
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
