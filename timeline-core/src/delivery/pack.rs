//! From events to batches: encode, check, number, and keep the same id from going out twice.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::{Outcome, Rejection, UnknownReason};
use crate::client::Inner;
use crate::event::{
    EventInput, InvalidEvent, InvalidKind, Requirement, TemplateRef, TimelineEvent, keyed_id,
};
use crate::limits;
use crate::wire::v3::write_event;

/// One event, ready to be sent any number of times: its id and timestamp never change again.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Its place in the input.
    pub(super) index: usize,
    pub(super) template_id: Arc<str>,
    pub(super) id: Arc<str>,
    pub(super) id_origin: IdOrigin,
    pub(super) json: Arc<[u8]>,
    /// Set once its fate is uncertain; only an answer that names the event ends that.
    pub(super) uncertain: Option<UnknownReason>,
}

/// Whose id it is, which decides what "already in use" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdOrigin {
    /// Made by us for this event alone.
    Made,
    /// Derived from a key by us: this event may have had it before, and nobody else can.
    Keyed,
    /// The user's own: another record may hold it.
    User,
}

/// Anything that yields events, without their type.
pub(super) trait Source: Send {
    /// Hands the next event over; `false` if there is none.
    fn next(&mut self, take: &mut dyn FnMut(Result<EventInput<'_>, InvalidEvent>)) -> bool;

    /// How many are left, if that is known.
    fn expected(&self) -> Option<usize>;
}

pub(super) struct Iter<I> {
    events: I,
    /// Why no event of this type can be sent.
    refused: Option<InvalidEvent>,
}

impl<I: Iterator<Item: TimelineEvent>> Iter<I> {
    pub(super) fn new(events: I, client: &Inner) -> Self {
        Iter {
            events,
            refused: unmet::<I::Item>(client).err(),
        }
    }
}

impl<I: Iterator<Item: TimelineEvent> + Send> Source for Iter<I> {
    fn next(&mut self, take: &mut dyn FnMut(Result<EventInput<'_>, InvalidEvent>)) -> bool {
        match self.events.next() {
            Some(event) => {
                take(match &self.refused {
                    Some(reason) => Err(reason.clone()),
                    None => event.event_input(),
                });
                true
            }
            None => false,
        }
    }

    fn expected(&self) -> Option<usize> {
        match self.events.size_hint() {
            (least, Some(most)) if least == most => Some(least),
            _ => None,
        }
    }
}

/// What the client lacks for events of this type. It is the type's own mistake, so none of them is sent: else a mixed
/// call would deliver some and refuse others, and the mistake would look like the events'.
pub(super) fn unmet<E: TimelineEvent>(client: &Inner) -> Result<(), InvalidEvent> {
    let mut unmet = Ok(());
    E::requires(&mut |requirement| {
        let lacking = match requirement {
            Requirement::PortalId if client.portal_id.is_none() => InvalidKind::KeyWithoutPortal,
            Requirement::TemplateId(name) if client.template_ids.get(name).is_none() => {
                InvalidKind::UnknownTemplate(name.to_owned())
            }
            Requirement::PortalId | Requirement::TemplateId(_) => return,
        };
        if unmet.is_ok() {
            unmet = Err(lacking.into());
        }
    });
    unmet
}

/// What the next event turned out to be.
pub(super) enum Packed {
    /// Ready to be sent.
    Event(Event),
    /// Refused before sending.
    Rejected(Rejection),
    /// The same event as the one at this index: it shares its outcome.
    SameAs(usize),
}

/// Takes events from a source one by one.
pub(super) struct Packer<'e> {
    source: Box<dyn Source + 'e>,
    taken: usize,
    /// Events with ids of the user's own or from keys; ids that the client makes cannot meet.
    seen: HashMap<(Arc<str>, Arc<str>), Seen>,
    hashers: [RandomState; 2],
    buffer: Vec<u8>,
}

struct Seen {
    index: usize,
    timestamp: i64,
    content: [u64; 2],
}

impl<'e> Packer<'e> {
    pub(super) fn new(source: Box<dyn Source + 'e>) -> Self {
        Packer {
            source,
            taken: 0,
            seen: HashMap::new(),
            hashers: [RandomState::new(), RandomState::new()],
            buffer: Vec::new(),
        }
    }

    pub(super) fn expected(&self) -> Option<usize> {
        self.source.expected().map(|left| left + self.taken)
    }

    /// The next event and its index.
    pub(super) fn next(&mut self, client: &Inner) -> Option<(usize, Packed)> {
        let Packer {
            source,
            taken,
            seen,
            hashers,
            buffer,
        } = self;
        let index = *taken;
        let mut packed = None;
        source.next(&mut |input| {
            let result = input
                .map_err(|error| Rejection::invalid(None, error))
                .and_then(|input| pack(&input, index, client, seen, hashers, buffer));
            packed = Some(result.unwrap_or_else(Packed::Rejected));
        });
        let packed = packed?;
        *taken += 1;
        Some((index, packed))
    }
}

fn pack(
    input: &EventInput<'_>,
    index: usize,
    client: &Inner,
    seen: &mut HashMap<(Arc<str>, Arc<str>), Seen>,
    hashers: &[RandomState; 2],
    buffer: &mut Vec<u8>,
) -> Result<Packed, Rejection> {
    let reject = |error| Rejection::invalid(input.get_id().map(str::to_owned), error);
    // A hand-written `TimelineEvent` may return an input that nobody has checked.
    input.check().map_err(reject)?;
    let template_id: Arc<str> = template_id(input, client).map_err(reject)?.into();
    let milliseconds = now(client);
    let mut timestamp = input.timestamp.unwrap_or(milliseconds);
    let (id, id_origin) = event_id(input, &template_id, client, milliseconds).map_err(reject)?;
    let known = id_origin != IdOrigin::Made;
    let entry = known.then(|| seen.entry((template_id.clone(), id.clone())));
    if let (Some(Entry::Occupied(first)), None) = (&entry, input.timestamp) {
        // Stamped when the first one was, so that the time of the call does not make two of one.
        timestamp = first.get().timestamp;
    }
    buffer.clear();
    write_event(
        input,
        Some(&template_id),
        Some(&id),
        Some(timestamp),
        buffer,
    )
    .map_err(|error| Rejection::invalid(Some(id.to_string()), error))?;
    let json: Arc<[u8]> = buffer.as_slice().into();
    if let Some(entry) = entry {
        let content = hashers.each_ref().map(|hasher| hasher.hash_one(&*json));
        match entry {
            Entry::Occupied(first) if first.get().content == content => {
                return Ok(Packed::SameAs(first.get().index));
            }
            Entry::Occupied(_) => return Err(Rejection::same_id_twice(id.to_string(), json)),
            Entry::Vacant(place) => {
                place.insert(Seen {
                    index,
                    timestamp,
                    content,
                });
            }
        }
    }
    Ok(Packed::Event(Event {
        index,
        template_id,
        id,
        id_origin,
        json,
        uncertain: None,
    }))
}

/// Milliseconds since 1970; a clock before that counts as 1970.
fn now(client: &Inner) -> i64 {
    let since = client
        .clock
        .now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn template_id<'s>(input: &'s EventInput<'_>, client: &'s Inner) -> Result<&'s str, InvalidEvent> {
    match &input.template {
        TemplateRef::Id(id) => Ok(id),
        TemplateRef::Name(name) => client
            .template_ids
            .get(name)
            .ok_or_else(|| InvalidKind::UnknownTemplate(name.to_string()).into()),
    }
}

fn event_id(
    input: &EventInput<'_>,
    template_id: &str,
    client: &Inner,
    milliseconds: i64,
) -> Result<(Arc<str>, IdOrigin), InvalidEvent> {
    if let Some(id) = input.get_id() {
        return Ok((id.into(), IdOrigin::User));
    }
    let (id, origin) = if input.key.is_empty() {
        (client.ids.next(milliseconds.unsigned_abs()), IdOrigin::Made)
    } else {
        let portal_id = client.portal_id.ok_or(InvalidKind::KeyWithoutPortal)?;
        (keyed_id(input, portal_id, template_id)?, IdOrigin::Keyed)
    };
    Ok((id.to_string().into(), origin))
}

/// The id that an event would go out under.
pub(super) fn id_of(input: &EventInput<'_>, client: &Inner) -> Result<String, InvalidEvent> {
    input.check()?;
    let template_id = template_id(input, client)?;
    let (id, _) = event_id(input, template_id, client, now(client))?;
    Ok(id.to_string())
}

/// Whether a batch of `events` events and `bytes` bytes has room for one more.
pub(super) fn has_room(events: usize, bytes: usize, next: usize, batch_size: usize) -> bool {
    // `{"inputs":[` and `]}`, and a comma after each event but the last.
    const AROUND: usize = 13;
    events == 0 || (events < batch_size && AROUND + bytes + events + next <= limits::REQUEST_BYTES)
}

impl From<Rejection> for Outcome {
    fn from(rejection: Rejection) -> Self {
        Outcome::Rejected(rejection)
    }
}

#[cfg(test)]
mod tests {
    use super::has_room;
    use crate::limits::{EVENT_BYTES, REQUEST_BYTES};
    use crate::wire::v3::batch_body;

    #[test]
    fn a_batch_is_full_by_count_or_by_bytes() {
        for (events, bytes, next, batch_size, room) in [
            (0, 0, EVENT_BYTES, 100, true),
            (99, 9_900, 100, 100, true),
            (100, 10_000, 100, 100, false),
            (1, 100, 100, 1, false),
            (3, 3_000_000, 999_984, 100, true),
            (3, 3_000_000, 999_985, 100, false),
        ] {
            assert_eq!(
                has_room(events, bytes, next, batch_size),
                room,
                "{events} events, {bytes} + {next} bytes"
            );
        }
        let events = [
            vec![b'x'; 1_000_000],
            vec![b'x'; 1_000_000],
            vec![b'x'; 1_000_000],
            vec![b'x'; 999_984],
        ];
        assert_eq!(
            batch_body(events.iter().map(Vec::as_slice)).len(),
            REQUEST_BYTES
        );
    }
}
