//! Not to be copied: a shop's orders, the same ones each time. A few have an address that HubSpot refuses.

use std::path::Path;

use rusqlite::{Connection, Result};

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
        ) STRICT",
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
