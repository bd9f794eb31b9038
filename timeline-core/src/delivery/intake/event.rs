//! An event on its way, with what is known of it so far.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU32;
use std::sync::Arc;

use crate::client::Name;
use crate::delivery::intake::identity::Identity;
use crate::delivery::outcome::reason::UnknownReason;
use crate::delivery::outcome::undelivered::{EarlierIndex, UndeliveredEvent};
use crate::error::Attempts;
use crate::event::SealedEvent;
use crate::wire::Api;

/// One event of a call.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct Event {
    /// Its place in the input.
    pub(in crate::delivery) index: usize,
    pub(in crate::delivery) sealed: SealedEvent,
    /// The API that it is ready for.
    pub(in crate::delivery) api: Api,
    /// What the API calls its template: the template's id, or the name of the event's type.
    pub(in crate::delivery) template: Arc<str>,
    /// `template` is not the type's full name, which is to be looked up before the event is sent.
    pub(in crate::delivery) is_short: bool,
    size: u32,
    /// What tells it from other events; `None` if no other event can have its id.
    pub(in crate::delivery) identity: Option<Identity>,
    /// Set once its fate is uncertain; only an answer that names the event ends that.
    pub(in crate::delivery) uncertain: Option<UnknownReason>,
    /// Whether an earlier request may have brought it to HubSpot unseen: then a later refusal proves nothing.
    pub(in crate::delivery) lost: bool,
    /// The set of events of every lost request; `None` if the sets differ.
    pub(in crate::delivery) lost_with: Option<NonZeroU32>,
    /// How many requests have carried it.
    pub(in crate::delivery) attempts: u32,
    /// Its place in the input of an earlier call, if it is a dead letter.
    pub(in crate::delivery) earlier_index: EarlierIndex,
}

impl Event {
    /// An event that has not left yet.
    pub(in crate::delivery) fn new(
        sealed: SealedEvent,
        api: Api,
        name: Name,
        size: usize,
        identity: Option<Identity>,
    ) -> Self {
        Event {
            index: 0,
            sealed,
            api,
            template: name.text,
            is_short: name.is_short,
            // The size has been checked against the limit.
            size: u32::try_from(size).unwrap_or(u32::MAX),
            identity,
            uncertain: None,
            lost: false,
            lost_with: None,
            attempts: 0,
            earlier_index: EarlierIndex::default(),
        }
    }

    /// Makes the event ready for another API, in which its template has this name.
    pub(in crate::delivery) fn for_api(&mut self, api: Api, name: Name, size: usize) {
        self.api = api;
        self.template = name.text;
        self.is_short = name.is_short;
        self.size = u32::try_from(size).unwrap_or(u32::MAX);
    }

    /// Its bytes in a request.
    pub(in crate::delivery) fn bytes(&self) -> usize {
        self.size as usize
    }

    pub(in crate::delivery) fn id(&self) -> &str {
        &self.sealed.id
    }

    /// Notes that its fate is uncertain. `lost`: it may have arrived unseen, together with this set of events.
    pub(in crate::delivery) fn doubt(&mut self, reason: UnknownReason, lost: Option<NonZeroU32>) {
        self.uncertain = Some(reason);
        if lost.is_some() {
            let is_first = !self.lost;
            self.lost_with = lost.filter(|_| is_first || self.lost_with == lost);
            self.lost = true;
        }
    }

    /// A hash of a set of events.
    ///
    /// Two sets have the same hash in one of 2^32 cases, and only sets that share events are compared.
    pub(in crate::delivery) fn set_of(events: &[Event]) -> NonZeroU32 {
        let mut hasher = DefaultHasher::new();
        for event in events {
            event.index.hash(&mut hasher);
        }
        let [_, _, _, _, number @ ..] = hasher.finish().to_be_bytes();
        NonZeroU32::new(u32::from_be_bytes(number)).unwrap_or(NonZeroU32::MAX)
    }

    /// What is kept of it to send it again.
    pub(in crate::delivery) fn kept(&self, attempts: Option<Arc<Attempts>>) -> UndeliveredEvent {
        UndeliveredEvent::new(self.sealed.clone(), self.api, self.earlier_index, attempts)
    }

    /// The same, boxed for the outcome of an event that is not on HubSpot.
    pub(in crate::delivery) fn undelivered(
        &self,
        attempts: Option<Arc<Attempts>>,
    ) -> Box<UndeliveredEvent> {
        Box::new(self.kept(attempts))
    }
}
