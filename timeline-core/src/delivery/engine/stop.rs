//! Whether a call still sends. The caller can stop it, and so can a refusal of everything, such as a second 401.

use std::task::Context;
use std::time::Duration;

use tokio::sync::watch;

use crate::delivery::engine::options::Later;
use crate::delivery::outcome::reason::NotSentReason;

pub(super) struct Stop<'e> {
    stopped: Option<Stopped>,
    /// The caller wishes to stop once this is ready.
    stop_on: Option<Later<'e>>,
    /// How long a refusal stops the call; `None` for ever.
    recover: Option<Duration>,
    /// Tells the attempts that have not left that they must not leave.
    halt: watch::Sender<bool>,
}

/// Why nothing new leaves, and since when.
struct Stopped {
    reason: NotSentReason,
    since: Duration,
    /// By the caller, not by HubSpot.
    wished: bool,
}

impl<'e> Stop<'e> {
    pub(super) fn new(stop_on: Option<Later<'e>>, recover: Option<Duration>) -> Self {
        Stop {
            stopped: None,
            stop_on,
            recover,
            halt: watch::channel(false).0,
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    pub(super) fn is_wished(&self) -> bool {
        self.stopped.as_ref().is_some_and(|stopped| stopped.wished)
    }

    /// Whether the call goes on some time after a refusal.
    pub(super) fn recovers(&self) -> bool {
        self.recover.is_some()
    }

    /// The reason for events that end without having left.
    pub(super) fn reason(&self) -> NotSentReason {
        match &self.stopped {
            Some(stopped) => stopped.reason.clone(),
            None => NotSentReason::Stopped,
        }
    }

    /// Stops the call, unless it is stopped already: attempts that wait for their turn end, and those that have left are
    /// waited for.
    pub(super) fn stop(&mut self, reason: NotSentReason, wished: bool, now: Duration) {
        if self.stopped.is_none() {
            self.stopped = Some(Stopped {
                reason,
                since: now,
                wished,
            });
            self.halt.send_replace(true);
        }
    }

    /// Stops the call if the caller wishes it by now.
    pub(super) fn poll_wish(&mut self, context: &mut Context<'_>, now: Duration) {
        if self.stopped.is_none()
            && let Some(stop_on) = &mut self.stop_on
            && stop_on.as_mut().poll(context).is_ready()
        {
            self.stop_on = None;
            self.stop(NotSentReason::Stopped, true, now);
        }
    }

    /// When the call goes on after a refusal, if it does.
    pub(super) fn recovers_at(&self) -> Option<Duration> {
        let stopped = self.stopped.as_ref().filter(|stopped| !stopped.wished)?;
        Some(stopped.since.saturating_add(self.recover?))
    }

    /// Lets the call go on.
    pub(super) fn recover(&mut self) {
        self.stopped = None;
        self.halt = watch::channel(false).0;
    }

    /// Tells an attempt when it is not to leave any more.
    pub(super) fn halted(&self) -> watch::Receiver<bool> {
        self.halt.subscribe()
    }
}
