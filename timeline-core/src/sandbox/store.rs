//! The events that the sandbox holds, and the rules by which it adds a new one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::check_event;
use super::event::StoredEvent;
use super::input::Incoming;
use super::refusal::Refusal;
use super::rules::{BadEvent, OtherObject, ResultOrder, Rules, SameId};
use super::templates::HeldTemplates;
use crate::wire::Api;

/// Events in the order they were created, with an index by template and id.
#[derive(Debug, Default)]
pub(super) struct Events {
    list: Vec<Arc<StoredEvent>>,
    index: HashMap<String, HashMap<String, usize>>,
    /// Other names of event types, each with the one that is in the index.
    full_names: HashMap<String, String>,
    /// The contacts of each account.
    contacts: HashMap<u64, Contacts>,
    uuids: u64,
}

/// Contacts by tracking cookie, and contacts whose e-mail was changed. The id of any other contact follows from its
/// e-mail.
#[derive(Clone, Debug, Default)]
struct Contacts {
    by_utk: HashMap<String, String>,
    by_email: HashMap<String, String>,
}

/// What stays the same for all events of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taking<'t> {
    pub(super) api: Api,
    pub(super) portal_id: u64,
    /// For app events, the event types.
    pub(super) templates: &'t HeldTemplates,
    pub(super) rules: &'t Rules,
    pub(super) now_ms: i64,
}

/// The stored events and the refusals of a batch.
#[derive(Debug, Default)]
pub(super) struct TakenBatch {
    pub(super) results: Vec<Arc<StoredEvent>>,
    pub(super) refusals: Vec<Refusal>,
}

/// What happens to one event that no rule forbids.
enum Placement {
    Create,
    Update(usize),
    Keep(usize),
    Refuse(usize, Refusal),
}

/// The name that a template or an event type has in the index.
fn indexed<'n>(full_names: &'n HashMap<String, String>, name: &'n str) -> &'n str {
    full_names.get(name).map_or(name, String::as_str)
}

impl Events {
    pub(super) fn all(&self) -> Vec<StoredEvent> {
        self.list
            .iter()
            .map(|event| StoredEvent::clone(event))
            .collect()
    }

    /// The events, the last one first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Arc<StoredEvent>> {
        self.list.iter().rev()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn get(&self, template_id: &str, id: &str) -> Option<&Arc<StoredEvent>> {
        self.list.get(self.find(template_id, id)?)
    }

    fn find(&self, template_id: &str, id: &str) -> Option<usize> {
        let name = indexed(&self.full_names, template_id);
        self.index.get(name)?.get(id).copied()
    }

    /// From now on an event type goes by two names.
    pub(super) fn is_named(&mut self, name: &str, full_name: &str) {
        let names = (name.to_owned(), full_name.to_owned());
        self.full_names.extend([names]);
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.index.clear();
    }

    /// Deleting a template removes its events.
    pub(super) fn remove_template(&mut self, template_id: &str) {
        if self.index.remove(template_id).is_none() {
            return;
        }
        self.list.retain(|event| event.template_id != template_id);
        for (at, event) in self.list.iter().enumerate() {
            let name = indexed(&self.full_names, &event.template_id);
            let ids = self.index.get_mut(name);
            if let Some(place) = ids.and_then(|ids| ids.get_mut(&event.id)) {
                *place = at;
            }
        }
    }

    /// Takes a batch. If `store` is false the result is the same, and no event is stored.
    ///
    /// `refuse` comes before all rules: it is a fault for one event.
    pub(super) fn take(
        &mut self,
        events: Vec<Incoming>,
        taking: Taking<'_>,
        store: bool,
        refuse: impl Fn(&Incoming) -> Option<Refusal>,
    ) -> TakenBatch {
        let bad_event = taking.rules.bad_event;
        if store && bad_event == BadEvent::IsRefused {
            return self.take_each(events, taking, refuse);
        }
        // Otherwise the batch is tried on a copy of what its events can change.
        let mut trial = self.touched_by(&events, taking.portal_id);
        let mut verdict = trial.take_each(events.clone(), taking, &refuse);
        if bad_event == BadEvent::RefusesBatch && !verdict.refusals.is_empty() {
            verdict.results.clear();
        } else if store {
            return self.take_each(events, taking, refuse);
        }
        verdict
    }

