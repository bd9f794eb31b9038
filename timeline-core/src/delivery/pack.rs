//! From events to what is sent: encode, check, number, and keep the same id from going out twice.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::source::{Given, Next, Source};
use super::{Outcome, Rejection, UnknownReason};
use crate::client::Client;
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
    /// What tells it from others with its id, if its id can meet another.
    pub(super) content: Option<Content>,
    /// Set once its fate is uncertain; only an answer that names the event ends that.
    pub(super) uncertain: Option<UnknownReason>,
    /// Whether it may have got there unseen, once: then a later refusal proves nothing.
    pub(super) lost: bool,
    /// How many requests have carried it.
    pub(super) attempts: u32,
}

/// Whose id it is, which decides what "already in use" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum IdOrigin {
    /// Made by us for this event alone.
    Made,
    /// Derived from a key by us: this event may have had it before, and nobody else can.
    Keyed,
    /// The user's own: another record may hold it.
    User,
}

/// Hashes of an event's JSON, but for a timestamp of our own: the time of the call does not make two of one.
pub(super) type Content = [u64; 2];

/// What the client lacks for events of this type. It is the type's own mistake, so none of them is sent: else a mixed
/// call would deliver some and refuse others, and the mistake would look like the events'.
pub(super) fn unmet<E: TimelineEvent>(client: &Client) -> Result<(), InvalidEvent> {
    let mut unmet = Ok(());
    E::requires(&mut |requirement| {
        let lacking = match requirement {
            Requirement::PortalId if client.portal.id.is_none() => InvalidKind::KeyWithoutPortal,
            Requirement::TemplateId(name) if client.root.template_ids.get(name).is_none() => {
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

/// What comes next.
pub(super) enum Packed {
    /// Ready to be sent.
    Event(Event),
    /// Refused before sending.
    Rejected(usize, Rejection),
    /// The same event as an earlier one, whose outcome it shares.
    SameAs {
        index: usize,
        first: usize,
    },
    /// What is there is to leave now.
    Flush,
    End,
}

/// Turns inputs into events.
#[derive(Clone)]
pub(super) struct Encoder {
    pub(super) client: Client,
    hashers: [RandomState; 2],
}

/// Takes events from a source one by one.
pub(super) struct Packer<'e> {
    source: Box<dyn Source + 'e>,
    taken: usize,
    encoder: Encoder,
    /// Events with ids of the user's own or from keys; ids that the client makes cannot meet.
    seen: HashMap<(Arc<str>, Arc<str>), (usize, Content)>,
    buffer: Vec<u8>,
}

impl<'e> Packer<'e> {
    pub(super) fn new(source: Box<dyn Source + 'e>, encoder: Encoder) -> Self {
        Packer {
            source,
            taken: 0,
            encoder,
            seen: HashMap::new(),
            buffer: Vec::new(),
        }
    }

    pub(super) fn expected(&self) -> Option<usize> {
        self.source.expected().map(|left| left + self.taken)
    }

    /// Whether all events are there from the beginning: then none has waited for another.
    pub(super) fn is_at_hand(&self) -> bool {
        self.source.is_at_hand()
    }

    /// Whether what it still has after a stop is to be accounted for.
    pub(super) fn is_ours(&self) -> bool {
        self.source.is_ours()
    }

    /// The next event.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Packed> {
        let Packer {
            source,
            encoder,
            buffer,
            ..
        } = self;
        let mut packed = None;
        let next = source.poll_next(context, &mut |given| {
            packed = Some(match given {
                Given::Input(Ok(input)) => encoder.encode(input, buffer),
                Given::Input(Err(error)) => Err(Rejection::invalid(None, error)),
                Given::Event(event) => event,
            });
        });
        Poll::Ready(match (ready!(next), packed) {
            (Next::Flush, _) => Packed::Flush,
            (Next::Event, Some(packed)) => self.number(packed),
            (Next::End | Next::Event, _) => Packed::End,
        })
    }

    fn number(&mut self, packed: Result<Event, Rejection>) -> Packed {
        let index = self.taken;
        self.taken += 1;
        let mut event = match packed {
            Ok(event) => event,
            Err(rejection) => return Packed::Rejected(index, rejection),
        };
        event.index = index;
        if let Some(content) = event.content {
            match self.seen.entry(event.key()) {
                Entry::Occupied(first) if first.get().1 == content => {
                    let first = first.get().0;
                    return Packed::SameAs { index, first };
                }
                Entry::Occupied(_) => {
                    let rejection = Rejection::same_id_twice(&event, self.encoder.client.portal.id);
                    return Packed::Rejected(index, rejection);
                }
                Entry::Vacant(place) => drop(place.insert((index, content))),
            }
        }
        Packed::Event(event)
    }

    /// An event has its outcome, and its id may come again.
    pub(super) fn forget(&mut self, event: &Event) {
        if event.content.is_some() {
            self.seen.remove(&event.key());
        }
    }
}

impl Event {
    /// Its fate is uncertain.
    pub(super) fn doubt(&mut self, reason: UnknownReason, lost: bool) {
        self.uncertain = Some(reason);
        self.lost |= lost;
    }

    fn key(&self) -> (Arc<str>, Arc<str>) {
        (Arc::clone(&self.template_id), Arc::clone(&self.id))
    }
}

impl Encoder {
    pub(super) fn new(client: Client) -> Self {
        Encoder {
            client,
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    /// Encodes one event, if events of its type can be sent.
    pub(super) fn event<E: TimelineEvent>(&self, event: &E) -> Result<Event, Rejection> {
        let input = unmet::<E>(&self.client)
            .and_then(|()| event.event_input())
            .map_err(|error| Rejection::invalid(None, error))?;
        self.encode(&input, &mut Vec::new())
    }

    /// Encodes an input, with an id and a timestamp that it will keep. The buffer is for use in between.
    pub(super) fn encode(
        &self,
        input: &EventInput<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<Event, Rejection> {
        let client = &self.client;
        let reject = |error| Rejection::invalid(input.get_id().map(str::to_owned), error);
        // A hand-written `TimelineEvent` may return an input that nobody has checked.
        input.check().map_err(reject)?;
        let template_id: Arc<str> = template_id(input, client).map_err(reject)?.into();
        let milliseconds = now(client);
        let (id, id_origin) =
            event_id(input, &template_id, client, milliseconds).map_err(reject)?;
        let mut write = |timestamp: Option<i64>| {
            buffer.clear();
            write_event(input, Some(&template_id), Some(&id), timestamp, buffer)
                .map_err(|error| Rejection::invalid(Some(id.to_string()), error))?;
            Ok::<Arc<[u8]>, Rejection>(buffer.as_slice().into())
        };
        let json = write(Some(input.timestamp.unwrap_or(milliseconds)))?;
        let content = match (id_origin, input.timestamp) {
            (IdOrigin::Made, _) => None,
            (_, Some(_)) => Some(self.content(&json)),
            (_, None) => Some(self.content(&write(None)?)),
        };
        Ok(Event {
            index: 0,
            template_id,
            id,
            id_origin,
            json,
            content,
            uncertain: None,
            lost: false,
            attempts: 0,
        })
    }

    pub(super) fn content(&self, json: &[u8]) -> Content {
        self.hashers.each_ref().map(|hasher| hasher.hash_one(json))
    }
}

/// Milliseconds since 1970; a clock before that counts as 1970.
fn now(client: &Client) -> i64 {
    let since = client
        .root
        .clock
        .now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn template_id<'s>(input: &'s EventInput<'_>, client: &'s Client) -> Result<&'s str, InvalidEvent> {
    match &input.template {
        TemplateRef::Id(id) => Ok(id),
        TemplateRef::Name(name) => client
            .root
            .template_ids
            .get(name)
            .ok_or_else(|| InvalidKind::UnknownTemplate(name.to_string()).into()),
    }
}

fn event_id(
    input: &EventInput<'_>,
    template_id: &str,
    client: &Client,
    milliseconds: i64,
) -> Result<(Arc<str>, IdOrigin), InvalidEvent> {
    if let Some(id) = input.get_id() {
        return Ok((id.into(), IdOrigin::User));
    }
    let (id, origin) = if input.key.is_empty() {
        (
            client.root.ids.next(milliseconds.unsigned_abs()),
            IdOrigin::Made,
        )
    } else {
        let portal_id = client.portal.id.ok_or(InvalidKind::KeyWithoutPortal)?;
        (keyed_id(input, portal_id, template_id)?, IdOrigin::Keyed)
    };
    Ok((id.to_string().into(), origin))
}

/// The id that an event would go out under.
pub(super) fn id_of(input: &EventInput<'_>, client: &Client) -> Result<String, InvalidEvent> {
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
