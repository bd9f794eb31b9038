//! What is kept of an event that is not on HubSpot, to send it again.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

use crate::error::Attempts;
use crate::event::SealedEvent;
use crate::wire::{Api, write_sealed};

/// The event, and the attempts to send it. `Debug` does not show it.
#[doc(hidden)]
#[derive(Clone)]
pub struct UndeliveredEvent {
    pub(in crate::delivery) sealed: SealedEvent,
    /// The API that it went through or would have gone through.
    pub(in crate::delivery) api: Api,
    pub(in crate::delivery) earlier_index: EarlierIndex,
    pub(in crate::delivery) attempts: Option<Arc<Attempts>>,
    /// HubSpot's JSON, written when it is asked for.
    json: OnceLock<Box<[u8]>>,
}

impl UndeliveredEvent {
    pub(in crate::delivery) fn new(
        sealed: SealedEvent,
        api: Api,
        earlier_index: EarlierIndex,
        attempts: Option<Arc<Attempts>>,
    ) -> Self {
        UndeliveredEvent {
            sealed,
            api,
            earlier_index,
            attempts,
            json: OnceLock::new(),
        }
    }

    /// An event that no request was made for.
    pub(crate) fn unsent(sealed: SealedEvent, api: Api) -> Self {
        UndeliveredEvent::new(sealed, api, EarlierIndex::default(), None)
    }

    /// HubSpot's JSON.
    pub(in crate::delivery) fn json(&self) -> &[u8] {
        self.json.get_or_init(|| {
            let mut json = Vec::new();
            write_sealed(&self.sealed, &mut json);
            json.into()
        })
    }
}

impl PartialEq for UndeliveredEvent {
    fn eq(&self, other: &Self) -> bool {
        self.sealed == other.sealed
            && self.api == other.api
            && self.earlier_index == other.earlier_index
            && self.attempts == other.attempts
    }
}

impl Eq for UndeliveredEvent {}

impl fmt::Debug for UndeliveredEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The place of a dead letter's event in the input of the earlier call, in four bytes. A place from 2^32 - 1 on is not
/// kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::delivery) struct EarlierIndex(Option<NonZeroU32>);

impl EarlierIndex {
    pub(in crate::delivery) fn new(index: Option<u64>) -> Self {
        let next = index.and_then(|index| u32::try_from(index.checked_add(1)?).ok());
        EarlierIndex(next.and_then(NonZeroU32::new))
    }

    pub(in crate::delivery) fn get(self) -> Option<usize> {
        usize::try_from(self.0?.get() - 1).ok()
    }
}
