//! What the service keeps in SQLite: the accounts' refresh tokens, and the events that are not on HubSpot.
//!
//! A refresh token opens its account: guard the file as you guard passwords.

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction};
use timeline_core::{BatchReport, CredentialsErrorKind, NotSentReason, Outcome, RejectionReason};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A handle; clones share the connection.
#[derive(Clone)]
pub(crate) struct Store(Arc<Mutex<Connection>>);

/// What opens an account.
pub(crate) struct Installed {
    pub(crate) refresh_token: String,
    /// How often the account has installed the app. What HubSpot says of an earlier installation is not about this one.
    pub(crate) installation: i64,
}

/// An event that is not on HubSpot.
pub(crate) struct Undelivered {
    pub(crate) portal_id: u64,
    /// The installation whose credentials the event was to be sent with.
    pub(crate) installation: i64,
    pub(crate) outcome: Outcome,
}

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL; -- a token that was stored is there after a power cut
    CREATE TABLE IF NOT EXISTS accounts (
        portal_id INTEGER PRIMARY KEY,
        refresh_token TEXT NOT NULL,
        installation INTEGER NOT NULL DEFAULT 1,
        revoked_at TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS kept (
        number INTEGER PRIMARY KEY,
        portal_id INTEGER NOT NULL,
        refused INTEGER NOT NULL, -- by HubSpot: it is not sent again before it is mended by hand
        letter TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS kept_of_account ON kept (portal_id, refused, number);";

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Store(Arc::new(Mutex::new(connection))))
    }

    /// SQLite waits for the disk, so it runs on a thread where that holds up nothing else.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let work = move || work(&mut store.0.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await?
    }

    /// An account has installed the app, for the first time or again.
    pub(crate) async fn install(&self, portal_id: u64, refresh_token: String) -> Result<()> {
        self.run(move |connection| {
            connection.execute(
                "INSERT INTO accounts (portal_id, refresh_token) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE
                 SET refresh_token = ?2, installation = installation + 1, revoked_at = NULL",
                (portal_id.cast_signed(), refresh_token),
            )?;
            Ok(())
        })
        .await
    }

    /// What opens the account; `None` if it has not installed the app, or has withdrawn its consent.
    pub(crate) async fn installed(&self, portal_id: u64) -> Result<Option<Installed>> {
        self.run(move |connection| {
            let sql = "SELECT refresh_token, installation FROM accounts
                       WHERE portal_id = ?1 AND revoked_at IS NULL";
            let found = connection.query_row(sql, [portal_id.cast_signed()], |row| {
                Ok(Installed {
                    refresh_token: row.get(0)?,
                    installation: row.get(1)?,
                })
            });
            Ok(found.optional()?)
        })
        .await
    }

    /// HubSpot has given another refresh token, and takes no other from now on.
    pub(crate) async fn replace_token(
        &self,
        portal_id: u64,
        installation: i64,
        refresh_token: String,
    ) -> Result<()> {
        self.run(move |connection| {
            let sql = "UPDATE accounts SET refresh_token = ?3
                       WHERE portal_id = ?1 AND installation = ?2";
            let values = (portal_id.cast_signed(), installation, refresh_token);
            match connection.execute(sql, values)? {
                // The client reports that the token is not stored: it may be the only one that HubSpot takes.
                0 => Err("the account has installed the app again meanwhile".into()),
                _ => Ok(()),
            }
        })
        .await
    }

    /// Keeps events that are not on HubSpot, and marks the accounts that have left.
    pub(crate) async fn keep(&self, undelivered: Vec<Undelivered>) -> Result<()> {
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            for one in &undelivered {
                keep_one(&transaction, one.portal_id, one.installation, &one.outcome)?;
            }
            Ok(transaction.commit()?)
        })
        .await
    }

    /// The accounts that have events which can be sent again.
    pub(crate) async fn accounts_with_kept(&self) -> Result<Vec<u64>> {
        self.run(|connection| {
            let sql = "SELECT DISTINCT portal_id FROM kept JOIN accounts USING (portal_id)
                       WHERE refused = 0 AND revoked_at IS NULL";
            let mut statement = connection.prepare(sql)?;
            let ids = statement.query_map([], |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The account's events that can be sent again, as `Client::replay` reads them, and the number of the last one.
    pub(crate) async fn kept(&self, portal_id: u64) -> Result<(String, i64)> {
        self.run(move |connection| {
            let sql = "SELECT letter, number FROM kept WHERE portal_id = ?1 AND refused = 0
                       ORDER BY number";
            let mut statement = connection.prepare(sql)?;
            let mut rows = statement.query([portal_id.cast_signed()])?;
            let (mut letters, mut last) = (String::new(), 0);
            while let Some(row) = rows.next()? {
                letters += row.get_ref(0)?.as_str()?;
                last = row.get(1)?;
            }
            Ok((letters, last))
        })
        .await
    }

    /// Forgets the events up to this one, which were sent again, and keeps those that are still not on HubSpot.
    pub(crate) async fn settle(
        &self,
        portal_id: u64,
        installation: i64,
        last: i64,
        report: BatchReport,
    ) -> Result<()> {
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            let sql = "DELETE FROM kept WHERE portal_id = ?1 AND refused = 0 AND number <= ?2";
            transaction.execute(sql, (portal_id.cast_signed(), last))?;
            for (_, outcome) in report.undelivered() {
                keep_one(&transaction, portal_id, installation, outcome)?;
            }
            Ok(transaction.commit()?)
        })
        .await
    }
}

fn keep_one(
    transaction: &Transaction<'_>,
    portal_id: u64,
    installation: i64,
    outcome: &Outcome,
) -> Result<()> {
    let mut letter = Vec::new();
    outcome.write_undelivered(&mut letter)?;
    let letter = String::from_utf8(letter)?;
    let sql = "INSERT INTO kept (portal_id, refused, letter) VALUES (?1, ?2, ?3)";
    let values = (portal_id.cast_signed(), is_refused(outcome), letter);
    transaction.execute(sql, values)?;
    if has_left(outcome) {
        let sql = "UPDATE accounts SET revoked_at = datetime('now')
                   WHERE portal_id = ?1 AND installation = ?2 AND revoked_at IS NULL";
        transaction.execute(sql, (portal_id.cast_signed(), installation))?;
    }
    Ok(())
}

/// Whether HubSpot says that the account has withdrawn its consent. A wrong client secret, for example, is the app's
/// own mistake, for which no account may be marked.
fn has_left(outcome: &Outcome) -> bool {
    use CredentialsErrorKind::{AppUninstalled, BadRefreshToken};
    match outcome {
        Outcome::NotSent {
            reason: NotSentReason::RefreshRefused(error),
            ..
        } => matches!(error.kind(), BadRefreshToken | AppUninstalled),
        _ => false,
    }
}

/// Whether HubSpot has refused the event itself. The events of an account without credentials are `Rejected`, too, but not
/// by HubSpot.
fn is_refused(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Rejected(rejection) => !matches!(rejection.reason(), RejectionReason::Invalid(_)),
        _ => false,
    }
}
