//! The error of a queue in Postgres.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::error::{Cause, printable};

/// What went wrong with a [`Pgmq`](super::Pgmq). Programs decide by its [`kind`](Self::kind); the driver's own error, where there is one,
/// is the [`source`](StdError::source). Neither shows the configuration, which has a password, or a message.
#[derive(Clone, PartialEq, Eq)]
pub struct PgmqError {
    kind: PgmqErrorKind,
    words: Box<str>,
    cause: Option<Cause>,
}

/// The kind of an error of a queue in Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PgmqErrorKind {
    /// The configuration cannot be read.
    InvalidConfig,
    /// The name cannot be a queue's name.
    InvalidName,
    /// The functions of pgmq are not in the database.
    NotInstalled,
    /// The server refused the user, the password, the database, or a right.
    Refused,
    /// There is no connection, or it was lost. The next call connects again.
    NotConnected,
    /// There is no secure connection: the certificate is not trusted, or the server has no TLS.
    NotSecure,
    /// The server did not answer in time. The next call connects again.
    TimedOut,
    /// The database has refused a statement for another reason.
    Database,
}

impl PgmqError {
    fn new(kind: PgmqErrorKind, words: impl Into<Box<str>>) -> Self {
        PgmqError {
            kind,
            words: words.into(),
            cause: None,
        }
    }

    fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(Cause::new(cause));
        self
    }

    /// As `with_cause`, for a cause that cannot quote data, so the message has it too.
    fn because(self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let cause = Cause::new(cause);
        PgmqError {
            words: format!("{} ({cause})", self.words).into(),
            cause: Some(cause),
            ..self
        }
    }

    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> PgmqErrorKind {
        self.kind
    }

    /// Without the driver's error, which may quote a part of the configuration.
    pub(super) fn invalid_config() -> Self {
        Self::new(
            PgmqErrorKind::InvalidConfig,
            "the configuration of Postgres cannot be read: expected `postgresql://user:password@host/database` or \
             `host=… user=… password=… dbname=…`; in a URL, special characters of the password are percent-encoded",
        )
    }

    pub(super) fn invalid_name(name: &str) -> Self {
        let words = format!(
            "`{}` cannot be a queue's name: expected 1 to 42 of `a` to `z`, `0` to `9` and `_`, so that there is room for `_dead`",
            printable(name)
        );
        Self::new(PgmqErrorKind::InvalidName, words)
    }

    pub(super) fn not_installed() -> Self {
        Self::new(
            PgmqErrorKind::NotInstalled,
            "the functions of pgmq are not in this database: run `CREATE EXTENSION pgmq` where the server has it, else pgmq's \
             own `pgmq.sql`",
        )
    }

    pub(super) fn no_provider() -> Self {
        Self::new(
            PgmqErrorKind::NotSecure,
            "there is nothing to make TLS with: turn on the feature `rustls`, or install a provider for rustls",
        )
    }

    pub(super) fn no_tls(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(PgmqErrorKind::NotSecure, "TLS cannot be set up").because(error)
    }

    pub(super) fn timed_out(limit: Duration) -> Self {
        let words = format!("Postgres has not answered in {limit:?}");
        Self::new(PgmqErrorKind::TimedOut, words)
    }

    /// The task that read has ended without an answer.
    pub(super) fn ended() -> Self {
        Self::new(PgmqErrorKind::NotConnected, "the runtime is shutting down")
    }

    /// The error that the driver gives.
    pub(super) fn driver(error: tokio_postgres::Error) -> Self {
        let code = error.code();
        let is_code = |codes: &[&SqlState]| code.is_some_and(|code| codes.contains(&code));
        if is_code(&[
            &SqlState::UNDEFINED_FUNCTION,
            &SqlState::INVALID_SCHEMA_NAME,
        ]) {
            return Self::not_installed().with_cause(error);
        }
        let is_refused = is_code(&[
            &SqlState::INVALID_PASSWORD,
            &SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            &SqlState::INVALID_CATALOG_NAME,
            &SqlState::INSUFFICIENT_PRIVILEGE,
        ]);
        let is_going = code.is_some_and(|code| code.code().starts_with("57P"))
            || is_code(&[&SqlState::TOO_MANY_CONNECTIONS]);
        let Some(said) = error.as_db_error() else {
            return Self::no_answer(error);
        };
        let (kind, words) = if is_refused {
            (PgmqErrorKind::Refused, "Postgres refuses this")
        } else if is_going {
            let lost = "the connection to Postgres is lost";
            (PgmqErrorKind::NotConnected, lost)
        } else {
            let refused = "Postgres has refused a statement";
            (PgmqErrorKind::Database, refused)
        };
        // Only the message and the code are shown: the error's details may quote data.
        let (code, message) = (said.code().code(), printable(said.message()));
        Self::new(kind, format!("{words}: {message} ({code})")).with_cause(error)
    }

    /// Only the text of the driver's error says that TLS has failed.
    fn no_answer(error: tokio_postgres::Error) -> Self {
        if error.to_string().contains("TLS") {
            let words = "no secure connection to Postgres: is its certificate trusted (`root_certificate(…)`), and has it TLS? \
                         `sslmode=disable` is for networks that are trusted";
            return Self::new(PgmqErrorKind::NotSecure, words).because(error);
        }
        Self::new(PgmqErrorKind::NotConnected, "no connection to Postgres").because(error)
    }
}

crate::error::debug_as_text!(PgmqError);

impl fmt::Display for PgmqError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl StdError for PgmqError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| cause.error() as _)
    }
}
