//! What a sender and its worker share: the channel between them, and the events that were taken.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::{mpsc, oneshot};

use crate::delivery::intake::event::Event;
use crate::delivery::intake::source::{Given, Next, Source};
use crate::delivery::outcome::counts::Counts;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::UnknownReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::outcome::report::SenderReport;
use crate::delivery::outcome::undelivered::UndeliveredEvent;
use crate::delivery::sender::capacity::EventRoom;
use crate::delivery::sender::keep::Follow;

pub(in crate::delivery) enum Message {
    Event(Box<Result<Event, Rejection>>, OutcomeReply),
    /// Send the events that are there, and answer when every event that came before has its outcome.
    Flush(oneshot::Sender<()>),
    /// Nothing new is taken.
    End,
}

/// Where the outcome of one event goes. It keeps the event's room until then.
pub(in crate::delivery) struct OutcomeReply {
    pub(in crate::delivery) to: oneshot::Sender<Outcome>,
    pub(in crate::delivery) room: EventRoom,
    pub(in crate::delivery) fallback: FallbackOutcome,
    /// Receives the fate of an event that is kept on disk.
    pub(in crate::delivery) follow: Option<Follow>,
}

/// The outcome of an event whose sender was torn down: all that is known when the event is taken.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct FallbackOutcome(Arc<Fallback>);

#[derive(Debug)]
enum Fallback {
    /// The event was taken. It is kept for the case that the task is torn down.
    Taken(UndeliveredEvent),
    Known(Outcome),
}

impl FallbackOutcome {
    pub(in crate::delivery) fn new(event: &Result<Event, Rejection>) -> Self {
        FallbackOutcome(Arc::new(match event {
            Ok(event) => Fallback::Taken(event.kept(None)),
            Err(rejection) => Fallback::Known(rejection.clone().into()),
        }))
    }

    pub(in crate::delivery) fn of(outcome: Outcome) -> Self {
        FallbackOutcome(Arc::new(Fallback::Known(outcome)))
    }

    pub(in crate::delivery) fn id(&self) -> Option<&str> {
        match &*self.0 {
            Fallback::Taken(event) => Some(event.sealed.id()),
            Fallback::Known(outcome) => outcome.id(),
        }
    }

    pub(in crate::delivery) fn outcome(&self) -> Outcome {
        match &*self.0 {
            Fallback::Taken(event) => Outcome::Unknown {
                id: event.sealed.id().to_owned(),
                reason: UnknownReason::Stopped,
                event: Box::new(event.clone()),
            },
            Fallback::Known(outcome) => outcome.clone(),
        }
    }
}

/// What a sender does.
pub(in crate::delivery) struct Activity {
    pub(in crate::delivery) taken: usize,
    pub(in crate::delivery) is_quiet: bool,
    pub(in crate::delivery) is_refused: bool,
}

/// The events that were taken, how they ended, and who waits for their outcomes.
#[derive(Default)]
pub(in crate::delivery) struct TakenEvents(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    events: usize,
    counts: Counts,
    /// Events that ended undelivered since a shutdown began.
    undelivered: Option<Vec<Outcome>>,
    /// By the events' numbers in the order in which the worker took them.
    replies: BTreeMap<usize, OutcomeReply>,
    next: usize,
    /// An event has ended for a reason that other credentials may end.
    is_refused: bool,
    /// Flushes, each with the number of the first event that it does not wait for.
    flushes: Vec<(usize, oneshot::Sender<()>)>,
}

impl TakenEvents {
    /// An event is taken if it can be handed over. Both happen under the lock, so the counts always add up.
    pub(in crate::delivery) fn take<T, E>(
        &self,
        hand_over: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let mut taken = self.taken();
        let handed_over = hand_over();
        taken.events += usize::from(handed_over.is_ok());
        handed_over
    }

    pub(in crate::delivery) fn keep_undelivered(&self) {
        self.taken().undelivered.get_or_insert_default();
    }

    pub(in crate::delivery) fn report(&self, has_moved: bool) -> SenderReport {
        let taken = self.taken();
        SenderReport {
            taken: taken.events,
            counts: taken.counts,
            undelivered: taken.undelivered.clone().unwrap_or_default(),
            has_moved,
        }
    }

