//! Faults that a test injects.

use std::collections::HashSet;
use std::time::Duration;

use super::input::Incoming;
use super::refusal::Refusal;

/// Which requests a fault is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Route {
    /// Creating events, in a batch or one by one. The default.
    Events,
    /// Reading an event back.
    Read,
    /// Templates and their tokens.
    Templates,
    /// The OAuth token endpoint.
    Token,
    /// All requests, also those with an unknown path.
    Any,
}

/// A fault that happens to the next request, or to several.
///
/// Faults form a queue: the first one injected happens to the first request of its [`Route`], and the next one follows
/// when the first is used up. So `Fault::status(503).after(2)` and then `Fault::cut_after()` mean "two requests
/// succeed, one gets a 503, and one loses its answer". A fault for one event ([`with_event`](Self::with_event),
/// [`refuse_event`](Self::refuse_event)) or for large batches ([`with_more_than`](Self::with_more_than)) is not in the
/// queue: it happens to the requests that carry the event, or that are large enough.
///
/// A request over the sandbox's rate limit is answered with 429 and uses up no fault.
///
/// ```
/// use std::time::Duration;
/// use timeline_core::sandbox::{Fault, Route, Sandbox};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let sandbox = Sandbox::start().await?;
/// sandbox.inject(Fault::status(503).times(3));
/// sandbox.inject(Fault::status(429).header("Retry-After", "2").body(r#"{"errorType":"RATE_LIMIT"}"#));
/// sandbox.inject(Fault::cut_after().after(1));
/// sandbox.inject(Fault::slow(Duration::from_secs(40)).on(Route::Token));
/// sandbox.inject(Fault::status(500).with_event("order-17").forever());
/// assert_eq!(sandbox.faults(), 5);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until it is injected"]
pub struct Fault {
    pub(super) route: Route,
    pub(super) skip: u64,
    /// `None` if it happens without an end.
    pub(super) times: Option<u64>,
    /// How long it lasts after it was injected.
    pub(super) lasts: Option<Duration>,
    pub(super) ends: Option<Duration>,
    pub(super) event: Option<String>,
    pub(super) more_than: Option<usize>,
    pub(super) portal_id: Option<u64>,
    /// The `status` of a batch answer.
    pub(super) batch_status: Option<String>,
    pub(super) stored: bool,
    pub(super) delay: Duration,
    pub(super) headers: Vec<(String, String)>,
    pub(super) change: Change,
    pub(super) ending: Ending,
}

/// What the fault changes in a batch and its results.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    None,
    Empty,
    Without(usize),
    Strangers(usize),
    Refuse {
        status: u16,
        category: String,
        /// Filled in from the fault's event when it happens.
        ids: HashSet<String>,
    },
}

impl Change {
    /// The refusal of this event, if the fault refuses it.
    pub(super) fn refusal(&self, event: &Incoming) -> Option<Refusal> {
        match self {
            Change::Refuse {
                status,
                category,
                ids,
            } if event.id.as_ref().is_some_and(|id| ids.contains(id)) => {
                let message = "The sandbox was told to refuse this event";
                Some(Refusal::new(*status, category, "REFUSED", message))
            }
            _ => None,
        }
    }
}

/// What reaches the client.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    Answer,
    Instead {
        status: u16,
        body: Option<Vec<u8>>,
    },
    /// A 403 that names these scopes.
    MissingScopes(Vec<String>),
    Cut,
    Stall,
    Truncate,
    StallInBody,
    Pad(usize),
}

impl Fault {
    fn new(stored: bool, ending: Ending) -> Self {
        Fault {
            route: Route::Events,
            skip: 0,
            times: Some(1),
            lasts: None,
            ends: None,
            event: None,
            more_than: None,
            portal_id: None,
            batch_status: None,
            stored,
            delay: Duration::ZERO,
            headers: Vec::new(),
            change: Change::None,
            ending,
        }
    }

    fn changed(change: Change) -> Self {
        Fault {
            change,
            ..Self::new(true, Ending::Answer)
        }
    }

    /// An answer with this status and nothing stored; the body is like HubSpot's for the status, unless
    /// [`body`](Self::body) sets another. A status below 200 or above 999 cannot be sent; the sandbox then answers with
    /// a 500 that says so.
    pub fn status(status: u16) -> Self {
        Self::new(false, Ending::Instead { status, body: None })
    }

