//! The trait of an outbox beneath a sender, which keeps the sender's events on disk.

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
    /// Keeps an event, and is ready when the event is safe.
    fn keep<'k>(&'k self, event: &'k SealedEvent) -> Kept<'k>;

    /// The same, while the thread waits.
    fn keep_at_once(&self, event: &SealedEvent) -> Result<Follow, NotKept>;

    /// Sends the events that this process or an earlier one has kept, until `stop` tells it to stop.
    fn send(
        &self,
        client: Client,
        options: SendOptions,
        stop: watch::Receiver<bool>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Sets a time of the client's clock after which nothing is waited for: once all events would be tried again later than
    /// that, sending is given up.
    fn ends_at(&self, end: Duration);

    /// Gives up sending: of each event, `Follow` then tells only that it is kept.
    fn give_up(&self);
}

pub(crate) type Kept<'k> = Pin<Box<dyn Future<Output = Result<Follow, NotKept>> + Send + 'k>>;

/// How batches are made of kept events.
#[derive(Clone, Copy)]
pub(crate) struct SendOptions {
    pub(crate) linger: Duration,
    pub(crate) concurrency: usize,
}

/// Receives what becomes of a kept event. An error says that nothing more will be known.
pub(crate) type Follow = oneshot::Receiver<KeptFate>;

#[cfg_attr(
    not(feature = "outbox"),
    expect(dead_code, reason = "made by the outbox alone")
)]
#[derive(Clone)]
pub(crate) enum KeptFate {
    /// It has its outcome, and is not kept any more.
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
    /// The event is at fault; the text says why.
    Refused(String),
    /// The place that keeps events has failed.
    Failed(Cause),
}
