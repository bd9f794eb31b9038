//! Between a sender and its driver: the events on their way, and who waits for what.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::encode::Event;
use super::report::{Counts, SenderReport};
use super::source::{Given, Next, Source};
use super::{Outcome, Rejection};

pub(super) enum Message {
    Event(Box<Result<Event, Rejection>>, Ticket),
    /// Send what is there, and answer when all that came before has its outcome.
    Flush(oneshot::Sender<()>),
    /// Nothing new is taken.
    End,
}

/// Who waits for the outcome of one event. It keeps the event's room until then.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) reply: oneshot::Sender<Outcome>,
    pub(super) room: OwnedSemaphorePermit,
}

/// What was taken, what became of it, and who waits.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    taken: usize,
    counts: Counts,
    /// Events that ended undelivered since somebody asked to keep them.
    undelivered: Option<Vec<Outcome>>,
    /// By the events' numbers in the order in which the driver took them.
    tickets: BTreeMap<usize, Ticket>,
    next: usize,
    /// Who waits for all events before a number.
    flushes: Vec<(usize, oneshot::Sender<()>)>,
}

impl Ledger {
    /// An event is taken if it can be handed over. Nobody sees it in between, and so the counts always add up.
    pub(super) fn take<T, E>(&self, hand_over: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut entries = self.entries();
        let taken = hand_over();
        entries.taken += usize::from(taken.is_ok());
        taken
    }

    pub(super) fn keep_undelivered(&self) {
        self.entries().undelivered.get_or_insert_default();
    }

    pub(super) fn report(&self) -> SenderReport {
        let entries = self.entries();
        SenderReport {
            taken: entries.taken,
            counts: entries.counts,
            undelivered: entries.undelivered.clone().unwrap_or_default(),
        }
    }

    /// An event has its outcome.
    pub(super) fn tell(&self, number: usize, outcome: Outcome) {
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

    /// Answers those who wait for events that all have their outcomes.
    pub(super) fn answer_flushes(&self) {
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
        let mut entries = self.entries();
        let number = entries.next;
        entries.next += 1;
        entries.tickets.insert(number, ticket);
    }

    fn flush(&self, flushed: oneshot::Sender<()>) {
        let mut entries = self.entries();
        let before = entries.next;
        entries.flushes.push((before, flushed));
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // It is whole between any two lines that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The driver's end.
pub(super) struct Channel {
    messages: mpsc::UnboundedReceiver<Message>,
    ledger: Arc<Ledger>,
}

impl Channel {
    pub(super) fn new(messages: mpsc::UnboundedReceiver<Message>, ledger: Arc<Ledger>) -> Self {
        Channel { messages, ledger }
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
