//! The orders, and what is known of them, in SQLite.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::{Connection, Result, Row};
use timeline_core::InvalidEvent;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;

use crate::OrderPaid;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL; -- one reads while the other writes
    CREATE TABLE IF NOT EXISTS nightly_mark (row INTEGER NOT NULL) STRICT;
    INSERT INTO nightly_mark SELECT 0 WHERE NOT EXISTS (SELECT * FROM nightly_mark);
    CREATE TABLE IF NOT EXISTS nightly_refused (row INTEGER PRIMARY KEY, reason TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS nightly_again (row INTEGER PRIMARY KEY, reason TEXT NOT NULL) STRICT;";

/// A row that goes out.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    row: i64,
    /// The row before it; `None` for one that is tried again, below the mark.
    after: Option<i64>,
}

/// What is written down of a row.
pub(crate) enum Settled {
    Done,
    Refused(String),
    Again(String),
}

/// What is known of the rows.
pub(crate) struct Record {
    connection: Connection,
    mark: i64,
    /// The rows above the mark that are settled, each under the row before it: outcomes come in any order.
    settled: HashMap<i64, i64>,
    unwritten: Vec<(i64, Settled)>,
}

impl Record {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SCHEMA)?;
        let mark = connection.query_row("SELECT row FROM nightly_mark", [], |row| row.get(0))?;
        Ok(Record {
            connection,
            mark,
            settled: HashMap::new(),
            unwritten: Vec::new(),
        })
    }

    /// Every row up to this one is settled.
    pub(crate) fn mark(&self) -> i64 {
        self.mark
    }

    /// How many rows there are to send.
    pub(crate) fn open_orders(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM orders
                   WHERE id > ?1 OR id IN (SELECT row FROM nightly_again)";
        let count: i64 = self
            .connection
            .query_row(sql, [self.mark], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Notes what became of a row, to be written.
    pub(crate) fn settle(&mut self, tag: Tag, settled: Settled) {
        if let Some(before) = tag.after {
            self.settled.insert(before, tag.row);
        }
        while let Some(row) = self.settled.remove(&self.mark) {
            self.mark = row;
        }
        self.unwritten.push((tag.row, settled));
    }

    /// Writes what is not written yet, in one transaction: the mark is never ahead of the tables.
    pub(crate) fn write(&mut self) -> Result<()> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for (row, settled) in self.unwritten.drain(..) {
            for table in ["nightly_refused", "nightly_again"] {
                let sql = format!("DELETE FROM {table} WHERE row = ?1");
                transaction.execute(&sql, [row])?;
            }
            let (table, reason) = match settled {
                Settled::Done => continue,
                Settled::Refused(reason) => ("nightly_refused", reason),
                Settled::Again(reason) => ("nightly_again", reason),
            };
            let sql = format!("INSERT INTO {table} (row, reason) VALUES (?1, ?2)");
            transaction.execute(&sql, (row, reason))?;
        }
        transaction.execute("UPDATE nightly_mark SET row = ?1", [self.mark])?;
        transaction.commit()
    }
}

/// An order as it was read. One that cannot be read is refused with the reason, like one that HubSpot refuses.
type Order = std::result::Result<OrderPaid, InvalidEvent>;

/// What is sent.
pub(crate) type Sent = (Tag, Order);

/// The orders: those that are tried again, then those above the mark. They are read as they are sent, by a thread that ends
/// when there are no more, or when the receiver is dropped.
pub(crate) fn read(path: &Path, mark: i64) -> (Receiver<Sent>, JoinHandle<Result<()>>) {
    let (orders, received) = channel(1_000);
    let path = path.to_owned();
    let reader = tokio::task::spawn_blocking(move || {
        let connection = Connection::open(path)?;
        let sql = "SELECT id, customer, paid_at, amount FROM orders
                   WHERE id IN (SELECT row FROM nightly_again) AND id <= ?1 ORDER BY id";
        let mut again = connection.prepare(sql)?;
        for order in again.query_map([mark], order)? {
            let (row, order) = order?;
            let tag = Tag { row, after: None };
            if orders.blocking_send((tag, order)).is_err() {
                return Ok(());
            }
        }
        // A page at a time: a single query would hold up SQLite's clean-up of its log all night.
        let sql =
            "SELECT id, customer, paid_at, amount FROM orders WHERE id > ?1 ORDER BY id LIMIT 1000";
        let mut page = connection.prepare(sql)?;
        let mut last = mark;
        loop {
            let rows = page.query_map([last], order)?.collect::<Result<Vec<_>>>()?;
            if rows.is_empty() {
                return Ok(());
            }
            for (row, order) in rows {
                let tag = Tag {
                    row,
                    after: Some(last),
                };
                last = row;
                if orders.blocking_send((tag, order)).is_err() {
                    return Ok(());
                }
            }
        }
    });
    (received, reader)
}

fn order(row: &Row<'_>) -> Result<(i64, Order)> {
    let number = row.get(0)?;
    // SQLite's words name the column and what it holds instead, and not the value.
    let order = order_paid(number, row)
        .unwrap_or_else(|error| Err(InvalidEvent::new(format!("it cannot be read: {error}"))));
    Ok((number, order))
}

fn order_paid(number: i64, row: &Row<'_>) -> Result<Order> {
    let (customer, paid_at, amount) = (row.get(1)?, row.get::<_, i64>(2)?, row.get(3)?);
    let Ok(paid_at) = u64::try_from(paid_at) else {
        return Ok(Err(InvalidEvent::new("it was paid before 1970")));
    };
    Ok(Ok(OrderPaid {
        number,
        customer,
        at: UNIX_EPOCH + Duration::from_secs(paid_at),
        amount,
    }))
}
