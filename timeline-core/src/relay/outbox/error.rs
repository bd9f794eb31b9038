//! The error of an outbox.

use std::error::Error as StdError;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::delivery::Difference;
use crate::error::{Cause, printable};

/// What went wrong with an [`Outbox`](super::Outbox). Programs decide by its [`kind`](Self::kind); SQLite's own error, where
/// there is one, is the [`source`](StdError::source). It shows events' ids and nothing else that they hold.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxError {
    kind: OutboxErrorKind,
    words: Box<str>,
    id: Option<Box<str>>,
    cause: Option<Cause>,
}

/// The kind of an outbox's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutboxErrorKind {
    /// The file cannot be opened or made: its folder does not exist, or the permission is missing.
    CannotOpen,
    /// Another process, or another `Outbox` of this one, has the file open.
    InUse,
    /// The file is another program's.
    NotAnOutbox,
    /// The file was written by a newer version of this crate.
    Newer,
    /// An event with the same id and other content is in the outbox; [`OutboxError::id`] has the id. Nothing was taken.
    OtherContent,
    /// The backlog is at its limit. Nothing was taken.
    BacklogFull,
    /// The disk is full. Nothing was taken.
    DiskFull,
    /// Reading or writing the file failed in another way. The events may have been taken or not: to enqueue them again does no
    /// harm.
    Io,
    /// The outbox was closed. Nothing was taken.
    Closed,
}

impl OutboxError {
    fn new(kind: OutboxErrorKind, words: impl Into<Box<str>>) -> Self {
        OutboxError {
            kind,
            words: words.into(),
            id: None,
            cause: None,
        }
    }

    fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(Cause::new(cause));
        self
    }

    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> OutboxErrorKind {
        self.kind
    }

    /// The id of the event that it is about, if it is about one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The text of the error, without the id and the cause.
    pub(super) fn words(&self) -> &str {
        &self.words
    }

    pub(super) fn closed() -> Self {
        Self::new(OutboxErrorKind::Closed, "the outbox was closed")
    }

    /// `differs_in`: what the event and the one in the outbox differ in.
    pub(super) fn other_content(id: &str, differs_in: Difference, is_dead: bool) -> Self {
        let place = match is_dead {
            true => "among the dead ones of the outbox",
            false => "in the outbox",
        };
        let words = match differs_in {
            Difference::Time => format!(
                "an event with this id and another `timestamp` is {place}: a `timestamp` is a part of the event, so give the \
                 time at which it happened, which stays the same, or leave `timestamp` out"
            ),
            Difference::Content => format!(
                "an event with this id and other content is {place}: one id is one event, so give the other one another id"
            ),
        };
        OutboxError {
            id: Some(id.into()),
            ..Self::new(OutboxErrorKind::OtherContent, words)
        }
    }

    pub(super) fn backlog_full(limit: usize) -> Self {
        Self::new(
            OutboxErrorKind::BacklogFull,
            format!("the outbox has as many events as its backlog allows ({limit})"),
        )
    }

    /// So many events at once never fit.
    pub(super) fn too_many(events: usize, limit: usize) -> Self {
        Self::new(
            OutboxErrorKind::BacklogFull,
            format!("{events} events at once are more than the outbox's backlog allows ({limit})"),
        )
    }

    pub(super) fn cannot_open(path: &Path, cause: std::io::Error) -> Self {
        let is_folder_missing = cause.kind() == ErrorKind::NotFound
            && path.parent().is_some_and(|folder| !folder.exists());
        let why = match is_folder_missing {
            true => ": its folder does not exist; make it first",
            false => "",
        };
        let words = format!("the outbox `{}` cannot be made{why}", shown(path));
        Self::new(OutboxErrorKind::CannotOpen, words).with_cause(cause)
    }

    pub(super) fn not_an_outbox(path: &Path) -> Self {
        let words = format!("`{}` is no outbox: give it a file of its own", shown(path));
        Self::new(OutboxErrorKind::NotAnOutbox, words)
    }

    pub(super) fn newer(path: &Path, version: i64, known: i64) -> Self {
        let words = format!(
            "the outbox `{}` is in version {version} of its format, and this program reads version {known}: update it",
            shown(path)
        );
        Self::new(OutboxErrorKind::Newer, words)
    }

    pub(super) fn no_wal(path: &Path) -> Self {
        let words = format!(
            "the outbox `{}` cannot be opened: its file system does not let SQLite keep a log beside it (a network's \
             usually does not); give it a local disk",
            shown(path)
        );
        Self::new(OutboxErrorKind::CannotOpen, words)
    }

    /// The error that SQLite gives when a file is opened.
    pub(super) fn opening(path: &Path, error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::new(
                OutboxErrorKind::InUse,
                format!(
                    "the outbox `{}` is open elsewhere: one process has it at a time, and inside it clones of one `Outbox` \
                     share it",
                    shown(path)
                ),
            ),
            Some(ErrorCode::NotADatabase) => Self::not_an_outbox(path),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => Self::new(
                OutboxErrorKind::CannotOpen,
                format!("the outbox `{}` cannot be opened", shown(path)),
            ),
            _ => {
                let of_sqlite = Self::of_sqlite(&error);
                Self::new(
                    of_sqlite.kind,
                    format!("the outbox `{}` cannot be opened: {}", shown(path), of_sqlite.words),
                )
            }
        }
        .with_cause(error)
    }

    /// The error that SQLite gives later.
    pub(super) fn sqlite(error: rusqlite::Error) -> Self {
        Self::of_sqlite(&error).with_cause(error)
    }

    fn of_sqlite(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::new(
                OutboxErrorKind::DiskFull,
                "the disk has no room for the outbox, which has not changed",
            ),
            _ => Self::new(
                OutboxErrorKind::Io,
                "the outbox's file could not be read or written; to enqueue an event again does no harm",
            ),
        }
    }

    /// The event could not be written as JSON.
    pub(super) fn unwritten(error: serde_json::Error) -> Self {
        Self::new(
            OutboxErrorKind::Io,
            "the event could not be written as JSON",
        )
        .with_cause(error)
    }

    /// The thread of the outbox could not be started.
    pub(super) fn no_thread(error: std::io::Error) -> Self {
        Self::new(
            OutboxErrorKind::CannotOpen,
            "no thread for the outbox could be started",
        )
        .with_cause(error)
    }
}

/// The path, as it can be shown.
fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

crate::error::debug_as_text!(OutboxError);

impl fmt::Display for OutboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        if let Some(id) = &self.id {
            write!(f, " (id {})", printable(id))?;
        }
        match &self.cause {
            // SQLite's whole message, and not only its number.
            Some(cause) => write!(f, " ({})", printable(&cause.error().to_string())),
            None => Ok(()),
        }
    }
}

impl StdError for OutboxError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| cause.error() as _)
    }
}
