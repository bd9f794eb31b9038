//! The outcomes of one call by the events' places, in a few bytes for each event that was delivered.

use crate::delivery::outcome::event::{CreatedEvent, Outcome};

/// Outcomes by place. A report of a million delivered events is mostly counted and dropped, so their texts stand one
/// behind the other until they are asked for.
#[derive(Clone, Default)]
pub(in crate::delivery) struct PackedOutcomes {
    places: Vec<Place>,
    /// Texts of delivered events.
    chunks: Vec<Vec<u8>>,
    /// Outcomes of other events.
    whole: Vec<Option<Outcome>>,
}

#[derive(Clone, Copy)]
enum Place {
    /// It has no outcome yet.
    Open,
    /// Delivered: its texts begin there.
    Packed { chunk: u32, start: u16 },
    /// It stands in `whole`.
    Whole(u32),
}

/// How many bytes begin a new chunk. A text that begins before this can be found with 16 bits.
const CHUNK: usize = 60_000;

/// The first byte of a delivered event's texts, in which these bits are set, behind which each text stands with its
/// length in front.
const CREATED: u8 = 1;
const HAS_OBJECT_ID: u8 = 2;
const HAS_CREATED_AT: u8 = 4;

impl PackedOutcomes {
    pub(in crate::delivery) fn len(&self) -> usize {
        self.places.len()
    }

    /// Makes room for so many events.
    pub(in crate::delivery) fn reserve(&mut self, events: usize) {
        self.places.reserve_exact(events);
    }

    /// One event more, which has no outcome yet.
    pub(in crate::delivery) fn open(&mut self) {
        self.places.push(Place::Open);
    }

    pub(in crate::delivery) fn set(&mut self, index: usize, outcome: Outcome) {
        let packed = match &outcome {
            Outcome::Created(event) => self.pack(
                CREATED,
                &event.id,
                [event.object_id.as_deref(), event.created_at.as_deref()],
            ),
            Outcome::AlreadyExists { id } => self.pack(0, id, [None, None]),
            _ => None,
        };
        let place = packed.unwrap_or_else(|| {
            self.whole.push(Some(outcome));
            Place::Whole(u32::try_from(self.whole.len() - 1).unwrap_or(u32::MAX))
        });
        if let Some(open) = self.places.get_mut(index) {
            debug_assert!(
                matches!(open, Place::Open),
                "event {index} has an outcome already"
            );
            *open = place;
        }
    }

    /// `None` if a text is too long.
    fn pack(&mut self, kind: u8, id: &str, others: [Option<&str>; 2]) -> Option<Place> {
        if self.chunks.last().is_none_or(|chunk| chunk.len() >= CHUNK) {
            // The first one grows, since most calls are small.
            let capacity = if self.chunks.is_empty() { 0 } else { 1 << 16 };
            self.chunks.push(Vec::with_capacity(capacity));
        }
        let number = u32::try_from(self.chunks.len() - 1).ok()?;
        let chunk = self.chunks.last_mut()?;
        let start = u16::try_from(chunk.len()).ok()?;
        let mut flags = kind;
        for (text, flag) in others.iter().zip([HAS_OBJECT_ID, HAS_CREATED_AT]) {
            flags |= if text.is_some() { flag } else { 0 };
        }
        let texts = [Some(id)].into_iter().chain(others).flatten();
        if texts.clone().any(|text| text.len() > usize::from(u16::MAX)) {
            return None;
        }
        chunk.push(flags);
        for text in texts {
            let length = u16::try_from(text.len()).ok()?;
            chunk.extend_from_slice(&length.to_le_bytes());
            chunk.extend_from_slice(text.as_bytes());
        }
        Some(Place::Packed {
            chunk: number,
            start,
        })
    }

    /// The outcome of the event at this place, if it has one.
    pub(in crate::delivery) fn get(&self, index: usize) -> Option<Outcome> {
        match *self.places.get(index)? {
            Place::Open => None,
            Place::Packed { chunk, start } => self.unpack(chunk, start),
            Place::Whole(at) => self.whole.get(usize::try_from(at).ok()?)?.clone(),
        }
    }

    fn unpack(&self, chunk: u32, start: u16) -> Option<Outcome> {
        let chunk = self.chunks.get(usize::try_from(chunk).ok()?)?;
        let (flags, mut rest) = chunk.get(usize::from(start)..)?.split_first()?;
        let mut text = || {
            let (length, behind) = rest.split_first_chunk()?;
            let (text, behind) = behind.split_at_checked(u16::from_le_bytes(*length).into())?;
            rest = behind;
            String::from_utf8(text.to_vec()).ok()
        };
        let id = text()?;
        if flags & CREATED == 0 {
            return Some(Outcome::AlreadyExists { id });
        }
        let mut optional = |flag| if flags & flag == 0 { None } else { text() };
        let object_id = optional(HAS_OBJECT_ID);
        let created_at = optional(HAS_CREATED_AT);
        Some(Outcome::Created(CreatedEvent::new(
            id, object_id, created_at,
        )))
    }

    /// All outcomes, in the order of the events. Every event has one when a call ends.
    pub(in crate::delivery) fn into_vec(mut self) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(self.len());
        for index in 0..self.len() {
            outcomes.extend(match self.places.get(index) {
                // It is not copied.
                Some(Place::Whole(at)) => usize::try_from(*at)
                    .ok()
                    .and_then(|at| self.whole.get_mut(at)?.take()),
                _ => self.get(index),
            });
        }
        debug_assert_eq!(outcomes.len(), self.len(), "an event without an outcome");
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use super::PackedOutcomes;
    use crate::delivery::outcome::event::{CreatedEvent, Outcome};
    use crate::delivery::outcome::rejection::Rejection;
    use crate::event::InvalidEvent;

    #[test]
    fn every_outcome_comes_back_as_it_was() {
        let long = "x".repeat(70_000);
        let text = |n: usize| match n % 5 {
            0 => String::new(),
            1 => "é".to_owned(),
            2 if n.is_multiple_of(1_000) => long.clone(),
            _ => format!("order-{n}"),
        };
        let outcome = |n: usize| match n % 4 {
            0 => Outcome::AlreadyExists { id: text(n) },
            1 if n.is_multiple_of(3) => {
                Rejection::invalid(Some(text(n)), InvalidEvent::new("bad")).into()
            }
            _ => Outcome::Created(CreatedEvent::new(
                text(n),
                n.is_multiple_of(2).then(|| text(n + 1)),
                n.is_multiple_of(3).then(|| text(n + 2)),
            )),
        };
        let shown = |outcome: &Outcome| match outcome {
            Outcome::Created(created) => format!("{created:?}"),
            other => format!("{other:?}"),
        };
        let mut packed = PackedOutcomes::default();
        packed.reserve(10);
        let count = 20_000;
        for _ in 0..count {
            packed.open();
        }
        // They come in any order.
        for index in (0..count).rev() {
            assert!(packed.get(index).is_none(), "{index}");
            packed.set(index, outcome(index));
        }
        let expected: Vec<String> = (0..count).map(|n| shown(&outcome(n))).collect();
        let each = (0..count).filter_map(|index| packed.get(index));
        let each: Vec<String> = each.map(|outcome| shown(&outcome)).collect();
        assert_eq!(each, expected);
        let all: Vec<String> = packed.into_vec().iter().map(shown).collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn a_place_is_small() {
        assert_eq!(size_of::<super::Place>(), 8);
    }
}
