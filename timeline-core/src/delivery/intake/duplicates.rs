//! Finds events that come twice in a call, by a hash of their template and id and a hash of their content.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use crate::delivery::intake::identity::Identity;

/// The events of a call so far whose ids can come twice, in 16 bytes each.
///
/// Two different ids have the same hash in one of about 10^9 calls of 200,000 events, and then the later event is refused
/// as "the same id twice" and can be sent again. Two different events of one id have the same hash of their content in one
/// of 2^32 cases, and then the later one is taken for the earlier one. The hashes have random keys, so no caller can choose
/// events whose hashes collide.
#[derive(Default)]
pub(in crate::delivery) struct Duplicates(HashMap<u64, SeenEvent, BuildHasherDefault<IsHash>>);

#[derive(Clone, Copy)]
struct SeenEvent {
    /// The last 32 bits of its place in the input.
    index: u32,
    content: u32,
}

/// Whether an event repeats an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Repeat {
    New,
    /// It is equal to the event at this place.
    SameAs(usize),
    /// It has another event's id.
    SameId,
}

impl Duplicates {
    pub(in crate::delivery) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes room for so many events. The number is a hint, which may be wrong.
    pub(in crate::delivery) fn expect(&mut self, events: usize) {
        const MOST: usize = 1 << 20;
        self.0.reserve(events.min(MOST));
    }

    pub(in crate::delivery) fn add(&mut self, index: usize, identity: Identity) -> Repeat {
        let Identity { id, content } = identity;
        // 32 bits are enough: in a stream, only events on their way are in here.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the rest follows from the later place"
        )]
        let short = index as u32;
        match self.0.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(SeenEvent {
                    index: short,
                    content,
                });
                Repeat::New
            }
            Entry::Occupied(first) if first.get().content == content => {
                let back = short.wrapping_sub(first.get().index);
                Repeat::SameAs(index.saturating_sub(usize::try_from(back).unwrap_or_default()))
            }
            Entry::Occupied(_) => Repeat::SameId,
        }
    }

    /// Forgets an event, so its id may come again.
    pub(in crate::delivery) fn forget(&mut self, identity: Identity) {
        self.0.remove(&identity.id);
    }
}

/// A hasher for what is a hash already.
#[derive(Default)]
struct IsHash(u64);

impl Hasher for IsHash {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Duplicates, Identity, Repeat};

    #[test]
    fn events_meet_by_their_ids() {
        let of = |id: u64, content: u32| Identity { id, content };
        let mut duplicates = Duplicates::default();
        duplicates.expect(usize::MAX);
        for (index, id, content, expected) in [
            (0, 1, 1, Repeat::New),
            (1, 2, 1, Repeat::New),
            (2, 3, 2, Repeat::New),
            (3, 1, 1, Repeat::SameAs(0)),
            (4, 2, 2, Repeat::SameId),
            (5, 2, 1, Repeat::SameAs(1)),
        ] {
            let repeat = duplicates.add(index, of(id, content));
            assert_eq!(repeat, expected, "{index}");
        }
        duplicates.forget(of(1, 1));
        // Places may be beyond 32 bits in a stream.
        let far = (1_usize << 32) + 5;
        assert_eq!(duplicates.add(far, of(1, 2)), Repeat::New);
        let next = duplicates.add(far + 2, of(1, 2));
        assert_eq!(next, Repeat::SameAs(far));
    }
}
