//! The outcomes of one call by the events' places, in a few bytes for each event that was delivered.

use crate::delivery::outcome::event::{CreatedEvent, Outcome};

/// Outcomes by place. The outcomes of a million delivered events are mostly counted and dropped, so their texts stand
/// packed, one behind the other, until they are asked for.
#[derive(Clone, Default)]
pub(in crate::delivery) struct PackedOutcomes {
    places: Vec<PackedPlace>,
    /// Texts of delivered events.
    chunks: Vec<Vec<u8>>,
    /// Outcomes of other events.
    whole: Vec<Option<Outcome>>,
}

enum Place {
    /// It has no outcome yet.
    Open,
    /// Delivered: its texts begin there.
    Packed { chunk: usize, start: usize },
    /// It stands in `whole`.
    Whole(usize),
}

/// A place in four bytes: 15 bits for the chunk and 16 for the start, or the highest bit and where it stands in `whole`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct PackedPlace(u32);

impl PackedPlace {
    const OPEN: Self = PackedPlace(u32::MAX);
    const WHOLE: u32 = 1 << 31;

    /// `None` once there are two gigabytes of texts.
    fn packed(chunk: usize, start: usize) -> Option<Self> {
        let (chunk, start) = (u16::try_from(chunk).ok()?, u16::try_from(start).ok()?);
        let place = u32::from(chunk) << 16 | u32::from(start);
        (place < Self::WHOLE).then_some(PackedPlace(place))
    }

    /// The place always fits: memory does not hold two thousand million undelivered events.
    fn whole(at: usize) -> Self {
        PackedPlace(u32::try_from(at).unwrap_or(u32::MAX) | Self::WHOLE)
    }

    fn get(self) -> Place {
        let low = |bits: u32| usize::try_from(bits).unwrap_or(usize::MAX);
        match self {
            Self::OPEN => Place::Open,
            PackedPlace(bits) if bits & Self::WHOLE != 0 => Place::Whole(low(bits & !Self::WHOLE)),
            PackedPlace(bits) => Place::Packed {
                chunk: low(bits >> 16),
                start: low(bits & 0xffff),
            },
        }
    }
}

/// After this many bytes a new chunk begins; `CHUNK_ROOM` is the room that it gets. An event's texts that begin before this
/// are found with 16 bits, and nearly all fit into the rest of the room.
const CHUNK: usize = 64_500;
const CHUNK_ROOM: usize = 1 << 16;

/// The bits of the first byte of a delivered event's texts. The texts follow, each with its length in front.
const CREATED: u8 = 1;
const HAS_OBJECT_ID: u8 = 2;
const HAS_CREATED_AT: u8 = 4;

/// A length from this one on takes two bytes more.
const LONG: u8 = u8::MAX;

impl PackedOutcomes {
    pub(in crate::delivery) fn len(&self) -> usize {
        self.places.len()
    }

    /// Makes room for so many events.
    pub(in crate::delivery) fn reserve(&mut self, events: usize) {
        self.places.reserve_exact(events);
    }

    /// Adds an event, which has no outcome yet.
    pub(in crate::delivery) fn open(&mut self) {
        self.places.push(PackedPlace::OPEN);
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
            PackedPlace::whole(self.whole.len() - 1)
        });
        if let Some(open) = self.places.get_mut(index) {
            debug_assert!(
                *open == PackedPlace::OPEN,
                "event {index} has an outcome already"
            );
            *open = place;
        }
    }

    /// `None` if a text is too long.
    fn pack(&mut self, kind: u8, id: &str, others: [Option<&str>; 2]) -> Option<PackedPlace> {
        if self.chunks.last().is_none_or(|chunk| chunk.len() >= CHUNK) {
            // The first one grows, since most calls are small.
            let capacity = if self.chunks.is_empty() {
                0
            } else {
                CHUNK_ROOM
            };
            self.chunks.push(Vec::with_capacity(capacity));
        }
        let number = self.chunks.len() - 1;
        let chunk = self.chunks.last_mut()?;
        let place = PackedPlace::packed(number, chunk.len())?;
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
            match u8::try_from(text.len()) {
                Ok(length) if length < LONG => chunk.push(length),
                _ => {
                    let length = u16::try_from(text.len()).ok()?;
                    chunk.push(LONG);
                    chunk.extend_from_slice(&length.to_le_bytes());
                }
            }
            chunk.extend_from_slice(text.as_bytes());
        }
        Some(place)
    }

    /// The outcome of the event at this place, if it has one.
    pub(in crate::delivery) fn get(&self, index: usize) -> Option<Outcome> {
        match self.places.get(index)?.get() {
            Place::Open => None,
            Place::Packed { chunk, start } => self.unpack(chunk, start),
            Place::Whole(at) => self.whole.get(at)?.clone(),
        }
    }

    fn unpack(&self, chunk: usize, start: usize) -> Option<Outcome> {
        let (flags, mut rest) = self.chunks.get(chunk)?.get(start..)?.split_first()?;
        let mut text = || {
            let (length, behind) = match rest.split_first()? {
                (&LONG, behind) => {
                    let (length, behind) = behind.split_first_chunk()?;
                    (usize::from(u16::from_le_bytes(*length)), behind)
                }
                (length, behind) => (usize::from(*length), behind),
            };
            let (text, behind) = behind.split_at_checked(length)?;
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
            outcomes.extend(match self.places.get(index).map(|place| place.get()) {
                // A whole outcome is not copied.
                Some(Place::Whole(at)) => self.whole.get_mut(at).and_then(Option::take),
                _ => self.get(index),
            });
        }
        debug_assert_eq!(outcomes.len(), self.len(), "an event without an outcome");
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use super::{PackedOutcomes, PackedPlace, Place};
    use crate::delivery::outcome::event::{CreatedEvent, Outcome};
    use crate::delivery::outcome::rejection::Rejection;
    use crate::event::InvalidEvent;

    #[test]
    fn places_in_four_bytes() {
        for (chunk, start) in [(0, 0), (1, 2), (0x7fff, 0xffff)] {
            let place = PackedPlace::packed(chunk, start).expect("it fits");
            assert!(matches!(
                place.get(),
                Place::Packed { chunk: c, start: s } if (c, s) == (chunk, start)
            ));
        }
        for (chunk, start) in [(0x8000, 0), (0x1_0000, 0), (0, 0x1_0000)] {
            assert!(
                PackedPlace::packed(chunk, start).is_none(),
                "{chunk} {start}"
            );
        }
        for at in [0, 1, 0x7fff_fffe] {
            assert!(matches!(PackedPlace::whole(at).get(), Place::Whole(known) if known == at));
        }
        assert!(matches!(PackedPlace::OPEN.get(), Place::Open));
    }

    #[test]
    fn every_outcome_comes_back_as_it_was() {
        let long = "x".repeat(70_000);
        let text = |n: usize| match n % 5 {
            0 => String::new(),
            1 => "é".to_owned(),
            2 if n.is_multiple_of(1_000) => long.clone(),
            // Around the length that takes more than a byte.
            3 if n.is_multiple_of(7) => "y".repeat(250 + n / 35 % 10),
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
        // Outcomes come in any order.
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
        assert_eq!(size_of::<PackedPlace>(), 4);
    }
}
