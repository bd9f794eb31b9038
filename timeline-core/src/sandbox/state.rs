//! The state of a sandbox.

use std::time::Duration;

use super::accounts::Accounts;
use super::answer::{self, Reply};
use super::app_types::AppEvents;
use super::console::log::Log;
use super::dates;
use super::fault_queue::Faults;
use super::limiter::Limits;
use super::refusal::Refusal;
use super::rules::Rules;
use super::store::{self, Events};
use super::templates::HeldTemplates;
use crate::client::Clock;

/// One moment on the sandbox's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) microseconds: i64,
    pub(super) elapsed: Duration,
}

impl Now {
    pub(super) fn on(clock: &dyn Clock) -> Self {
        Now {
            microseconds: dates::microseconds(clock.now()),
            elapsed: clock.elapsed(),
        }
    }

    pub(super) fn milliseconds(self) -> i64 {
        self.microseconds.div_euclid(1000)
    }
}

/// A request that the sandbox has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenRequest {
    /// When it arrived, on the sandbox's clock.
    pub at: Duration,
    /// Its method.
    pub method: String,
    /// Its path as it was sent, without the query.
    pub path: String,
    /// Bytes in its body.
    pub bytes: usize,
    /// The account of its access token, also of an expired one; at the token endpoint, of its refresh token.
    pub portal_id: Option<u64>,
    /// The status of the answer; `None` if a fault suppressed the answer.
    pub status: Option<u16>,
}

#[derive(Debug)]
pub(super) struct SandboxState {
    pub(super) rules: Rules,
    pub(super) events: Events,
    pub(super) templates: HeldTemplates,
    pub(super) app_events: AppEvents,
    pub(super) accounts: Accounts,
    pub(super) faults: Faults,
    pub(super) limits: Option<Limits>,
    pub(super) seen: Vec<SeenRequest>,
    /// What the page shows of the requests.
    pub(super) log: Log,
    pub(super) correlations: u64,
}

impl SandboxState {
    pub(super) fn correlation_id(&mut self) -> String {
        self.correlations += 1;
        store::uuid(b'c', self.correlations)
    }

    pub(super) fn refused(&mut self, refusals: &[Refusal]) -> Reply {
        let correlation_id = self.correlation_id();
        answer::error_body(refusals, self.rules.error_id, &correlation_id)
    }
}
