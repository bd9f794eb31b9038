//! The statements on the outbox's file.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Result, Statement, params};

use super::leases::Row;
use super::stats::{Dead, Waiting};

/// The statements, prepared once.
pub(super) struct Rows<'c> {
    connection: &'c Connection,
    insert: Statement<'c>,
    message_of: Statement<'c>,
    dead_message_of: Statement<'c>,
    event: Statement<'c>,
    fresh: Statement<'c>,
    due: Statement<'c>,
    next_due: Statement<'c>,
    delete: Statement<'c>,
    give_back: Statement<'c>,
    park: Statement<'c>,
    revive: Statement<'c>,
    delete_dead: Statement<'c>,
    next: Row,
}

/// No delay is as long as this, in milliseconds: an event that is due later was given back before the clock was set back.
const FAR: i64 = 3_600_000;

/// An event to be written.
#[derive(Debug)]
pub(super) struct NewEvent {
    pub(super) id: Box<str>,
    pub(super) message: Vec<u8>,
}

/// An event that waited, for a relay.
pub(super) struct TakenEvent {
    pub(super) row: Row,
    pub(super) id: Box<str>,
    pub(super) message: Vec<u8>,
}

/// What is there under an event's id.
pub(super) enum Present {
    Waiting(Row, Vec<u8>),
    /// With the reason.
    Dead(Vec<u8>, String),
}

