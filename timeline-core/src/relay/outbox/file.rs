//! The outbox's file: an SQLite database that one process has open at a time.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::OutboxError;

/// Marks the file as an outbox.
const APPLICATION_ID: i64 = 0x7469_6d65;

/// The version of the file's format.
const VERSION: i64 = 1;

/// `due`: when a given-back event comes again, in milliseconds since 1970; 0 for an event that was never given back with a
/// delay. Only given-back events are in the index, so a fresh event does not change the index.
const SCHEMA: &str = "
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        message BLOB NOT NULL,
        due INTEGER NOT NULL,
        taken_at INTEGER NOT NULL
    );
    CREATE INDEX later ON events (due) WHERE due > 0;
    CREATE TABLE dead (
        id TEXT PRIMARY KEY NOT NULL,
        message BLOB NOT NULL,
        reason TEXT NOT NULL,
        taken_at INTEGER NOT NULL,
        parked_at INTEGER NOT NULL
    );
";

/// Opens the file, and makes it if it is not there. `patience`: how long to wait for another process that has it open.
pub(super) fn open(path: &Path, patience: Duration) -> Result<Connection, OutboxError> {
    make(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opening = |error| OutboxError::opening(path, error);
    let connection = Connection::open_with_flags(path, flags).map_err(opening)?;
    prepare(&connection, path, patience)?;
    Ok(connection)
}

/// Events are personal data: a new file is readable by its owner alone, and SQLite's files beside it take that over.
fn make(path: &Path) -> Result<(), OutboxError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        // The file is not even opened here: to close it would end the locks that SQLite has on it in this process.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(OutboxError::cannot_open(path, error)),
    }
}

fn prepare(connection: &Connection, path: &Path, patience: Duration) -> Result<(), OutboxError> {
    let opening = |error| OutboxError::opening(path, error);
    let run = |sql: &str| connection.execute_batch(sql).map_err(opening);
    let number = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .map_err(opening)
    };
    connection.busy_timeout(patience).map_err(opening)?;
    // The lock ends with the process, however it ends.
    connection
        .query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))
        .map_err(opening)?;
    let tables = number("SELECT count(*) FROM sqlite_master")?;
    let (application, version) = (
        number("PRAGMA application_id")?,
        number("PRAGMA user_version")?,
    );
    match (application, version) {
        (0, 0) if tables == 0 => {}
        (APPLICATION_ID, VERSION) => {}
        (APPLICATION_ID, newer) => return Err(OutboxError::newer(path, newer, VERSION)),
        _ => return Err(OutboxError::not_an_outbox(path)),
    }
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(opening)?;
    if mode != "wal" {
        return Err(OutboxError::no_wal(path));
    }
    // A commit is on the disk when it returns. Apple's systems need the full sync for that.
    run("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;")?;
    if tables == 0 {
        let mark =
            format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};");
        run(&format!("BEGIN IMMEDIATE; {SCHEMA} {mark} COMMIT;"))?;
    } else {
        // Takes the lock now and not with the first event.
        run("BEGIN IMMEDIATE; COMMIT;")?;
    }
    Ok(())
}
