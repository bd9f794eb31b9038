//! Where events come from: an iterator, a stream, or a source that hands them over already encoded.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;

use crate::client::Client;
use crate::delivery::intake::event::Event;
use crate::delivery::intake::seal::{of_event, unmet};
use crate::delivery::outcome::rejection::Rejection;
use crate::event::{EventInput, InvalidEvent, TimelineEvent};
use crate::guard::apart;

/// What a source hands over.
pub(in crate::delivery) enum Given<'g> {
    Input(Result<&'g EventInput<'g>, InvalidEvent>),
    Event(Result<Event, Rejection>),
}

/// What a source has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Next {
    /// It has handed over one event.
    Event,
    /// The events that it has handed over so far are to leave now.
    Flush,
    End,
}

/// Anything that yields events, without their type. It is not asked again after its end.
pub(in crate::delivery) trait Source: Send {
    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        take: &mut dyn FnMut(Given<'_>),
    ) -> Poll<Next>;

    /// How many events are left, if that is known.
    fn expected(&mut self) -> Option<usize> {
        None
    }

    /// Whether it is always ready.
    fn is_always_ready(&self) -> bool {
        true
    }

    /// Whether the events that it still has after a stop must get outcomes.
    fn is_accounted_for(&self) -> bool {
        true
    }
}

/// One event.
pub(in crate::delivery) struct One(pub(in crate::delivery) Option<Result<Event, Rejection>>);

impl Source for One {
    fn poll_next(&mut self, _: &mut Context<'_>, take: &mut dyn FnMut(Given<'_>)) -> Poll<Next> {
        Poll::Ready(match self.0.take() {
            Some(event) => {
                take(Given::Event(event));
                Next::Event
            }
            None => Next::End,
        })
    }
}

pub(in crate::delivery) struct Iter<I> {
    events: I,
    /// Why no event of this type can be sent.
    refused: Option<InvalidEvent>,
    /// Its `size_hint` has panicked.
    has_no_hint: bool,
}

impl<I: Iterator<Item: TimelineEvent>> Iter<I> {
    pub(in crate::delivery) fn new(events: I, client: &Client) -> Self {
        Iter {
            events,
            refused: unmet::<I::Item>(client).err(),
            has_no_hint: false,
        }
    }
}

impl<I: Iterator<Item: TimelineEvent> + Send> Source for Iter<I> {
    fn poll_next(&mut self, _: &mut Context<'_>, take: &mut dyn FnMut(Given<'_>)) -> Poll<Next> {
        let Some(event) = self.events.next() else {
            return Poll::Ready(Next::End);
        };
        give(&event, self.refused.as_ref(), take);
        Poll::Ready(Next::Event)
    }

    /// `size_hint` may be wrong or panic; neither does harm.
    fn expected(&mut self) -> Option<usize> {
        if self.has_no_hint {
            return None;
        }
        let events = &self.events;
        match apart(|| events.size_hint()) {
            Some((least, Some(most))) if least == most => Some(least),
            hint => {
                self.has_no_hint = hint.is_none();
                None
            }
        }
    }
}

pub(in crate::delivery) struct Streamed<S> {
    events: Pin<Box<S>>,
    refused: Option<InvalidEvent>,
}

impl<S: Stream<Item: TimelineEvent>> Streamed<S> {
    pub(in crate::delivery) fn new(events: S, client: &Client) -> Self {
        Streamed {
            events: Box::pin(events),
            refused: unmet::<S::Item>(client).err(),
        }
    }
}

impl<S: Stream<Item: TimelineEvent> + Send> Source for Streamed<S> {
    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        take: &mut dyn FnMut(Given<'_>),
    ) -> Poll<Next> {
        let next = self.events.as_mut().poll_next(context);
        next.map(|event| match event {
            Some(event) => {
                give(&event, self.refused.as_ref(), take);
                Next::Event
            }
            None => Next::End,
        })
    }

    fn is_always_ready(&self) -> bool {
        false
    }

    fn is_accounted_for(&self) -> bool {
        false
    }
}

fn give(
    event: &impl TimelineEvent,
    refused: Option<&InvalidEvent>,
    take: &mut dyn FnMut(Given<'_>),
) {
    match refused {
        Some(reason) => {
            let error = of_event(reason.clone(), event.event_input());
            take(Given::Input(Err(error)));
        }
        None => match event.event_input() {
            Ok(input) => take(Given::Input(Ok(&input))),
            Err(error) => take(Given::Input(Err(error))),
        },
    }
}