    /// How many events were taken, whether all of them have their outcomes, and whether one has ended for a reason that other
    /// credentials may end.
    pub(in crate::delivery) fn activity(&self) -> Activity {
        let taken = self.taken();
        let ended = taken.counts.delivered() + taken.counts.undelivered();
        Activity {
            taken: taken.events,
            is_quiet: ended == taken.events,
            is_refused: taken.is_refused,
        }
    }

    /// Counts an event that was taken and whose outcome is known at once.
    pub(in crate::delivery) fn count_at_once(&self, outcome: &Outcome) {
        let mut taken = self.taken();
        taken.events += 1;
        taken.count(outcome);
    }

    /// Gives an event its outcome.
    pub(in crate::delivery) fn close(&self, number: usize, outcome: Outcome) {
        let mut taken = self.taken();
        taken.count(&outcome);
        taken.is_refused |= outcome.is_about_credentials();
        let reply = taken.replies.remove(&number);
        drop(taken);
        if let Some(reply) = reply {
            // An error says that the outcome is not waited for.
            drop(reply.to.send(outcome));
            drop(reply.room);
        }
    }

    /// Ends the next event, of which nothing more will be known. Returns its outcome.
    pub(in crate::delivery) fn end_next(&self) -> Option<Outcome> {
        let (number, outcome) = {
            let taken = self.taken();
            let (number, reply) = taken.replies.first_key_value()?;
            (*number, reply.fallback.outcome())
        };
        self.close(number, outcome.clone());
        Some(outcome)
    }

    /// Closes the channel: nothing more comes through it, and the events in it wait for their outcomes. This happens under
    /// the lock, so that no event is on its way in.
    fn close_channel(&self, messages: &mut mpsc::UnboundedReceiver<Message>) {
        let mut taken = self.taken();
        messages.close();
        while let Ok(message) = messages.try_recv() {
            match message {
                Message::Event(_, reply) => taken.wait(reply),
                Message::Flush(flushed) => taken.flush(flushed),
                Message::End => {}
            }
        }
    }

    /// Answers the flushes whose events all have their outcomes.
    pub(in crate::delivery) fn answer_flushes(&self) {
        let mut taken = self.taken();
        let first = taken.replies.keys().next().copied().unwrap_or(usize::MAX);
        let done: Vec<_> = taken
            .flushes
            .extract_if(.., |(before, _)| *before <= first)
            .collect();
        drop(taken);
        for (_, flushed) in done {
            let _ = flushed.send(());
        }
    }

    fn wait(&self, reply: OutcomeReply) {
        self.taken().wait(reply);
    }

    fn flush(&self, flushed: oneshot::Sender<()>) {
        self.taken().flush(flushed);
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // The state is whole between any two lines that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn count(&mut self, outcome: &Outcome) {
        self.counts.add(outcome);
        if !outcome.is_delivered()
            && !outcome.is_in_outbox()
            && let Some(undelivered) = &mut self.undelivered
        {
            undelivered.push(outcome.clone());
        }
    }

    fn wait(&mut self, reply: OutcomeReply) {
        self.replies.insert(self.next, reply);
        self.next += 1;
    }

    fn flush(&mut self, flushed: oneshot::Sender<()>) {
        self.flushes.push((self.next, flushed));
    }
}

/// The worker's end.
pub(in crate::delivery) struct Channel {
    messages: mpsc::UnboundedReceiver<Message>,
    taken_events: Arc<TakenEvents>,
}

impl Channel {
    pub(in crate::delivery) fn new(
        messages: mpsc::UnboundedReceiver<Message>,
        taken_events: Arc<TakenEvents>,
    ) -> Self {
        Channel {
            messages,
            taken_events,
        }
    }
}

impl Channel {
    /// Takes the receiver of this event's fate, if the event is kept on disk.
    pub(in crate::delivery) fn follow(&self, number: usize) -> Option<Follow> {
        let mut taken = self.taken_events.taken();
        taken.replies.get_mut(&number)?.follow.take()
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.taken_events.close_channel(&mut self.messages);
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
                Some(Message::Event(event, reply)) => {
                    self.taken_events.wait(reply);
                    take(Given::Event(*event));
                    Poll::Ready(Next::Event)
                }
                Some(Message::Flush(flushed)) => {
                    self.taken_events.flush(flushed);
                    Poll::Ready(Next::Flush)
                }
                Some(Message::End) => {
                    // Events that were on their way in are still taken.
                    self.messages.close();
                    continue;
                }
                None => Poll::Ready(Next::End),
            };
        }
    }

    fn is_always_ready(&self) -> bool {
        false
    }
}
