//! Between a sender and its worker: the events on their way, and who waits for what.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::delivery::intake::seal::Event;
use crate::delivery::intake::source::{Given, Next, Source};
use crate::delivery::outcome::counts::Counts;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::UnknownReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::outcome::report::SenderReport;

pub(in crate::delivery) enum Message {
    Event(Box<Result<Event, Rejection>>, Ticket),
    /// Send what is there, and answer when all that came before has its outcome.
    Flush(oneshot::Sender<()>),
    /// Nothing new is taken.
    End,
}

/// Who waits for the outcome of one event. It keeps the event's room until then.
#[derive(Debug)]
pub(in crate::delivery) struct Ticket {
    pub(in crate::delivery) reply: oneshot::Sender<Outcome>,
    pub(in crate::delivery) room: OwnedSemaphorePermit,
    pub(in crate::delivery) last_word: LastWord,
}

/// What is told of an event whose sender was torn down: all that is known when it is taken.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct LastWord(Arc<Outcome>);

impl LastWord {
    pub(in crate::delivery) fn new(
        event: &Result<Event, Rejection>,
        portal_id: Option<u64>,
    ) -> Self {
        LastWord(Arc::new(match event {
            Ok(event) => Outcome::Unknown {
                id: event.id.to_string(),
                reason: UnknownReason::Stopped,
                event: event.undelivered(portal_id, None),
            },
            Err(rejection) => rejection.clone().into(),
        }))
    }

    pub(in crate::delivery) fn outcome(&self) -> Outcome {
        Outcome::clone(&self.0)
    }
}

/// What was taken, what became of it, and who waits.
#[derive(Debug, Default)]
pub(in crate::delivery) struct Ledger(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    taken: usize,
    counts: Counts,
    /// Events that ended undelivered since somebody asked to keep them.
    undelivered: Option<Vec<Outcome>>,
    /// By the events' numbers in the order in which the worker took them.
    tickets: BTreeMap<usize, Ticket>,
    next: usize,
    /// Who waits for all events before a number.
    flushes: Vec<(usize, oneshot::Sender<()>)>,
}

impl Ledger {
    /// An event is taken if it can be handed over. Nobody sees it in between, and so the counts always add up.
    pub(in crate::delivery) fn take<T, E>(
        &self,
        hand_over: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let mut entries = self.entries();
        let taken = hand_over();
        entries.taken += usize::from(taken.is_ok());
        taken
    }

    pub(in crate::delivery) fn keep_undelivered(&self) {
        self.entries().undelivered.get_or_insert_default();
    }

    pub(in crate::delivery) fn report(&self) -> SenderReport {
        let entries = self.entries();
        SenderReport {
            taken: entries.taken,
            counts: entries.counts,
            undelivered: entries.undelivered.clone().unwrap_or_default(),
        }
    }

    /// An event has its outcome.
    pub(in crate::delivery) fn tell(&self, number: usize, outcome: Outcome) {
        let mut entries = self.entries();
        entries.counts.add(&outcome);
        if !outcome.is_delivered()
            && let Some(undelivered) = &mut entries.undelivered
        {
            undelivered.push(outcome.clone());
        }
        let ticket = entries.tickets.remove(&number);
        drop(entries);
        if let Some(ticket) = ticket {
            // Nobody needs to wait for it.
            drop(ticket.reply.send(outcome));
            drop(ticket.room);
        }
    }

    /// Ends an event of which nothing more will be known; its outcome.
    pub(in crate::delivery) fn end_next(&self) -> Option<Outcome> {
        let (number, outcome) = {
            let entries = self.entries();
            let (number, ticket) = entries.tickets.first_key_value()?;
            (*number, ticket.last_word.outcome())
        };
        self.tell(number, outcome.clone());
        Some(outcome)
    }

    /// Nothing more comes through the channel, and what is in it waits for its end. Under the lock, so that nothing is on
    /// its way in.
    fn close(&self, messages: &mut mpsc::UnboundedReceiver<Message>) {
        let mut entries = self.entries();
        messages.close();
        while let Ok(message) = messages.try_recv() {
            match message {
                Message::Event(_, ticket) => entries.wait(ticket),
                Message::Flush(flushed) => entries.flush(flushed),
                Message::End => {}
            }
        }
    }

    /// Answers those who wait for events that all have their outcomes.
    pub(in crate::delivery) fn answer_flushes(&self) {
        let mut entries = self.entries();
        let first = entries.tickets.keys().next().copied().unwrap_or(usize::MAX);
        let done: Vec<_> = entries
            .flushes
            .extract_if(.., |(before, _)| *before <= first)
            .collect();
        drop(entries);
        for (_, flushed) in done {
            let _ = flushed.send(());
        }
    }

    fn wait(&self, ticket: Ticket) {
        self.entries().wait(ticket);
    }

    fn flush(&self, flushed: oneshot::Sender<()>) {
        self.entries().flush(flushed);
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // It is whole between any two lines that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn wait(&mut self, ticket: Ticket) {
        self.tickets.insert(self.next, ticket);
        self.next += 1;
    }

    fn flush(&mut self, flushed: oneshot::Sender<()>) {
        self.flushes.push((self.next, flushed));
    }
}

/// The worker's end.
pub(in crate::delivery) struct Channel {
    messages: mpsc::UnboundedReceiver<Message>,
    ledger: Arc<Ledger>,
}

impl Channel {
    pub(in crate::delivery) fn new(
        messages: mpsc::UnboundedReceiver<Message>,
        ledger: Arc<Ledger>,
    ) -> Self {
        Channel { messages, ledger }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.ledger.close(&mut self.messages);
    }
}

impl Source for Channel {
    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        take: &mut dyn FnMut(Given<'_>),
    ) -> Poll<Next> {
        loop {
            return match std::task::ready!(self.messages.poll_recv(context)) {
                Some(Message::Event(event, ticket)) => {
                    self.ledger.wait(ticket);
                    take(Given::Event(*event));
                    Poll::Ready(Next::Event)
                }
                Some(Message::Flush(flushed)) => {
                    self.ledger.flush(flushed);
                    Poll::Ready(Next::Flush)
                }
                Some(Message::End) => {
                    // What was on its way in is still taken.
                    self.messages.close();
                    continue;
                }
                None => Poll::Ready(Next::End),
            };
        }
    }

    fn is_at_hand(&self) -> bool {
        false
    }
}