    /// 403 `MISSING_SCOPES`, and nothing stored: the token lacks these scopes, which stand in
    /// `errors[].context.requiredGranularScopes`. [`status(403)`](Self::status) is the same with the scope `timeline`;
    /// for tokens that lack a scope from the start there is
    /// [`SandboxBuilder::scopes`](super::SandboxBuilder::scopes).
    pub fn missing_scopes<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        Self::new(false, Ending::MissingScopes(scopes))
    }

    /// The right answer, delayed by this time on the sandbox's clock. The events are stored before the delay.
    pub fn slow(delay: Duration) -> Self {
        Self::new(true, Ending::Answer).delay(delay)
    }

    /// The connection is closed without an answer and nothing is stored.
    pub fn cut_before() -> Self {
        Self::new(false, Ending::Cut)
    }

    /// The events are stored, then the connection is closed without an answer.
    pub fn cut_after() -> Self {
        Self::new(true, Ending::Cut)
    }

    /// Nothing is stored and no answer ever comes.
    pub fn stall_before() -> Self {
        Self::new(false, Ending::Stall)
    }

    /// The events are stored and no answer ever comes.
    pub fn stall_after() -> Self {
        Self::new(true, Ending::Stall)
    }

    /// The events are stored; half of the answer's body arrives, then the connection is closed.
    pub fn truncated() -> Self {
        Self::new(true, Ending::Truncate)
    }

    /// The events are stored; half of the answer's body arrives, and the rest never arrives.
    pub fn stall_in_body() -> Self {
        Self::new(true, Ending::StallInBody)
    }

    /// The events are stored; the answer is right, and spaces make its body longer by this many bytes.
    pub fn oversized(bytes: usize) -> Self {
        Self::new(true, Ending::Pad(bytes))
    }

    /// The events are stored; the answer says `COMPLETE` and lists none of them.
    pub fn empty_results() -> Self {
        Self::changed(Change::Empty)
    }

    /// The events are stored and listed; the answer's `status` is another word than `COMPLETE`: `PENDING`, `PROCESSING`,
    /// `CANCELED`, or one that HubSpot does not document. [`saying`](Self::saying) adds this to other faults.
    pub fn batch_status(status: impl Into<String>) -> Self {
        Self::new(true, Ending::Answer).saying(status)
    }

    /// The events are stored; the answer leaves out the first ones, this many.
    pub fn results_without(events: usize) -> Self {
        Self::changed(Change::Without(events))
    }

    /// The events are stored; the answer also lists this many events that no request has sent.
    pub fn strangers(events: usize) -> Self {
        Self::changed(Change::Strangers(events))
    }

    /// The event with this id is refused in every batch that carries it, like an event that breaks a rule; the other
    /// events are served as usual. The category is `VALIDATION_ERROR` and the status 400, unless
    /// [`category`](Self::category) sets others.
    pub fn refuse_event(id: impl Into<String>) -> Self {
        let refuse = Change::Refuse {
            status: 400,
            category: "VALIDATION_ERROR".to_owned(),
            ids: HashSet::new(),
        };
        Self::changed(refuse).with_event(id)
    }

    /// The status and category with which [`refuse_event`](Self::refuse_event) refuses. It has no effect on other faults.
    pub fn category(mut self, status: u16, category: impl Into<String>) -> Self {
        if let Change::Refuse { ids, .. } = self.change {
            let category = category.into();
            self.change = Change::Refuse {
                status,
                category,
                ids,
            };
        }
        self
    }

    /// The body of the answer, JSON unless a [`header`](Self::header) sets another type. On a fault without a status of its
    /// own it is the body of a 201.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        let status = match self.ending {
            Ending::Instead { status, .. } => status,
            _ => 201,
        };
        let body = Some(body.into());
        self.ending = Ending::Instead { status, body };
        self
    }

    /// One more header on the answer. It replaces the sandbox's own header of that name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Delays the answer by this time on the sandbox's clock: real time, unless the clock is a
    /// [`TestClock`](super::TestClock).
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The `status` of a batch answer, in addition to the fault's other effects.
    ///
    /// ```
    /// use timeline_core::sandbox::Fault;
    ///
    /// let not_yet = Fault::empty_results().saying("PENDING"); // stored, and not listed
    /// let given_up = Fault::empty_results().saying("CANCELED").not_stored();
    /// ```
    pub fn saying(mut self, status: impl Into<String>) -> Self {
        self.batch_status = Some(status.into());
        self
    }

    /// Carries the request out first, even if the answer says otherwise.
    pub fn stored(mut self) -> Self {
        self.stored = true;
        self
    }

    /// Stores no events, even if the answer lists them, as with [`slow`](Self::slow). On requests that create no events it
    /// has an effect only if the fault replaces the answer or loses it.
    pub fn not_stored(mut self) -> Self {
        self.stored = false;
        self
    }

    /// Happens to this many requests in a row; to one by default.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Happens until [`Sandbox::clear_faults`](super::Sandbox::clear_faults).
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// Happens to all requests for this long after it was injected, on the sandbox's clock: an outage.
    ///
    /// ```
    /// use std::time::Duration;
    /// use timeline_core::sandbox::Fault;
    ///
    /// let outage = Fault::status(503).lasting(Duration::from_secs(90));
    /// ```
    pub fn lasting(mut self, time: Duration) -> Self {
        self.times = None;
        self.lasts = Some(time);
        self
    }

    /// Lets this many requests pass first.
    pub fn after(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// Happens to requests of this kind; [`Route::Events`] by default.
    pub fn on(mut self, route: Route) -> Self {
        self.route = route;
        self
    }

    /// Happens only to requests of this account: an outage that does not affect other accounts. A request's account is that
    /// of its access token, at the token endpoint that of the refresh token. The fault keeps its place in the queue while
    /// requests of other accounts are served.
    pub fn in_portal(mut self, id: u64) -> Self {
        self.portal_id = Some(id);
        self
    }

    /// Happens only to requests that carry the event with this id.
    pub fn with_event(mut self, id: impl Into<String>) -> Self {
        self.event = Some(id.into());
        self
    }

    /// Happens only to requests that carry more events than this: with 1, to every batch of several events and to no single
    /// event.
    pub fn with_more_than(mut self, events: usize) -> Self {
        self.more_than = Some(events);
        self
    }

    /// Whether the fault is for a certain event or for large batches, and so not in the queue.
    pub(super) fn is_about_events(&self) -> bool {
        self.event.is_some() || self.more_than.is_some()
    }
}
