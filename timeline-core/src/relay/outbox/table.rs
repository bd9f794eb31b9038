//! The content of the outbox: the rows of its file, and what is known of them in memory.

use std::collections::VecDeque;
use std::time::Duration;

use rusqlite::Connection;

use super::command::{Enqueue, Enqueued, Now, Reply, RowFate, Taken};
use super::error::OutboxError;
use super::leases::{Leases, Row};
use super::rows::{NewEvent, Present, Rows, TakenEvent};
use super::stats::{Dead, OutboxStats, Waiting};
use crate::delivery::{Difference, difference};
use crate::event::SealedEvent;

/// A relay is given no further event at once after this many bytes.
const BYTES_AT_ONCE: usize = 4_000_000;

/// The reason of an event that the program has put aside.
const PUT_ASIDE: &str = "the program has put it aside";

pub(super) struct Table<'c> {
    rows: Rows<'c>,
    leases: Leases,
    /// Fresh events up to this row were given out.
    cursor: Row,
    /// Rows up to this one were here when the file was opened, or when events were revived last.
    before: Row,
    waiting: usize,
    dead: usize,
    /// How many events may wait.
    limit: usize,
    /// The enqueues that wait for room, in order.
    deferred: VecDeque<Enqueue>,
}

/// What a transaction has done so far. It is applied in memory once the transaction is on the disk.
#[derive(Default)]
pub(super) struct Changes {
    came: usize,
    revived: usize,
    discarded: usize,
    went: usize,
    parked: usize,
    /// Events that were out and are settled, or come again later.
    settled: Vec<Row>,
    /// Events that come again at once.
    back: Vec<Row>,
    /// Events that were given out.
    taken: Vec<Row>,
    given_back: bool,
}

/// The answer to an enqueue, with the channel for it.
pub(super) type Admitted = (Reply<Enqueued>, Result<Enqueued, OutboxError>);

enum Refused {
    NoRoom,
    Error(OutboxError),
}

impl<'c> Table<'c> {
    pub(super) fn new(connection: &'c Connection, limit: usize) -> rusqlite::Result<Self> {
        let rows = Rows::new(connection)?;
        let (waiting, dead) = rows.counts()?;
        Ok(Table {
            before: rows.last(),
            rows,
            leases: Leases::default(),
            cursor: 0,
            waiting,
            dead,
            limit,
            deferred: VecDeque::new(),
        })
    }

    pub(super) fn begin(&self) -> rusqlite::Result<()> {
        self.rows.begin()
    }

    pub(super) fn commit(&self) -> rusqlite::Result<()> {
        self.rows.commit()
    }

    pub(super) fn vacuum(&self) -> rusqlite::Result<()> {
        self.rows.vacuum()
    }

    /// Applies the changes of a transaction that is on the disk. Returns whether there may be something to take now.
    pub(super) fn apply(&mut self, changes: Changes) -> bool {
        self.waiting = self.waiting(&changes);
        self.dead = self.dead(&changes);
        let is_news =
            changes.came + changes.revived > 0 || changes.given_back || !changes.back.is_empty();
        for row in changes.settled {
            self.leases.end(row);
        }
        for row in changes.back {
            self.leases.give_back(row);
        }
        is_news
    }

    /// Takes back a transaction, of which nothing is on the disk.
    pub(super) fn roll_back(&mut self, changes: Changes) {
        self.rows.roll_back();
        for row in changes.taken {
            self.leases.give_back(row);
        }
    }

    fn waiting(&self, changes: &Changes) -> usize {
        (self.waiting + changes.came + changes.revived).saturating_sub(changes.went)
    }

    fn dead(&self, changes: &Changes) -> usize {
        let gone = changes.revived + changes.discarded;
        (self.dead + changes.parked).saturating_sub(gone)
    }

    fn room(&self, changes: &Changes) -> usize {
        self.limit.saturating_sub(self.waiting(changes))
    }

    /// Whether an enqueue that has waited for room has it now.
    pub(super) fn has_ready(&self) -> bool {
        let room = self.room(&Changes::default());
        self.deferred
            .front()
            .is_some_and(|first| first.events.len() <= room || first.reply.is_closed())
    }

    /// The enqueue that has waited longest for room, if it has room now. Enqueues that were given up meanwhile are left out.
    pub(super) fn next_ready(&mut self, changes: &Changes) -> Option<Enqueue> {
        let room = self.room(changes);
        while let Some(first) = self.deferred.front() {
            if !first.reply.is_closed() {
                let fits = first.events.len() <= room;
                return fits.then(|| self.deferred.pop_front()).flatten();
            }
            self.deferred.pop_front();
        }
        None
    }

    pub(super) fn replies_of_deferred(&mut self) -> impl Iterator<Item = Reply<Enqueued>> {
        self.deferred.drain(..).map(|waits| waits.reply)
    }