impl<'c> Rows<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self> {
        let last: Option<Row> =
            connection.query_row("SELECT max(seq) FROM events", [], |row| row.get(0))?;
        let prepare = |sql: &str| connection.prepare(sql);
        Ok(Rows {
            connection,
            insert: prepare(
                "INSERT INTO events (seq, id, message, due, taken_at) VALUES (?1, ?2, ?3, 0, ?4) \
                 ON CONFLICT (id) DO NOTHING",
            )?,
            message_of: prepare("SELECT seq, message FROM events WHERE id = ?1")?,
            dead_message_of: prepare("SELECT message, reason FROM dead WHERE id = ?1")?,
            event: prepare("SELECT id, message FROM events WHERE seq = ?1")?,
            fresh: prepare(
                "SELECT seq, id, message FROM events WHERE seq > ?1 AND due = 0 ORDER BY seq",
            )?,
            due: prepare(
                "SELECT seq FROM events INDEXED BY later WHERE due > 0 AND (due <= ?1 OR due > ?2) \
                 ORDER BY due",
            )?,
            next_due: prepare(
                "SELECT min(due) FROM events INDEXED BY later WHERE due > 0 AND due > ?1",
            )?,
            delete: prepare("DELETE FROM events WHERE seq = ?1")?,
            give_back: prepare("UPDATE events SET due = ?2 WHERE seq = ?1")?,
            park: prepare(
                "INSERT OR REPLACE INTO dead (id, message, reason, taken_at, parked_at) \
                 SELECT id, message, ?2, taken_at, ?3 FROM events WHERE seq = ?1",
            )?,
            revive: prepare(
                "INSERT INTO events (seq, id, message, due, taken_at) \
                 SELECT ?1, id, message, 0, taken_at FROM dead WHERE id = ?2",
            )?,
            delete_dead: prepare("DELETE FROM dead WHERE id = ?1")?,
            next: last.unwrap_or(0) + 1,
        })
    }

    pub(super) fn begin(&self) -> Result<()> {
        self.connection.execute_batch("BEGIN")
    }

    /// Rewrites the file, so that nothing of events that are gone is left in it or in its log.
    pub(super) fn vacuum(&self) -> Result<()> {
        self.connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
    }

    pub(super) fn commit(&self) -> Result<()> {
        self.connection.execute_batch("COMMIT")
    }

    /// Ends a transaction that failed, if SQLite has not ended it already.
    pub(super) fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            drop(self.connection.execute_batch("ROLLBACK"));
        }
    }

    /// The row of the event that came last.
    pub(super) fn last(&self) -> Row {
        self.next - 1
    }

    /// How many events wait, and how many are dead.
    pub(super) fn counts(&self) -> Result<(usize, usize)> {
        let count = |sql: &str| {
            self.connection
                .query_row(sql, [], |row| row.get::<_, i64>(0))
                .map(|count| usize::try_from(count).unwrap_or(0))
        };
        Ok((
            count("SELECT count(*) FROM events")?,
            count("SELECT count(*) FROM dead")?,
        ))
    }

    /// When the oldest of the events that wait was taken.
    pub(super) fn oldest(&self) -> Result<Option<SystemTime>> {
        let taken_at = self
            .connection
            .query_row(
                "SELECT taken_at FROM events ORDER BY seq LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()?;
        Ok(taken_at.map(time))
    }

    /// Writes an event; returns its row, or `None` if its id is there already.
    pub(super) fn insert(&mut self, event: &NewEvent, now: i64) -> Result<Option<Row>> {
        let row = self.next;
        let (id, message) = (&*event.id, &*event.message);
        if self.insert.execute(params![row, id, message, now])? == 0 {
            return Ok(None);
        }
        self.next += 1;
        Ok(Some(row))
    }

    pub(super) fn present(&mut self, id: &str) -> Result<Option<Present>> {
        let waiting = self
            .message_of
            .query_row([id], |row| Ok(Present::Waiting(row.get(0)?, row.get(1)?)));
        match waiting.optional()? {
            None => self.dead(id),
            waiting => Ok(waiting),
        }
    }

    pub(super) fn dead(&mut self, id: &str) -> Result<Option<Present>> {
        let dead = self
            .dead_message_of
            .query_row([id], |row| Ok(Present::Dead(row.get(0)?, row.get(1)?)));
        dead.optional()
    }

    pub(super) fn event(&mut self, row: Row) -> Result<Option<TakenEvent>> {
        let event = self.event.query_row([row], |columns| {
            Ok(TakenEvent {
                row,
                id: columns.get(0)?,
                message: columns.get(1)?,
            })
        });
        event.optional()
    }

    /// Events behind this row that were never given back with a delay. The last of them may exceed the number of bytes.
    pub(super) fn fresh(
        &mut self,
        behind: Row,
        at_most: usize,
        mut bytes: usize,
    ) -> Result<Vec<TakenEvent>> {
        let mut fresh = Vec::new();
        let mut rows = self.fresh.query([behind])?;
        while fresh.len() < at_most
            && bytes > 0
            && let Some(row) = rows.next()?
        {
            let event = TakenEvent {
                row: row.get(0)?,
                id: row.get(1)?,
                message: row.get(2)?,
            };
            bytes = bytes.saturating_sub(event.message.len());
            fresh.push(event);
        }
        Ok(fresh)
    }

    /// Given-back events whose time has come, without those that are out.
    pub(super) fn due(
        &mut self,
        now: i64,
        at_most: usize,
        is_out: impl Fn(Row) -> bool,
    ) -> Result<Vec<Row>> {
        self.due
            .query_map([now, now.saturating_add(FAR)], |row| row.get(0))?
            .filter(|row| !matches!(row, Ok(row) if is_out(*row)))
            .take(at_most)
            .collect()
    }

    /// When the first of the events that were given back is due. This may be in the past.
    pub(super) fn next_try(&mut self) -> Result<Option<SystemTime>> {
        let due = self.next_due(0)?;
        let due = due.and_then(|due| u64::try_from(due).ok());
        Ok(due.map(|due| UNIX_EPOCH + Duration::from_millis(due)))
    }

    /// When the next given-back event comes again.
    pub(super) fn next_due(&mut self, now: i64) -> Result<Option<i64>> {
        self.next_due.query_row([now], |row| row.get(0))
    }

    /// Deletes an event; returns whether there was one.
    pub(super) fn delete(&mut self, row: Row) -> Result<bool> {
        Ok(self.delete.execute([row])? > 0)
    }

    pub(super) fn give_back(&mut self, row: Row, due: i64) -> Result<()> {
        self.give_back.execute([row, due]).map(drop)
    }

    /// Moves an event to the dead ones, with the reason; returns whether there was one.
    pub(super) fn park(&mut self, row: Row, reason: &str, now: i64) -> Result<bool> {
        self.park.execute(params![row, reason, now])?;
        self.delete(row)
    }

    pub(super) fn all_waiting(&self) -> Result<Vec<Waiting>> {
        let mut all = self
            .connection
            .prepare("SELECT id, message, taken_at FROM events ORDER BY seq")?;
        let waiting = all.query_map([], |row| {
            Ok(Waiting {
                id: row.get(0)?,
                message: row.get(1)?,
                taken_at: time(row.get(2)?),
            })
        })?;
        waiting.collect()
    }

    pub(super) fn all_dead(&self) -> Result<Vec<Dead>> {
        let mut all = self.connection.prepare(
            "SELECT id, message, reason, taken_at, parked_at FROM dead ORDER BY parked_at, id",
        )?;
        let dead = all.query_map([], |row| {
            Ok(Dead {
                id: row.get(0)?,
                message: row.get(1)?,
                reason: row.get(2)?,
                taken_at: time(row.get(3)?),
                parked_at: time(row.get(4)?),
            })
        })?;
        dead.collect()
    }

    /// Lets a dead event wait again; returns whether there was one.
    pub(super) fn revive(&mut self, id: &str) -> Result<bool> {
        if self.revive.execute(params![self.next, id])? == 0 {
            return Ok(false);
        }
        self.next += 1;
        self.discard(id)
    }

    /// Deletes a dead event; returns whether there was one.
    pub(super) fn discard(&mut self, id: &str) -> Result<bool> {
        Ok(self.delete_dead.execute([id])? > 0)
    }
}

fn time(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
}
