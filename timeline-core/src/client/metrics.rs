//! Counters and times for the user's monitoring.

use std::sync::Arc;
use std::time::Duration;

use super::callback::{CallerId, Calling};
use crate::guard::apart;

/// Takes what the client counts and measures, under the [names](crate::metrics) of this crate; given to
/// [`ClientBuilder::metrics`](crate::ClientBuilder::metrics).
///
/// It is called between requests, so it should be quick. It is never called while the client holds a lock, so it may use
/// the client, to make one for another account for instance. If it panics, delivery goes on, and it is called again the
/// next time. A blocking client refuses to be used inside of it.
///
/// A closure over a name and a number will do, for instance
/// `|name: &'static str, by: u64| metrics::counter!(name).increment(by)` with the crate `metrics`:
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::{Arc, Mutex};
///
/// let counters = Arc::new(Mutex::new(BTreeMap::new()));
/// let seen = Arc::clone(&counters);
/// let client = timeline_core::Client::builder()
///     .access_token("…")
///     .metrics(move |name: &'static str, by: u64| {
///         *seen.lock().unwrap().entry(name).or_insert(0) += by;
///     });
/// ```
pub trait Metrics: Send + Sync + 'static {
    /// A counter has grown.
    fn add(&self, counter: &'static str, by: u64);

    /// A duration was measured. By default this does nothing.
    fn record(&self, duration: &'static str, time: Duration) {
        let _ = (duration, time);
    }
}

impl<F: Fn(&'static str, u64) + Send + Sync + 'static> Metrics for F {
    fn add(&self, counter: &'static str, by: u64) {
        self(counter, by);
    }
}

/// The names of what is counted and measured.
///
/// When nothing is under way, `EVENTS_TAKEN` is the sum of the six counters of what became of them.
pub mod names {
    /// Events taken from a call's input, or given to a sender; also those that a sender got after its shutdown. An event that
    /// a sender on an outbox gets twice before it is sent is in the outbox once, and counts once.
    pub const EVENTS_TAKEN: &str = "timeline.events.taken";
    /// Events that HubSpot lists as created.
    pub const EVENTS_CREATED: &str = "timeline.events.created";
    /// Events that were there before.
    pub const EVENTS_ALREADY_EXISTING: &str = "timeline.events.already_existing";
    /// Events that HubSpot or our own check has refused.
    pub const EVENTS_REJECTED: &str = "timeline.events.rejected";
    /// Events that surely have not got there.
    pub const EVENTS_NOT_SENT: &str = "timeline.events.not_sent";
    /// Events that may or may not be on HubSpot.
    pub const EVENTS_UNKNOWN: &str = "timeline.events.unknown";
    /// Events whose call was dropped before they had an outcome.
    pub const EVENTS_DROPPED: &str = "timeline.events.dropped";
    /// Messages that a relay has received from its queue.
    pub const RELAY_RECEIVED: &str = "timeline.relay.received";
    /// Messages that a relay has acknowledged.
    pub const RELAY_DONE: &str = "timeline.relay.done";
    /// Messages that a relay has given back, to come again.
    pub const RELAY_GIVEN_BACK: &str = "timeline.relay.given_back";
    /// Messages that a relay has parked.
    pub const RELAY_PARKED: &str = "timeline.relay.parked";
    /// Calls of a relay's queue that have failed.
    pub const RELAY_QUEUE_ERRORS: &str = "timeline.relay.queue_errors";
    /// Requests about events, retries included.
    pub const REQUESTS: &str = "timeline.requests";
    /// Requests that repeated one that had failed.
    pub const RETRIES: &str = "timeline.retries";
    /// Requests whose answer was a 429 or a 477.
    pub const RATE_LIMITED: &str = "timeline.rate_limited";
    /// How often an outage has begun.
    pub const OUTAGES: &str = "timeline.outages";
    /// Accounts that were found to have moved from v3 to app events; see
    /// [`ClientBuilder::move_to_app_events`](crate::ClientBuilder::move_to_app_events).
    pub const MOVES_TO_APP_EVENTS: &str = "timeline.moves_to_app_events";
    /// Access tokens that the token endpoint gave for a refresh token. Those for a code of an installation are not counted.
    pub const TOKEN_REFRESHES: &str = "timeline.token_refreshes";
    /// Refresh tokens that HubSpot handed out and that could not be stored; see
    /// [`OAuth::on_refresh`](crate::OAuth::on_refresh).
    pub const TOKEN_STORE_FAILURES: &str = "timeline.token_store_failures";
    /// How long a request took, from the first byte out to the last byte in.
    pub const REQUEST_TIME: &str = "timeline.request.time";
}

/// What the user counts with, if at all.
#[derive(Clone, Default)]
pub(crate) struct Watcher(pub(super) Option<Arc<dyn Metrics>>);

impl Watcher {
    pub(crate) fn add(&self, counter: &'static str, by: u64) {
        if by > 0 {
            self.call(|metrics| metrics.add(counter, by));
        }
    }

    pub(crate) fn record(&self, duration: &'static str, time: Duration) {
        self.call(|metrics| metrics.record(duration, time));
    }

    /// The only place where the user's counters are called. Their panics end here: they must neither end a task that
    /// others wait for, nor leave a `Drop`, which would abort the process.
    fn call(&self, count: impl FnOnce(&dyn Metrics)) {
        if let Some(metrics) = &self.0 {
            let _calling = Calling::begin(CallerId::of(metrics));
            let _ = apart(|| count(&**metrics));
        }
    }

    #[cfg(feature = "blocking")]
    pub(super) fn caller_id(&self) -> Option<CallerId> {
        self.0.as_ref().map(CallerId::of)
    }
}