    /// Writes events, or lets them wait for room. Returns the answer if they do not wait. `is_next`: they have waited already.
    pub(super) fn enqueue(
        &mut self,
        mut enqueue: Enqueue,
        is_next: bool,
        changes: &mut Changes,
    ) -> (Option<Admitted>, rusqlite::Result<()>) {
        // Enqueues that wait already come first.
        let waits_behind = enqueue.waits && !is_next && !self.deferred.is_empty();
        let (answer, done) = match waits_behind {
            true => (Err(Refused::NoRoom), Ok(())),
            false => match self.write(&enqueue, changes) {
                Ok(answer) => (answer, Ok(())),
                Err(error) => (Ok(Enqueued::default()), Err(error)),
            },
        };
        let (events, limit) = (enqueue.events.len(), self.limit);
        let answer = match answer {
            Ok(enqueued) => Ok(Enqueued {
                _held: enqueue.held,
                ..enqueued
            }),
            Err(Refused::Error(error)) => Err(error),
            Err(Refused::NoRoom) if events > limit => Err(OutboxError::too_many(events, limit)),
            Err(Refused::NoRoom) if enqueue.waits => {
                enqueue.held = None;
                self.deferred.push_back(enqueue);
                return (None, done);
            }
            Err(Refused::NoRoom) => Err(OutboxError::backlog_full(limit)),
        };
        (Some((enqueue.reply, answer)), done)
    }

    /// Writes events, all or none. Events that are here already need no room.
    fn write(
        &mut self,
        enqueue: &Enqueue,
        changes: &mut Changes,
    ) -> rusqlite::Result<Result<Enqueued, Refused>> {
        let room = self.room(changes);
        let mut enqueued = Enqueued::default();
        let mut written = Vec::with_capacity(enqueue.events.len());
        for event in &enqueue.events {
            let is_dead = self.dead + changes.parked > 0 && self.rows.dead(&event.id)?.is_some();
            let row = match is_dead {
                true => None,
                false => self.rows.insert(event, enqueue.now.of_day)?,
            };
            let refused = match row {
                Some(row) => {
                    enqueued.row = Some(row);
                    written.push(row);
                    (written.len() > room).then_some(Refused::NoRoom)
                }
                None => match self.known(event)? {
                    Ok(known) => {
                        enqueued.row = known.row.or(enqueued.row);
                        enqueued.dead = known.dead.or(enqueued.dead);
                        enqueued.may_have_left |= known.may_have_left;
                        None
                    }
                    Err(error) => Some(Refused::Error(error)),
                },
            };
            if let Some(refused) = refused {
                for row in written {
                    self.rows.delete(row)?;
                }
                return Ok(Err(refused));
            }
        }
        changes.came += written.len();
        Ok(Ok(enqueued))
    }

    /// What is known of an event whose id is here. It is an error if another event has the id.
    fn known(&mut self, event: &NewEvent) -> rusqlite::Result<Result<Enqueued, OutboxError>> {
        let mut known = Enqueued::default();
        let present = match self.rows.present(&event.id)? {
            None => return Ok(Ok(known)),
            Some(Present::Waiting(row, message)) => {
                known.row = Some(row);
                known.may_have_left = row <= self.cursor.max(self.before);
                message
            }
            Some(Present::Dead(message, reason)) => {
                known.dead = Some(reason);
                message
            }
        };
        // Most often the bytes are the same, and need not be parsed.
        if present == event.message {
            return Ok(Ok(known));
        }
        let read = SealedEvent::from_json;
        let differs_in = match (read(&present), read(&event.message)) {
            (Ok(one), Ok(other)) => difference(&one, &other),
            _ => Some(Difference::Content),
        };
        Ok(match differs_in {
            Some(difference) => Err(OutboxError::other_content(
                &event.id,
                difference,
                known.dead.is_some(),
            )),
            None => Ok(known),
        })
    }

    /// Events for a relay: first those that have come back, then given-back events whose time has come and fresh events, as
    /// many of one kind as of the other.
    pub(super) fn take(
        &mut self,
        at_most: usize,
        now: Now,
        lease: Duration,
        changes: &mut Changes,
    ) -> rusqlite::Result<Taken> {
        let end = now.elapsed.saturating_add(lease);
        self.leases.expire(now.elapsed);
        let mut taking = Taking {
            room: at_most,
            bytes: BYTES_AT_ONCE,
            events: Vec::new(),
        };
        while taking.has_room()
            && let Some(row) = self.leases.next_back()
        {
            // The event has come back twice, and is out again.
            if self.leases.is_out(row) {
                continue;
            }
            self.give_out(row, end, &mut taking, changes)?;
        }
        for share in [taking.room.div_ceil(2), at_most] {
            let (leases, share) = (&self.leases, share.min(taking.room));
            for row in self.rows.due(now.of_day, share, |row| leases.is_out(row))? {
                if taking.has_room() {
                    self.give_out(row, end, &mut taking, changes)?;
                }
            }
            let fresh = self.rows.fresh(self.cursor, taking.room, taking.bytes)?;
            for event in fresh {
                self.cursor = event.row;
                self.leases.take(event.row, end);
                changes.taken.push(event.row);
                taking.add(event);
            }
        }
        let wait = match taking.events.is_empty() {
            true => self.wait(now)?,
            false => None,
        };
        Ok(Taken {
            events: taking.events,
            wait,
        })
    }