    fn touched_by(&self, events: &[Incoming], portal_id: u64) -> Events {
        let contacts = self.contacts.get(&portal_id).cloned().unwrap_or_default();
        let mut touched = Events {
            contacts: HashMap::from([(portal_id, contacts)]),
            uuids: self.uuids,
            full_names: self.full_names.clone(),
            ..Events::default()
        };
        let mut seen = HashSet::new();
        for event in events {
            let id = event.id.as_deref().unwrap_or_default();
            if let Some(stored) = self.get(&event.template_id, id)
                && seen.insert((&event.template_id, id))
            {
                touched.push(StoredEvent::clone(stored));
            }
        }
        touched
    }

    fn take_each(
        &mut self,
        events: Vec<Incoming>,
        taking: Taking<'_>,
        refuse: impl Fn(&Incoming) -> Option<Refusal>,
    ) -> TakenBatch {
        let mut verdict = TakenBatch::default();
        for event in events {
            let schema = taking.templates.schema(&event.template_id);
            let checked = match refuse(&event) {
                Some(refusal) => Err(refusal),
                None => check_event::check(&event, taking.api, schema, taking.rules),
            };
            let id = event.id.clone();
            // An event that has passed the check has a schema.
            let taken = match (checked, schema) {
                (Ok(()), Some(schema)) => self.take_one(event, &schema.object_type, taking),
                (Ok(()), None) => Err(Refusal::not_found("No such event template")),
                (Err(refusal), _) => Err(refusal),
            };
            match taken {
                Ok(stored) => verdict.results.push(stored),
                Err(refusal) => verdict.refusals.push(Refusal {
                    event_id: id,
                    ..refusal
                }),
            }
        }
        match taking.rules.order {
            ResultOrder::Sent => {}
            ResultOrder::Reversed => verdict.results.reverse(),
            ResultOrder::Scattered => verdict.results.sort_by_cached_key(|event| hash(&event.id)),
        }
        verdict
    }

    fn take_one(
        &mut self,
        event: Incoming,
        object_type: &crate::ObjectType,
        taking: Taking<'_>,
    ) -> Result<Arc<StoredEvent>, Refusal> {
        let id = match &event.id {
            Some(id) => check_event::expand(id, || self.uuid()),
            None => self.uuid(),
        };
        let is_contact = *object_type == crate::ObjectType::Contacts;
        let object_id = self.object_id(&event, is_contact, taking.portal_id);
        let stored = StoredEvent {
            portal_id: taking.portal_id,
            object_type: object_type.clone(),
            object_id,
            template_id: event.template_id,
            api: taking.api,
            id,
            email: event.email,
            utk: event.utk,
            domain: event.domain,
            custom_object_type_id: event.custom_object_type_id,
            timestamp: event.timestamp.or(Some(taking.now_ms)),
            tokens: event.tokens,
            extra_data: event.extra_data,
            iframe: event.iframe,
            created_at: taking.now_ms,
            writes: 1,
            sent: 1,
        };
        let step = self.placement(&stored, taking.rules);
        if let Placement::Create = step {
            return Ok(self.push(stored));
        }
        let (Placement::Update(at) | Placement::Keep(at) | Placement::Refuse(at, _)) = &step else {
            return Ok(self.push(stored));
        };
        let Some(place) = self.list.get_mut(*at) else {
            return Ok(self.push(stored));
        };
        let there = Arc::make_mut(place);
        there.sent += 1;
        match step {
            Placement::Refuse(_, refusal) => return Err(refusal),
            Placement::Keep(_) => there.writes += 1,
            Placement::Create | Placement::Update(_) => {
                *there = StoredEvent {
                    created_at: there.created_at,
                    writes: there.writes + 1,
                    sent: there.sent,
                    ..stored
                };
            }
        }
        Ok(Arc::clone(place))
    }

