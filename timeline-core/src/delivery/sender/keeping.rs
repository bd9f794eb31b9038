//! The work of a sender whose events are kept on disk: it follows the events, and runs the future that sends them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::stream::FuturesUnordered;
use tokio::sync::oneshot::error::RecvError;
use tokio::sync::watch;

use crate::client::Client;
use crate::delivery::intake::event::Event;
use crate::delivery::intake::source::{Given, Next, Source};
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::{NotSentReason, UnknownReason};
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::sender::channel::Channel;
use crate::delivery::sender::keep::{Follow, Keep, KeptFate, SendOptions};

/// Follows the events that come through the channel.
pub(in crate::delivery) struct Keeping {
    channel: Channel,
    keep: Arc<dyn Keep>,
    /// Sends the kept events; `None` after its end.
    sending: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    stop: Arc<watch::Sender<bool>>,
    followed: FuturesUnordered<Followed>,
    given: usize,
    is_over: bool,
}

/// An event that is followed.
struct Followed {
    number: usize,
    /// `None` once it has its outcome.
    event: Option<Box<Event>>,
    follow: Follow,
}

impl Future for Followed {
    type Output = (usize, Outcome);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let fate = std::task::ready!(Pin::new(&mut self.follow).poll(context));
        match self.event.take() {
            Some(event) => Poll::Ready((self.number, outcome(&event, fate))),
            None => Poll::Pending,
        }
    }
}

fn outcome(event: &Event, fate: Result<KeptFate, RecvError>) -> Outcome {
    match fate {
        Ok(KeptFate::Ended(outcome)) => outcome,
        Ok(KeptFate::Kept { uncertain: false }) => in_outbox(event),
        Ok(KeptFate::Kept { uncertain: true }) | Err(_) => uncertain(event),
    }
}

/// The event is kept, and is sent later.
pub(in crate::delivery) fn in_outbox(event: &Event) -> Outcome {
    Outcome::NotSent {
        id: event.id().to_owned(),
        reason: NotSentReason::InOutbox,
        event: event.undelivered(None),
    }
}

/// The event is kept if that was possible, and may be on HubSpot.
pub(in crate::delivery) fn uncertain(event: &Event) -> Outcome {
    Outcome::Unknown {
        id: event.id().to_owned(),
        reason: UnknownReason::Stopped,
        event: event.undelivered(None),
    }
}

impl Keeping {
    pub(in crate::delivery) fn new(
        channel: Channel,
        client: Client,
        keep: Arc<dyn Keep>,
        options: SendOptions,
        stop: Arc<watch::Sender<bool>>,
    ) -> Self {
        let sending = keep.send(client, options, stop.subscribe());
        Keeping {
            channel,
            keep,
            sending: Some(sending),
            stop,
            followed: FuturesUnordered::new(),
            given: 0,
            is_over: false,
        }
    }

    /// The next outcome, with the event's number; `None` when there will be no more.
    pub(in crate::delivery) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<(usize, Outcome)>> {
        loop {
            if let Some(refused) = self.take_new(context) {
                return Poll::Ready(Some(refused));
            }
            if let Some(sending) = &mut self.sending
                && sending.as_mut().poll(context).is_ready()
            {
                // Nothing more becomes known of the followed events.
                self.keep.give_up();
                self.sending = None;
            }
            match Pin::new(&mut self.followed).poll_next(context) {
                Poll::Ready(Some(ended)) => return Poll::Ready(Some(ended)),
                Poll::Ready(None) if self.is_over => match (&self.sending, *self.stop.borrow()) {
                    (None, _) => return Poll::Ready(None),
                    (Some(_), true) => return Poll::Pending,
                    (Some(_), false) => {}
                },
                _ => return Poll::Pending,
            }
            // Every event that was taken has its outcome. Events that earlier processes have left stay for later ones.
            self.stop.send_replace(true);
        }
    }

    /// Takes events from the channel, up to one that has its outcome at once. Returns that outcome.
    fn take_new(&mut self, context: &mut Context<'_>) -> Option<(usize, Outcome)> {
        while !self.is_over {
            let mut given = None;
            let mut take = |event: Given<'_>| {
                if let Given::Event(event) = event {
                    given = Some(event);
                }
            };
            match self.channel.poll_next(context, &mut take) {
                Poll::Pending => return None,
                Poll::Ready(Next::End) => self.is_over = true,
                Poll::Ready(Next::Event | Next::Flush) => {}
            }
            if let Some(event) = given {
                let number = self.given;
                self.given += 1;
                if let Some(outcome) = self.follow(number, event) {
                    return Some((number, outcome));
                }
            }
        }
        None
    }

    fn follow(&mut self, number: usize, event: Result<Event, Rejection>) -> Option<Outcome> {
        let event = match event {
            Ok(event) => Box::new(event),
            Err(rejection) => return Some(rejection.into()),
        };
        let Some(follow) = self.channel.follow(number) else {
            return Some(uncertain(&event));
        };
        self.followed.push(Followed {
            number,
            event: Some(event),
            follow,
        });
        None
    }

    /// Gives up the events that have no outcome.
    pub(in crate::delivery) fn abandon(&mut self) {
        self.keep.give_up();
        self.sending = None;
    }
}
