//! The settings of a queue in Postgres.

use std::fmt;
use std::time::Duration;

/// The settings of a [`Pgmq`](super::Pgmq); made by [`Pgmq::builder`](super::Pgmq::builder).
#[must_use = "settings do nothing until `.connect(…)`"]
pub struct PgmqBuilder {
    pub(super) lease: Duration,
    pub(super) root_certificate: Option<Vec<u8>>,
    pub(super) timeout: Duration,
}

impl PgmqBuilder {
    pub(super) fn new() -> Self {
        PgmqBuilder {
            lease: Duration::from_secs(30),
            root_certificate: None,
            timeout: Duration::from_secs(30),
        }
    }

    /// How long a message that a relay has read is hidden from the others, 30 s by default (whole seconds, from 10 s to 12 hours): the
    /// relay prolongs it at least every five seconds. When a host dies, its messages come again after this time.
    pub fn lease(mut self, lease: Duration) -> Self {
        let seconds = lease.as_secs() + u64::from(lease.subsec_nanos() > 0);
        self.lease = Duration::from_secs(seconds.clamp(10, 43_200));
        self
    }

    /// Trusts these roots (PEM) instead of the platform's: a managed Postgres often has a root of its own.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificate = Some(pem.into());
        self
    }

    /// How long connecting, or one statement, may take, 30 s by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl fmt::Debug for PgmqBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgmqBuilder")
            .field("lease", &self.lease)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