    fn give_out(
        &mut self,
        row: Row,
        end: Duration,
        taking: &mut Taking,
        changes: &mut Changes,
    ) -> rusqlite::Result<()> {
        // The lease comes first, so that the event comes back if it cannot be read now.
        self.leases.take(row, end);
        changes.taken.push(row);
        match self.rows.event(row)? {
            Some(event) => taking.add(event),
            // Another relay has settled the event after its lease was over.
            None => self.leases.end(row),
        }
        Ok(())
    }

    /// How long it takes until there may be events, although nothing new comes in.
    fn wait(&mut self, now: Now) -> rusqlite::Result<Option<Duration>> {
        let lease = self.leases.first_end();
        let lease = lease.map(|end| end.saturating_sub(now.elapsed));
        let due = self.rows.next_due(now.of_day)?.map(|due| {
            let wait = due.saturating_sub(now.of_day);
            Duration::from_millis(u64::try_from(wait).unwrap_or(0))
        });
        Ok(lease.into_iter().chain(due).min())
    }

    pub(super) fn settle(
        &mut self,
        settled: Vec<(Row, RowFate)>,
        now: Now,
        changes: &mut Changes,
    ) -> rusqlite::Result<()> {
        for (row, fate) in settled {
            match fate {
                RowFate::Done => changes.went += usize::from(self.rows.delete(row)?),
                RowFate::Park(reason) => {
                    let parked = self.rows.park(row, &reason, now.of_day)?;
                    changes.went += usize::from(parked);
                    changes.parked += usize::from(parked);
                }
                RowFate::Again(Duration::ZERO) => {
                    changes.back.push(row);
                    continue;
                }
                RowFate::Again(after) => {
                    let after = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
                    self.rows
                        .give_back(row, now.of_day.saturating_add(after).max(1))?;
                    changes.given_back = true;
                }
            }
            changes.settled.push(row);
        }
        Ok(())
    }

    pub(super) fn put_off_leases(&mut self, by: Duration) {
        self.leases.put_off(by);
    }

    pub(super) fn hold(&mut self, rows: Vec<Row>, end: Duration) {
        for row in rows {
            self.leases.hold(row, end);
        }
    }

    /// Gives back events that were given out and not received.
    pub(super) fn give_back(&mut self, unseen: Taken) {
        for event in unseen.events {
            self.leases.give_back(event.row);
        }
    }

    pub(super) fn stats(&mut self, changes: &Changes) -> rusqlite::Result<OutboxStats> {
        Ok(OutboxStats {
            waiting: self.waiting(changes),
            in_flight: self.leases.out(),
            dead: self.dead(changes),
            oldest: self.rows.oldest()?,
            next_try: self.rows.next_try()?,
        })
    }

    pub(super) fn all_waiting(&self) -> rusqlite::Result<Vec<Waiting>> {
        self.rows.all_waiting()
    }

    /// Puts aside those of these events that wait and are not out. Returns them; they are dead now.
    pub(super) fn put_aside(
        &mut self,
        ids: Vec<String>,
        now: Now,
        changes: &mut Changes,
    ) -> rusqlite::Result<Vec<(Row, String)>> {
        self.leases.expire(now.elapsed);
        let mut aside = Vec::new();
        for id in ids {
            if let Some(Present::Waiting(row, _)) = self.rows.present(&id)?
                && !self.leases.is_out(row)
                && self.rows.park(row, PUT_ASIDE, now.of_day)?
            {
                aside.push((row, id));
            }
        }
        changes.went += aside.len();
        changes.parked += aside.len();
        Ok(aside)
    }

    pub(super) fn all_dead(&self) -> rusqlite::Result<Vec<Dead>> {
        self.rows.all_dead()
    }

    /// Lets dead events wait again. Returns how many of these there were.
    pub(super) fn revive(
        &mut self,
        ids: &[String],
        changes: &mut Changes,
    ) -> rusqlite::Result<usize> {
        let mut revived = 0;
        for id in ids {
            revived += usize::from(self.rows.revive(id)?);
        }
        if revived > 0 {
            // The revived events may have left before they were put aside.
            self.before = self.rows.last();
        }
        changes.revived += revived;
        Ok(revived)
    }

    /// Deletes dead events. Returns how many of these there were.
    pub(super) fn discard(
        &mut self,
        ids: &[String],
        changes: &mut Changes,
    ) -> rusqlite::Result<usize> {
        let mut discarded = 0;
        for id in ids {
            discarded += usize::from(self.rows.discard(id)?);
        }
        changes.discarded += discarded;
        Ok(discarded)
    }
}

/// The events that a relay is given, and how much more it may be given.
struct Taking {
    room: usize,
    bytes: usize,
    events: Vec<TakenEvent>,
}

impl Taking {
    fn has_room(&self) -> bool {
        self.room > 0 && (self.bytes > 0 || self.events.is_empty())
    }

    fn add(&mut self, event: TakenEvent) {
        self.room = self.room.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(event.message.len());
        self.events.push(event);
    }
}
