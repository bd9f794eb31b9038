//! The figures of an outbox, and the events that it shows.

use std::fmt;
use std::time::SystemTime;

use crate::event::{SealedEvent, SealedEventError};

/// The figures of an outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxStats {
    /// Events that are neither on HubSpot nor dead: the backlog, with those that a relay has now.
    pub waiting: usize,
    /// How many of the waiting events a relay has now.
    pub in_flight: usize,
    /// Events that were refused or put aside, and kept with their reason; see [`Outbox::dead`](super::Outbox::dead).
    pub dead: usize,
    /// When the first of the waiting events was taken; `None` if none waits. Its age says how far HubSpot is behind.
    pub oldest: Option<SystemTime>,
    /// When the next of the events that were given back is tried again; `None` if none was. Once the reason that keeps them
    /// back is fixed (credentials, a scope, a template), the backlog begins to go out at this time, within a minute at most.
    pub next_try: Option<SystemTime>,
}

/// An event that waits in an outbox. `Debug` shows its id alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiting {
    pub(super) id: String,
    pub(super) message: Vec<u8>,
    pub(super) taken_at: SystemTime,
}

impl Waiting {
    /// The event's id, which [`Outbox::put_aside`](super::Outbox::put_aside) takes.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When the outbox took it.
    #[must_use]
    pub fn taken_at(&self) -> SystemTime {
        self.taken_at
    }

    /// The event as it was taken.
    ///
    /// # Errors
    ///
    /// [`SealedEventError`] if a newer version of this crate has written it, or the file was changed by another program.
    pub fn event(&self) -> Result<SealedEvent, SealedEventError> {
        SealedEvent::from_json(&self.message)
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An event that is put aside in an outbox, with the reason: HubSpot or our own check has refused it, or the program has put
/// it aside. `Debug` shows the id and the reason alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Dead {
    pub(super) id: String,
    pub(super) message: Vec<u8>,
    pub(super) reason: String,
    pub(super) taken_at: SystemTime,
    pub(super) parked_at: SystemTime,
}

impl Dead {
    /// The event's id, which [`Outbox::revive`](super::Outbox::revive) and [`Outbox::discard`](super::Outbox::discard) take.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Why it was refused: the outcome's text. For an event that the program has put aside, the text says that.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// When the outbox took it.
    #[must_use]
    pub fn taken_at(&self) -> SystemTime {
        self.taken_at
    }

    /// When it was refused or put aside.
    #[must_use]
    pub fn parked_at(&self) -> SystemTime {
        self.parked_at
    }

    /// The event as it was taken.
    ///
    /// # Errors
    ///
    /// [`SealedEventError`] if a newer version of this crate has written the event, or another program has changed the file.
    pub fn event(&self) -> Result<SealedEvent, SealedEventError> {
        SealedEvent::from_json(&self.message)
    }
}

impl fmt::Debug for Dead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dead")
            .field("id", &self.id)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
