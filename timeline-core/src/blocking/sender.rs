//! A sender whose calls block.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::client::Client;
use crate::client::INSIDE_CALLBACK;
use crate::delivery::{self, Full, Outcome, SenderReport};
use crate::event::TimelineEvent;

/// A [`Sender`](crate::Sender) whose calls block. It delivers in the background between the calls.
#[derive(Clone)]
pub struct Sender {
    sender: delivery::Sender,
    client: Client,
}

impl Client {
    /// As [`Client::sender`](crate::Client::sender); `set` changes the default settings.
    pub fn sender(
        &self,
        set: impl FnOnce(delivery::SenderBuilder) -> delivery::SenderBuilder,
    ) -> Sender {
        let _inside = self.background.handle.enter();
        let sender = set(self.client.sender()).build();
        let (client, background) = (self.clone(), &self.background);
        // The events that the sender has taken are delivered even after the sender and the client are dropped.
        let (ended, until_then) = (sender.ended(), Arc::clone(background));
        self.background.handle.spawn(async move {
            ended.await;
            drop(until_then);
        });
        Sender { sender, client }
    }
}

impl Sender {
    /// As [`Sender::send`](crate::Sender::send).
    pub fn send<E: TimelineEvent + Send>(&self, event: E) -> Pending {
        let pending = if self.client.is_calling() {
            let refused = |_full| self.client.client.refuse(&event);
            self.sender.try_send(&event).map_err(refused)
        } else {
            Ok(self.client.background.wait(self.sender.send(event)))
        };
        self.pending(pending)
    }

    /// As [`Sender::try_send`](crate::Sender::try_send).
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room; it has the event.
    pub fn try_send<E: TimelineEvent>(&self, event: E) -> Result<Pending, Full> {
        let pending = self.sender.try_send(event)?;
        Ok(self.pending(Ok(pending)))
    }

    /// As [`Sender::try_again`](crate::Sender::try_again).
    ///
    /// # Errors
    ///
    /// [`Full`] if there is still no room.
    pub fn try_again(&self, full: Full) -> Result<Pending, Full> {
        let pending = self.sender.try_again(full)?;
        Ok(self.pending(Ok(pending)))
    }

    /// As [`Sender::send_again`](crate::Sender::send_again).
    pub fn send_again(&self, full: Full) -> Pending {
        let pending = if self.client.is_calling() {
            self.sender.try_again(full).map_err(Full::into_outcome)
        } else {
            Ok(self.client.background.wait(self.sender.send_again(full)))
        };
        self.pending(pending)
    }

    /// As [`Sender::flush`](crate::Sender::flush).
    ///
    /// # Panics
    ///
    /// Inside one of the client's callbacks, where it would wait for itself.
    pub fn flush(&self) {
        self.refuse_inside_callbacks();
        self.client.background.wait(self.sender.flush());
    }

    /// As [`Sender::shutdown`](crate::Sender::shutdown).
    ///
    /// # Panics
    ///
    /// Inside one of the client's callbacks, where it would wait for itself.
    pub fn shutdown(&self, limit: Duration) -> SenderReport {
        self.refuse_inside_callbacks();
        self.client.background.wait(self.sender.shutdown(limit))
    }

    /// Panics inside a callback, for methods that return no error.
    fn refuse_inside_callbacks(&self) {
        assert!(!self.client.is_calling(), "{INSIDE_CALLBACK}");
    }

    fn pending(&self, pending: Result<delivery::Pending, Outcome>) -> Pending {
        Pending {
            pending,
            client: self.client.clone(),
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sender.fmt(f)
    }
}

/// The outcome of an event that a [`Sender`] has taken, once it is known. Dropping it does not affect the event.
#[must_use = "the outcome is returned only by `wait`; use `drop` if it is not needed"]
pub struct Pending {
    /// The error is the outcome of an event that was not taken.
    pending: Result<delivery::Pending, Outcome>,
    client: Client,
}

impl Pending {
    /// The outcome, once it is known.
    #[must_use]
    pub fn wait(self) -> Outcome {
        match self.pending {
            Err(outcome) => outcome,
            Ok(pending) if self.client.is_calling() => pending.at_once(),
            Ok(pending) => self.client.background.wait(pending),
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}
