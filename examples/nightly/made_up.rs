//! Not to be copied: a shop's orders, the same ones each time. A few have an address that HubSpot refuses.

use std::error::Error;
use std::path::Path;

use rusqlite::{Connection, Result};

/// Makes the orders of a trial. A database with real orders is refused: they would be marked as done.
pub(crate) fn orders_of_a_trial(
    path: &Path,
    count: i64,
) -> std::result::Result<(), Box<dyn Error>> {
    if path.exists() {
        let connection = Connection::open(path)?;
        let is_made_up = connection.table_exists(None, "made_up")?;
        if connection.table_exists(None, "orders")? && !is_made_up {
            let words = "the database has orders of its own, and a trial would mark them as done: give `--base-url` and \
                         `--portal-id`, or another file";
            return Err(words.into());
        }
    }
    Ok(orders_if_missing(path, count)?)
}

/// Makes the table, if there is none.
pub(crate) fn orders_if_missing(path: &Path, count: i64) -> Result<()> {
    let mut connection = Connection::open(path)?;
    if connection.table_exists(None, "orders")? {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "CREATE TABLE orders (
            id INTEGER PRIMARY KEY,
            customer TEXT, -- an e-mail address
            paid_at INTEGER NOT NULL, -- in seconds since 1970
            amount REAL NOT NULL
        ) STRICT;
        CREATE TABLE made_up (note TEXT) STRICT;",
    )?;
    let mut insert = transaction.prepare("INSERT INTO orders VALUES (?1, ?2, ?3, ?4)")?;
    for id in 1..=count {
        let customer = match id % 997 {
            0 => "no address".to_owned(),
            n => format!("customer-{n}@example.com"),
        };
        insert.execute((
            id,
            customer,
            1_782_000_000 + 60 * id,
            0.25 * (id % 400) as f64,
        ))?;
    }
    drop(insert);
    transaction.commit()
}
