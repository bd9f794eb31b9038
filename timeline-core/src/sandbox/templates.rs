//! The event templates that the sandbox holds.

use std::collections::{BTreeMap, HashMap};

use super::check_event::Schema;
use crate::template::EventTemplate;

/// A template, with the times at which it and its tokens were created and changed (milliseconds since 1970).
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) template: EventTemplate,
    pub(super) times: Times,
    pub(super) token_times: BTreeMap<String, Times>,
    schema: Schema,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

#[derive(Debug, Default)]
pub(super) struct HeldTemplates {
    by_id: HashMap<String, Held>,
    /// The ids in the order in which they were added.
    order: Vec<String>,
    made: u64,
}

/// The first id of a template without one; it is far from the ids that examples use.
const FIRST_ID: u64 = 5_000_001;

impl HeldTemplates {
    pub(super) fn schema(&self, id: &str) -> Option<&Schema> {
        self.by_id.get(id).map(|held| &held.schema)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Held> {
        self.by_id.get(id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Held> {
        self.order.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Adds a template, or replaces the one with its id, and returns its id.
    pub(super) fn put(&mut self, template: EventTemplate, now_ms: i64) -> String {
        let id = match template.id() {
            Some(id) => id.to_owned(),
            None => self.next_id(),
        };
        let old = self.by_id.remove(&id);
        if old.is_none() {
            self.order.push(id.clone());
        }
        let fresh = Times {
            created_at: now_ms,
            updated_at: now_ms,
        };
        let since = |old: Option<Times>| Times {
            created_at: old.map_or(now_ms, |old| old.created_at),
            ..fresh
        };
        let token_times = template.tokens.iter().map(|token| {
            let held = old.as_ref().and_then(|old| {
                let same = old.template.tokens.contains(token);
                let times = old.token_times.get(&token.name).copied()?;
                Some(if same { times } else { since(Some(times)) })
            });
            (token.name.clone(), held.unwrap_or(fresh))
        });
        let held = Held {
            times: since(old.as_ref().map(|old| old.times)),
            token_times: token_times.collect(),
            schema: Schema::new(&template),
            template: template.with_id(&*id),
        };
        self.by_id.insert(id.clone(), held);
        id
    }

    /// Adds the template that a type declares. Several types may share a template, each with its own tokens: the template
    /// has all of them, and for the rest the type declared last counts. A template without an id is the one with its
    /// name, if there is one.
    pub(super) fn declare(&mut self, template: EventTemplate, now_ms: i64) -> String {
        let id = template.id().map(str::to_owned).or_else(|| {
            let named = self
                .all()
                .find(|held| held.template.name == template.name)?;
            named.template.id().map(str::to_owned)
        });
        let Some(id) = id else {
            return self.put(template, now_ms);
        };
        let mut template = template.with_id(&*id);
        if let Some(old) = self.by_id.get(&id) {
            let kept = old.template.tokens.iter().filter(|old| {
                let again = template.tokens.iter().any(|token| token.name == old.name);
                !again
            });
            let kept: Vec<_> = kept.cloned().collect();
            template.tokens.splice(0..0, kept);
        }
        self.put(template, now_ms)
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        self.order.retain(|other| other != id);
        self.by_id.remove(id).is_some()
    }

    fn next_id(&mut self) -> String {
        loop {
            let id = (FIRST_ID + self.made).to_string();
            self.made += 1;
            if !self.by_id.contains_key(&id) {
                return id;
            }
        }
    }
}
