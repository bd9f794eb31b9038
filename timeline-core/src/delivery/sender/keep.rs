//! What keeps a sender's events on disk beneath it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::client::Client;
use crate::delivery::outcome::event::Outcome;
use crate::error::Cause;
use crate::event::SealedEvent;

/// A place that keeps events until HubSpot has them, and sends them.
pub(crate) trait Keep: Send + Sync {
    /// Keeps an event, and is ready when that is safe.
    fn keep<'k>(&'k self, event: &'k SealedEvent) -> Kept<'k>;

    /// The same, while the thread waits.
    fn keep_at_once(&self, event: &SealedEvent) -> Result<Follow, NotKept>;

    /// Sends what is kept, by this process or an earlier one, until it is told to stop.
    fn send(
        &self,
        client: Client,
        options: SendOptions,
        stop: watch::Receiver<bool>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Nothing is waited for after this time of the client's clock: once all events would be tried again later than that,
    /// sending is given up.
    fn ends_at(&self, end: Duration);

    /// Sending is given up: nothing more is told of events but that they are kept.
    fn give_up(&self);
}

pub(crate) type Kept<'k> = Pin<Box<dyn Future<Output = Result<Follow, NotKept>> + Send + 'k>>;

/// How batches are made of what is kept.
#[derive(Clone, Copy)]
pub(crate) struct SendOptions {
    pub(crate) linger: Duration,
    pub(crate) concurrency: usize,
}

/// What becomes of a kept event, once it is known. Without an answer, nothing more is known.
pub(crate) type Follow = oneshot::Receiver<Fate>;

#[cfg_attr(
    not(feature = "outbox"),
    expect(dead_code, reason = "made by the outbox alone")
)]
#[derive(Clone)]
pub(crate) enum Fate {
    /// It is kept no more.
    Ended(Outcome),
    /// It is kept for later.
    Kept {
        /// It may be on HubSpot.
        uncertain: bool,
    },
}

/// Why an event is not kept.
#[cfg_attr(
    not(feature = "outbox"),
    expect(dead_code, reason = "made by the outbox alone")
)]
pub(crate) enum NotKept {
    /// It is at fault; the words say of what.
    Refused(String),
    /// The place is.
    Failed(Cause),
}
