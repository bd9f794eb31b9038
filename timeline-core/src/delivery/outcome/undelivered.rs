//! What is kept of an event that is not on HubSpot, to send it again.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use crate::error::Attempts;
use crate::event::IdOrigin;

/// The event's encoded bytes, and what was done for it. `Debug` does not show them.
#[doc(hidden)]
#[derive(Clone, PartialEq, Eq)]
pub struct UndeliveredEvent {
    pub(in crate::delivery) json: Arc<[u8]>,
    pub(in crate::delivery) template_id: Arc<str>,
    pub(in crate::delivery) id_origin: IdOrigin,
    pub(in crate::delivery) earlier_index: EarlierIndex,
    pub(in crate::delivery) is_stamped: bool,
    pub(in crate::delivery) portal_id: Option<u64>,
    pub(in crate::delivery) attempts: Option<Arc<Attempts>>,
}

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
