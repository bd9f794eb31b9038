//! Takes events from a source, numbers them, and keeps the same id from going out twice.

use std::task::{Context, Poll, ready};

use crate::delivery::intake::duplicates::{Duplicates, Repeat};
use crate::delivery::intake::event::Event;
use crate::delivery::intake::seal::{Scratch, Sealer};
use crate::delivery::intake::source::{Given, Next, Source};
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::rejection::Rejection;
use crate::limits;

/// What comes next.
pub(in crate::delivery) enum Packed {
    /// Ready to be sent.
    Event(Event),
    /// Refused before sending.
    Rejected(usize, Rejection),
    /// The same event as an earlier one, whose outcome it shares.
    SameAs {
        index: usize,
        first: usize,
    },
    /// The events that were taken so far are to leave now.
    Flush,
    End,
}

/// Takes events from a source one by one.
pub(in crate::delivery) struct Packer<'e> {
    source: Box<dyn Source + 'e>,
    taken: usize,
    sealer: Sealer,
    /// Events with ids of the user's own or from keys; ids that the client makes cannot be equal.
    duplicates: Duplicates,
    scratch: Scratch,
}

impl<'e> Packer<'e> {
    pub(in crate::delivery) fn new(source: Box<dyn Source + 'e>, sealer: Sealer) -> Self {
        Packer {
            source,
            taken: 0,
            sealer,
            duplicates: Duplicates::default(),
            scratch: Scratch::default(),
        }
    }

    pub(in crate::delivery) fn expected(&mut self) -> Option<usize> {
        self.source.expected()?.checked_add(self.taken)
    }

    /// Whether the source is an iterator: no event waits for a later one to come.
    pub(in crate::delivery) fn is_always_ready(&self) -> bool {
        self.source.is_always_ready()
    }

    /// Whether the events that the source still has after a stop must get outcomes.
    pub(in crate::delivery) fn is_accounted_for(&self) -> bool {
        self.source.is_accounted_for()
    }

    /// The next event.
    pub(in crate::delivery) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Packed> {
        let Packer {
            source,
            sealer,
            scratch,
            ..
        } = self;
        let mut packed = None;
        let next = source.poll_next(context, &mut |given| {
            packed = Some(match given {
                Given::Input(Ok(input)) => sealer.seal_input(input, scratch),
                Given::Input(Err(error)) => Err(Rejection::unencoded(error, None, &sealer.client)),
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
        let repeat = event.identity.map(|identity| {
            // A stream's events are forgotten, so it needs little room.
            if self.duplicates.is_empty()
                && let Some(left) = self.source.expected()
            {
                self.duplicates.expect(left);
            }
            self.duplicates.add(index, identity)
        });
        match repeat {
            Some(Repeat::SameAs(first)) => return Packed::SameAs { index, first },
            Some(Repeat::SameId) => {
                let rejection = Rejection::same_id_twice(event.id(), event.undelivered(None));
                return Packed::Rejected(index, rejection);
            }
            Some(Repeat::New) | None => {}
        }
        Packed::Event(event)
    }

    /// Forgets an event that has its outcome, so its id may come again.
    pub(in crate::delivery) fn forget(&mut self, event: &Event) {
        if let Some(identity) = event.identity {
            self.duplicates.forget(identity);
        }
    }
}

/// Whether a batch of `events` events and `bytes` bytes has room for one more.
pub(in crate::delivery) fn has_room(
    events: usize,
    bytes: usize,
    next: usize,
    batch_size: usize,
) -> bool {
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
    use crate::delivery::fuzz::event_of;
    use crate::event::{EventInput, IdOrigin};
    use crate::limits::{EVENT_BYTES, REQUEST_BYTES};
    use crate::wire::answer::Expected;
    use crate::wire::protocol::Protocol;

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
        let of_size = |bytes: usize| {
            let event = |one: usize, other: usize| {
                let texts = [one, other].map(|bytes| "x".repeat(bytes));
                let [one, other] = texts.each_ref().map(String::as_str);
                let input = EventInput::new("t").email("ada@example.com");
                event_of(
                    &input.token("a", one).token("b", other),
                    "a",
                    IdOrigin::Made,
                )
            };
            let left = bytes - event(0, 0).bytes();
            event(left / 2, left - left / 2)
        };
        let events = [1_000_000, 1_000_000, 1_000_000, 999_984].map(of_size);
        let sealed = events.iter().map(|event| (&event.sealed, &*event.template));
        let call = Protocol::v3().create(sealed, Expected::Created(4));
        assert_eq!(call.body.map(|body| body.len()), Some(REQUEST_BYTES));
    }
}
