//! Counters for whoever watches.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Takes what the client counts and measures, under the [names](crate::metrics) of this crate; given to
/// [`ClientBuilder::metrics`](crate::ClientBuilder::metrics).
///
/// It is called between requests, so it should be quick. A closure over a name and a number will do:
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

    /// Something took so long. Nothing by default.
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
    /// Events taken from a call's input, or given to a sender; also those that a sender got after its shutdown.
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
    /// Requests about events, retries included.
    pub const REQUESTS: &str = "timeline.requests";
    /// Requests that repeated one that had failed.
    pub const RETRIES: &str = "timeline.retries";
    /// Requests whose answer was a 429 or a 477.
    pub const RATE_LIMITED: &str = "timeline.rate_limited";
    /// How often an outage has begun.
    pub const OUTAGES: &str = "timeline.outages";
    /// Access tokens that the token endpoint gave.
    pub const TOKEN_REFRESHES: &str = "timeline.token_refreshes";
    /// How long a request took, from the first byte out to the last byte in.
    pub const REQUEST_TIME: &str = "timeline.request.time";
}

/// Whoever watches, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Watcher(pub(super) Option<Arc<dyn Metrics>>);

impl Watcher {
    pub(crate) fn add(&self, counter: &'static str, by: u64) {
        if let (Some(metrics), true) = (&self.0, by > 0) {
            metrics.add(counter, by);
        }
    }

    pub(crate) fn record(&self, duration: &'static str, time: Duration) {
        if let Some(metrics) = &self.0 {
            metrics.record(duration, time);
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watcher").field(&self.0.is_some()).finish()
    }
}
