//! What a relay reports in the end, and while it runs.

use std::error::Error;
use std::fmt;

use serde::Serialize;

/// What a relay has done with the messages that it received. They add up: received = done + given back + parked + unsettled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RelayReport {
    pub(super) received: u64,
    pub(super) done: u64,
    pub(super) given_back: u64,
    pub(super) parked: u64,
    pub(super) unsettled: u64,
    pub(super) queue_errors: u64,
}

/// The sums so far, and what is in memory now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayProgress {
    /// The sums so far.
    pub report: RelayReport,
    /// Messages that were received and are not settled yet.
    pub in_memory: usize,
}

impl RelayReport {
    /// How many messages were received. A message that came again counts again.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many were acknowledged, since their events are on HubSpot.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// How many were given back, to come again.
    #[must_use]
    pub fn given_back(&self) -> u64 {
        self.given_back
    }

    /// How many were parked.
    #[must_use]
    pub fn parked(&self) -> u64 {
        self.parked
    }

    /// How many could not be settled, because the queue failed or the relay ended before: they come again by themselves,
    /// whatever became of their events.
    #[must_use]
    pub fn unsettled(&self) -> u64 {
        self.unsettled
    }

    /// How many calls of the queue have failed.
    #[must_use]
    pub fn queue_errors(&self) -> u64 {
        self.queue_errors
    }
}

impl fmt::Display for RelayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RelayReport {
            received,
            done,
            given_back,
            parked,
            unsettled,
            queue_errors,
        } = self;
        write!(
            f,
            "{received} received: {done} done, {given_back} given back, {parked} parked, {unsettled} unsettled \
             ({queue_errors} queue errors)"
        )
    }
}

/// The queue has failed for longer than the relay's patience. The [`source`](Error::source) is its last error.
#[derive(Clone)]
pub struct RelayError<E> {
    pub(super) report: RelayReport,
    pub(super) error: E,
}

impl<E> RelayError<E> {
    /// What the relay had done before.
    #[must_use]
    pub fn report(&self) -> &RelayReport {
        &self.report
    }

    /// The queue's last error.
    pub fn into_queue_error(self) -> E {
        self.error
    }
}

impl<E: fmt::Display> fmt::Display for RelayError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the queue has failed for longer than the relay's patience: {} ({})",
            self.error, self.report
        )
    }
}

impl<E: fmt::Display> fmt::Debug for RelayError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelayError({:?})", self.to_string())
    }
}

impl<E: Error + 'static> Error for RelayError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