    fn placement(&self, event: &StoredEvent, rules: &Rules) -> Placement {
        let Some(at) = self.find(&event.template_id, &event.id) else {
            return Placement::Create;
        };
        let Some(there) = self.list.get(at) else {
            return Placement::Create;
        };
        let in_use = || Refusal::invalid("EVENT_ID_IN_USE", "Event ID already in use");
        let conflict = || {
            let message = "An event with this id exists already";
            Refusal::new(409, "CONFLICT", "EVENT_ID_IN_USE", message)
        };
        // An unknown cookie has no record yet; the cookie itself is compared.
        let same_record = match (&there.object_id, &event.object_id) {
            (None, None) => there.utk == event.utk,
            (one, other) => one == other,
        };
        // Ids are unique across all accounts that have the app.
        if !same_record || there.portal_id != event.portal_id {
            return match rules.other_object {
                OtherObject::InUse => Placement::Refuse(at, in_use()),
                OtherObject::Moves => Placement::Update(at),
                OtherObject::Conflicts => Placement::Refuse(at, conflict()),
            };
        }
        match rules.same_id {
            SameId::InUse => Placement::Refuse(at, in_use()),
            SameId::Conflict => Placement::Refuse(at, conflict()),
            SameId::Updates => Placement::Update(at),
            SameId::Ignored => Placement::Keep(at),
        }
    }

    fn push(&mut self, event: StoredEvent) -> Arc<StoredEvent> {
        let event = Arc::new(event);
        let name = indexed(&self.full_names, &event.template_id);
        let ids = match self.index.get_mut(name) {
            Some(ids) => ids,
            None => self.index.entry(name.to_owned()).or_default(),
        };
        ids.insert(event.id.clone(), self.list.len());
        self.list.push(Arc::clone(&event));
        event
    }

    /// The record: `objectId`, else the contact of the cookie, else the contact of the e-mail. An e-mail beside one of the
    /// other two becomes that contact's e-mail; an unknown e-mail alone makes a contact.
    fn object_id(&mut self, event: &Incoming, contacts: bool, portal_id: u64) -> Option<String> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if !contacts {
            return given(&event.object_id);
        }
        let email = given(&event.email).map(|email| email.to_lowercase());
        let utk = given(&event.utk);
        let contacts = self.contacts.entry(portal_id).or_default();
        let known = given(&event.object_id).or_else(|| contacts.by_utk.get(utk.as_ref()?).cloned());
        let object_id = match (known, &email) {
            (Some(id), None) => Some(id),
            (Some(id), Some(email)) => {
                if id != contact_id(portal_id, email) {
                    contacts.by_email.insert(email.clone(), id.clone());
                }
                Some(id)
            }
            (None, Some(email)) => {
                let changed = contacts.by_email.get(email).cloned();
                Some(changed.unwrap_or_else(|| contact_id(portal_id, email)))
            }
            (None, None) => None,
        };
        if let (Some(id), Some(utk)) = (&object_id, utk) {
            contacts.by_utk.insert(utk, id.clone());
        }
        object_id
    }

    fn uuid(&mut self) -> String {
        self.uuids += 1;
        uuid(b'e', self.uuids)
    }
}

/// A UUID that is the same in every run, made of a kind and a number.
pub(super) fn uuid(kind: u8, number: u64) -> String {
    let high = hash(&format!("{}-{number}", char::from(kind)));
    let low = hash(&format!("{number}-{high}"));
    let mut bytes = [0; 16];
    for (to, from) in bytes
        .iter_mut()
        .zip(high.to_be_bytes().into_iter().chain(low.to_be_bytes()))
    {
        *to = from;
    }
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// The id of the account's contact with this e-mail, the same in every run. Two e-mails have the same id about once in a
/// billion.
fn contact_id(portal_id: u64, email: &str) -> String {
    let hash = hash(&format!("{portal_id}/{email}"));
    (1_000_000_000 + hash % 1_000_000_000_000).to_string()
}

/// FNV-1a with one more mixing step, which also separates texts that differ only at their end. The standard library's
/// hasher is not used because it may change between versions.
fn hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}
