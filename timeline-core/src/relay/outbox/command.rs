//! The commands to the outbox's thread, and its answers.

use std::sync::mpsc::SyncSender;
use std::time::{Duration, UNIX_EPOCH};

use tokio::sync::oneshot;

use super::error::OutboxError;
use super::leases::Row;
use super::rows::{NewEvent, TakenEvent};
use super::stats::{Dead, OutboxStats, Waiting};
use crate::client::{Clock, HeldClock};

/// A command, with the channel for its answer.
pub(super) enum Command {
    Enqueue(Enqueue),
    Take {
        at_most: usize,
        lease: Duration,
        reply: Reply<Taken>,
    },
    Settle {
        settled: Vec<(Row, RowFate)>,
        reply: Reply<()>,
    },
    Hold {
        rows: Vec<Row>,
        lease: Duration,
        reply: Reply<()>,
    },
    Stats(Reply<OutboxStats>),
    Waiting(Reply<Vec<Waiting>>),
    PutAside {
        ids: Vec<String>,
        /// The rows and ids of the events that were put aside.
        reply: Reply<Vec<(Row, String)>>,
    },
    Dead(Reply<Vec<Dead>>),
    Revive(Vec<String>, Reply<usize>),
    Discard(Vec<String>, Reply<usize>),
    Vacuum(Reply<()>),
    Close(Reply<()>),
}

/// Events that are taken together or not at all.
pub(super) struct Enqueue {
    pub(super) events: Vec<NewEvent>,
    /// Whether it waits for room if the backlog is full.
    pub(super) waits: bool,
    pub(super) now: Now,
    pub(super) reply: Reply<Enqueued>,
    /// Holds a test clock until the answer is there, or the events wait for room.
    pub(super) held: Option<HeldClock>,
}

/// Events that are in the outbox now.
#[derive(Default)]
pub(super) struct Enqueued {
    /// The row of the last event that is not dead.
    pub(super) row: Option<Row>,
    /// Why the last dead event was refused.
    pub(super) dead: Option<String>,
    /// One of them was here before, and a relay may have sent it.
    pub(super) may_have_left: bool,
    /// Holds a test clock until the answer is received.
    pub(super) _held: Option<HeldClock>,
}

/// The time, as the clock's elapsed time and as a date.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) elapsed: Duration,
    /// In milliseconds since 1970.
    pub(super) of_day: i64,
}

impl Now {
    pub(super) fn of(clock: &dyn Clock) -> Self {
        let of_day = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            elapsed: clock.elapsed(),
            of_day: i64::try_from(of_day.as_millis()).unwrap_or(i64::MAX),
        }
    }
}

/// What becomes of an event that a relay had.
pub(super) enum RowFate {
    Done,
    Again(Duration),
    /// With the reason.
    Park(String),
}

/// Events that were taken by a relay.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) events: Vec<TakenEvent>,
    /// If there are none: how long it takes until there may be some, although nothing new comes in.
    pub(super) wait: Option<Duration>,
}

/// The channel for an answer.
pub(super) enum Reply<T> {
    Task(oneshot::Sender<Result<T, OutboxError>>),
    Thread(SyncSender<Result<T, OutboxError>>),
}

impl<T> Reply<T> {
    /// Sends the answer; returns it if nothing waits for it any more.
    pub(super) fn send(self, answer: Result<T, OutboxError>) -> Result<(), Result<T, OutboxError>> {
        match self {
            Reply::Task(reply) => reply.send(answer),
            Reply::Thread(reply) => reply.send(answer).map_err(|unsent| unsent.0),
        }
    }

    /// Whether nothing waits for the answer any more.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            Reply::Task(reply) => reply.is_closed(),
            Reply::Thread(_) => false,
        }
    }
}

impl Command {
    /// Answers with an error.
    pub(super) fn fail(self, error: OutboxError) {
        match self {
            Command::Enqueue(Enqueue { reply, .. }) => drop(reply.send(Err(error))),
            Command::Settle { reply, .. }
            | Command::Hold { reply, .. }
            | Command::Vacuum(reply)
            | Command::Close(reply) => drop(reply.send(Err(error))),
            Command::Take { reply, .. } => drop(reply.send(Err(error))),
            Command::Stats(reply) => drop(reply.send(Err(error))),
            Command::Waiting(reply) => drop(reply.send(Err(error))),
            Command::PutAside { reply, .. } => drop(reply.send(Err(error))),
            Command::Dead(reply) => drop(reply.send(Err(error))),
            Command::Revive(_, reply) | Command::Discard(_, reply) => drop(reply.send(Err(error))),
        }
    }
}
