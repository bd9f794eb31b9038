//! The settings of a sender.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::client::Client;
#[cfg(feature = "outbox")]
use crate::client::Clock;
use crate::delivery::intake::seal::Sealer;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::sender::handle::Sender;
use crate::delivery::sender::keep::Keep;
use crate::delivery::sender::on_undelivered::{OnUndelivered, UndeliveredCallback};
use crate::delivery::sender::parts::{Settings, assemble};
use crate::delivery::sender::stage::Stage;

impl Client {
    /// A sender for a service whose events come one by one; see [`Sender`].
    pub fn sender(&self) -> SenderBuilder {
        SenderBuilder {
            client: self.clone(),
            capacity: 10_000,
            linger: Duration::from_secs(1),
            concurrency: self.root.concurrency,
            on_undelivered: None,
            keep: None,
        }
    }
}

/// The settings of a [`Sender`]; made by [`Client::sender`].
#[must_use = "settings do nothing until `.build()`"]
pub struct SenderBuilder {
    client: Client,
    capacity: usize,
    linger: Duration,
    concurrency: usize,
    on_undelivered: Option<OnUndelivered>,
    keep: Option<Arc<dyn Keep>>,
}

impl SenderBuilder {
    /// Keeps the events in `keep` until they are on HubSpot.
    #[cfg(feature = "outbox")]
    pub(crate) fn kept(mut self, keep: Arc<dyn Keep>) -> Self {
        self.keep = Some(keep);
        self
    }

    /// How many events may be without an outcome, waiting or under way: 10,000 by default; 0 counts as 1. Beyond that
    /// [`send`](Sender::send) waits and [`try_send`](Sender::try_send) refuses.
    pub fn capacity(mut self, events: usize) -> Self {
        self.capacity = events.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// How long a batch that does not fill waits for more events, 1 s by default.
    pub fn linger(mut self, time: Duration) -> Self {
        self.linger = time;
        self
    }

    /// The client's clock.
    #[cfg(feature = "outbox")]
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.client.root.clock)
    }

    /// How many requests may be under way at once, instead of the client's number; 0 counts as 1.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Sets a function that is called with each outcome of an event that is not on HubSpot, for a log or for dead letters
    /// ([`Outcome::write_undelivered`]). It is also called for events that came after the shutdown or whose wait for room was
    /// given up, but not for events that [`try_send`](Sender::try_send) refused, which are in its error. It runs between
    /// requests, so it should be quick: let a task of its own write to a database. If it panics, it is still called with the
    /// outcomes behind that one. It is not called for events that it sends itself after the shutdown.
    pub fn on_undelivered(mut self, mut tell: impl FnMut(&Outcome) + Send + 'static) -> Self {
        self.on_undelivered = Some(Box::new(move |_, outcome| tell(outcome)));
        self
    }

    /// Builds the sender. It runs in a task of the tokio runtime that this is called in, until it is shut down, or until all
    /// its clones are gone and every event that they took has its outcome.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn build(self) -> Sender {
        let settings = Settings {
            capacity: self.capacity,
            linger: self.linger,
            concurrency: self.concurrency,
        };
        let on_undelivered = self.on_undelivered;
        let callback = Arc::new(UndeliveredCallback::new(on_undelivered));
        let client = self.client.clone();
        let (sealer, keep) = (Sealer::new(self.client), self.keep.clone());
        let (sender, worker) =
            assemble(
                sealer,
                settings,
                None,
                &callback,
                self.keep,
                |start| match keep {
                    Some(keep) => Stage::keep(start, client, keep),
                    None => Stage::send(start, client),
                },
            );
        tokio::spawn(worker);
        sender
    }
}

impl fmt::Debug for SenderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderBuilder").finish_non_exhaustive()
    }
}
