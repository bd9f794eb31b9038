//! The settings of an outbox.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::{Clock, SystemClock};

/// The settings of an [`Outbox`](super::Outbox); made by [`Outbox::builder`](super::Outbox::builder).
#[must_use = "settings do nothing until `.open(…)`"]
pub struct OutboxBuilder {
    pub(super) limit: usize,
    pub(super) waits: bool,
    pub(super) lock_patience: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl OutboxBuilder {
    pub(super) fn new() -> Self {
        OutboxBuilder {
            limit: 1_000_000,
            waits: false,
            lock_patience: Duration::from_secs(5),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// How many events may wait, 1,000,000 by default: beyond that an event is refused with
    /// [`BacklogFull`](super::OutboxErrorKind::BacklogFull), or waits, see [`wait_for_room`](Self::wait_for_room). None is dropped. Dead
    /// events do not count.
    pub fn backlog_limit(mut self, events: usize) -> Self {
        self.limit = events;
        self
    }

    /// Whether [`enqueue`](super::Outbox::enqueue) waits where the backlog is full, instead of refusing; `false` by default.
    /// Calls that wait are served in their order.
    pub fn wait_for_room(mut self, waits: bool) -> Self {
        self.waits = waits;
        self
    }

    /// How long [`open`](Self::open) waits for another process to give up the file, 5 s by default: a deploy starts the new
    /// process before the old one has ended.
    pub fn lock_patience(mut self, patience: Duration) -> Self {
        self.lock_patience = patience;
        self
    }

    /// The clock for delays and leases; the system's by default. In a test, use the sandbox's clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

impl fmt::Debug for OutboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxBuilder")
            .field("backlog_limit", &self.limit)
            .field("wait_for_room", &self.waits)
            .finish_non_exhaustive()
    }
}
