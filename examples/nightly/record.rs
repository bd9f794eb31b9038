//! The orders, and what is known of them, in SQLite.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags, Result, Row};
use timeline_core::InvalidEvent;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;

use crate::OrderPaid;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL; -- one reads while the other writes
    CREATE TABLE IF NOT EXISTS nightly_mark (row INTEGER NOT NULL) STRICT;
    INSERT INTO nightly_mark SELECT 0 WHERE NOT EXISTS (SELECT * FROM nightly_mark);
    CREATE TABLE IF NOT EXISTS nightly_done (row INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE IF NOT EXISTS nightly_refused (row INTEGER PRIMARY KEY, reason TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS nightly_again (row INTEGER PRIMARY KEY, reason TEXT NOT NULL) STRICT;";

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
    unwritten: Vec<(i64, Settled)>,
}

/// Rows above the mark that are open.
const OPEN: &str = "id > ?1 AND id NOT IN (SELECT row FROM nightly_done)
    AND id NOT IN (SELECT row FROM nightly_refused) AND id NOT IN (SELECT row FROM nightly_again)";

impl Record {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        // A misspelt name makes no new file.
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // This fails if the database is another one, before anything is written to it.
        connection.prepare("SELECT id, customer, paid_at, amount FROM orders")?;
        connection.execute_batch(SCHEMA)?;
        let mark = connection.query_row("SELECT row FROM nightly_mark", [], |row| row.get(0))?;
        Ok(Record {
            connection,
            mark,
            unwritten: Vec::new(),
        })
    }

    /// Every row up to this one is settled.
    pub(crate) fn mark(&self) -> i64 {
        self.mark
    }

    /// How many rows there are to send.
    pub(crate) fn open_orders(&self) -> Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM orders WHERE {OPEN} OR id IN (SELECT row FROM nightly_again)"
        );
        let count: i64 = self
            .connection
            .query_row(&sql, [self.mark], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// How many rows are refused.
    pub(crate) fn refused(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM nightly_refused";
        let count: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Notes what became of a row, to be written.
    pub(crate) fn settle(&mut self, row: i64, settled: Settled) {
        self.unwritten.push((row, settled));
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
                Settled::Done if row > self.mark => {
                    transaction.execute("INSERT OR IGNORE INTO nightly_done VALUES (?1)", [row])?;
                    continue;
                }
                Settled::Done => continue,
                Settled::Refused(reason) => ("nightly_refused", reason),
                Settled::Again(reason) => ("nightly_again", reason),
            };
            let sql = format!("INSERT INTO {table} (row, reason) VALUES (?1, ?2)");
            transaction.execute(&sql, (row, reason))?;
        }
        // The mark goes up to the first row that is open, since outcomes come in any order.
        let sql = format!(
            "SELECT max(id) FROM orders
             WHERE id < ifnull((SELECT id FROM orders WHERE {OPEN} ORDER BY id LIMIT 1), {})",
            i64::MAX
        );
        let mark: Option<i64> = transaction.query_row(&sql, [self.mark], |row| row.get(0))?;
        self.mark = mark.unwrap_or(0).max(self.mark);
        transaction.execute("DELETE FROM nightly_done WHERE row <= ?1", [self.mark])?;
        transaction.execute("UPDATE nightly_mark SET row = ?1", [self.mark])?;
        transaction.commit()
    }
}

/// An order as it was read. One that cannot be read is refused with the reason, like one that HubSpot refuses.
type Order = std::result::Result<OrderPaid, InvalidEvent>;

/// An order as it is sent, with its row.
pub(crate) type Sent = (i64, Order);

/// The orders: those that are tried again, then those above the mark. They are read as they are sent, by a thread that ends
/// when there are no more, or when the receiver is dropped.
pub(crate) fn read(path: &Path, mark: i64) -> (Receiver<Sent>, JoinHandle<Result<()>>) {
    let (orders, received) = channel(1_000);
    let path = path.to_owned();
    let reader = tokio::task::spawn_blocking(move || {
        let connection = Connection::open(path)?;
        let sql = "SELECT id, customer, paid_at, amount FROM orders
                   WHERE id IN (SELECT row FROM nightly_again) ORDER BY id";
        let mut again = connection.prepare(sql)?;
        for order in again.query_map([], order)? {
            if orders.blocking_send(order?).is_err() {
                return Ok(());
            }
        }
        // A page at a time: a single query would hold up SQLite's clean-up of its log all night.
        let sql = format!(
            "SELECT id, customer, paid_at, amount FROM orders WHERE {OPEN} ORDER BY id LIMIT 1000"
        );
        let mut page = connection.prepare(&sql)?;
        let mut last = mark;
        loop {
            let rows = page.query_map([last], order)?.collect::<Result<Vec<_>>>()?;
            if rows.is_empty() {
                return Ok(());
            }
            for (row, order) in rows {
                last = row;
                if orders.blocking_send((row, order)).is_err() {
                    return Ok(());
                }
            }
        }
    });
    (received, reader)
}

fn order(row: &Row<'_>) -> Result<(i64, Order)> {
    let number = row.get(0)?;
    // SQLite's message names the column and the type of what it holds, and not the value.
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
