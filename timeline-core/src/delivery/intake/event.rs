//! An event on its way, with what is known of it so far.

use std::sync::Arc;

use crate::delivery::intake::identity::Identity;
use crate::delivery::outcome::reason::UnknownReason;
use crate::delivery::outcome::undelivered::{EarlierIndex, UndeliveredEvent};
use crate::error::Attempts;
use crate::event::SealedEvent;

/// One event of a call.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct Event {
    /// Its place in the input.
    pub(in crate::delivery) index: usize,
    pub(in crate::delivery) sealed: SealedEvent,
    /// Its bytes in a request.
    pub(in crate::delivery) size: usize,
    /// What tells it from others, if its id can meet another.
    pub(in crate::delivery) identity: Option<Identity>,
    /// Set once its fate is uncertain; only an answer that names the event ends that.
    pub(in crate::delivery) uncertain: Option<UnknownReason>,
    /// Whether it may have got there unseen, once: then a later refusal proves nothing.
    pub(in crate::delivery) lost: bool,
    /// How many requests have carried it.
    pub(in crate::delivery) attempts: u32,
    /// Its place in the input of an earlier call, if it is a dead letter.
    pub(in crate::delivery) earlier_index: EarlierIndex,
}

impl Event {
    /// An event that has not left yet.
    pub(in crate::delivery) fn new(
        sealed: SealedEvent,
        size: usize,
        identity: Option<Identity>,
    ) -> Self {
        Event {
            index: 0,
            sealed,
            size,
            identity,
            uncertain: None,
            lost: false,
            attempts: 0,
            earlier_index: EarlierIndex::default(),
        }
    }

    pub(in crate::delivery) fn id(&self) -> &str {
        &self.sealed.id
    }

    /// The template's id.
    pub(in crate::delivery) fn template_id(&self) -> &Arc<str> {
        self.sealed.template.text()
    }

    /// Its fate is uncertain.
    pub(in crate::delivery) fn doubt(&mut self, reason: UnknownReason, lost: bool) {
        self.uncertain = Some(reason);
        self.lost |= lost;
    }

    /// What an outcome keeps of it if it is not on HubSpot.
    pub(in crate::delivery) fn undelivered(
        &self,
        attempts: Option<Arc<Attempts>>,
    ) -> Box<UndeliveredEvent> {
        let sealed = self.sealed.clone();
        Box::new(UndeliveredEvent::new(sealed, self.earlier_index, attempts))
    }
}
