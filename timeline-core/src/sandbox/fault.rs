//! Bad weather, on request.

use std::collections::HashSet;
use std::time::Duration;

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
    /// Whatever comes, also paths that do not exist.
    Any,
}

/// Something that goes wrong with the next request, or with several.
///
/// Faults queue: the first one injected has the first request of its [`Route`], and the next one is looked at when it
/// is used up. So `Fault::status(503).after(2)` and then `Fault::cut_after()` is the script "two go well, a 503, and
/// one whose answer is lost". A fault that is about one event ([`with_event`](Self::with_event),
/// [`refuse_event`](Self::refuse_event)) stands beside the queue and takes the requests that carry the event.
///
/// A request over the sandbox's rate limit is answered with 429 and uses no fault up.
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
    /// `None`: until told otherwise.
    pub(super) times: Option<u64>,
    /// Until so long after it was injected.
    lasts: Option<Duration>,
    ends: Option<Duration>,
    pub(super) event: Option<String>,
    more_than: Option<usize>,
    pub(super) stored: bool,
    pub(super) delay: Duration,
    pub(super) headers: Vec<(String, String)>,
    pub(super) change: Change,
    pub(super) ending: Ending,
}

/// What the fault makes of a batch and its results.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    None,
    Empty,
    Without(usize),
    Strangers(usize),
    Refuse {
        status: u16,
        category: String,
        /// Filled in from the fault's event when it strikes.
        ids: HashSet<String>,
    },
}

/// What reaches the client.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    Answer,
    Instead { status: u16, body: Option<Vec<u8>> },
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

    /// An answer with this status and nothing stored; a body like HubSpot's for the status, until
    /// [`body`](Self::body) sets another. Below 200 or above 999 is not an answer; the sandbox says so with a 500.
    pub fn status(status: u16) -> Self {
        Self::new(false, Ending::Instead { status, body: None })
    }

    /// The right answer, this much later on the sandbox's clock. Events are stored at once.
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

    /// The events are stored; half of the answer's body arrives and the rest never does.
    pub fn stall_in_body() -> Self {
        Self::new(true, Ending::StallInBody)
    }

    /// The events are stored; the answer is right but for spaces that make its body longer by this many bytes.
    pub fn oversized(bytes: usize) -> Self {
        Self::new(true, Ending::Pad(bytes))
    }

    /// The events are stored; the answer says `COMPLETE` and lists none of them.
    pub fn empty_results() -> Self {
        Self::changed(Change::Empty)
    }

    /// The events are stored; the answer leaves out the first so many of them.
    pub fn results_without(events: usize) -> Self {
        Self::changed(Change::Without(events))
    }

    /// The events are stored; the answer lists so many more that nobody sent.
    pub fn strangers(events: usize) -> Self {
        Self::changed(Change::Strangers(events))
    }

    /// The event with this id is refused in whatever batch it comes, as one that breaks a rule would be; the others
    /// fare as ever. The category is `VALIDATION_ERROR` and the status 400, until [`category`](Self::category) says
    /// otherwise.
    pub fn refuse_event(id: impl Into<String>) -> Self {
        let refuse = Change::Refuse {
            status: 400,
            category: "VALIDATION_ERROR".to_owned(),
            ids: HashSet::new(),
        };
        Self::changed(refuse).with_event(id)
    }

    /// The status and category under which [`refuse_event`](Self::refuse_event) refuses; nothing on other faults.
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

    /// The body of the answer, JSON unless a [`header`](Self::header) says otherwise; on a fault without a status of its own it becomes the body of a 201.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        let status = match self.ending {
            Ending::Instead { status, .. } => status,
            _ => 201,
        };
        let body = Some(body.into());
        self.ending = Ending::Instead { status, body };
        self
    }

    /// One more header on the answer, in place of the sandbox's own of that name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The answer comes this much later on the sandbox's clock: a real wait, unless it is a
    /// [`TestClock`](super::TestClock).
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Carries the request out first, whatever the answer then says.
    pub fn stored(mut self) -> Self {
        self.stored = true;
        self
    }

    /// Stores no events, whatever the answer then says: with [`slow`](Self::slow) it lists events that are not there.
    /// It has no effect on requests that are not about creating events, unless the answer is lost or another one.
    pub fn not_stored(mut self) -> Self {
        self.stored = false;
        self
    }

    /// Happens to this many requests in a row; once, unless said otherwise.
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

    /// Happens to requests of this kind; [`Route::Events`], unless said otherwise.
    pub fn on(mut self, route: Route) -> Self {
        self.route = route;
        self
    }

    /// Happens to requests that carry the event with this id, and only to these.
    pub fn with_event(mut self, id: impl Into<String>) -> Self {
        self.event = Some(id.into());
        self
    }

    /// Happens to requests that carry more events than this, and only to these: with 1, to every batch, while single
    /// events are taken.
    pub fn with_more_than(mut self, events: usize) -> Self {
        self.more_than = Some(events);
        self
    }

    /// Whether it waits for certain events instead of standing in the queue.
    fn is_about_events(&self) -> bool {
        self.event.is_some() || self.more_than.is_some()
    }
}

/// The faults that wait.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn push(&mut self, mut fault: Fault, now: Duration) {
        fault.ends = fault.lasts.map(|time| now.saturating_add(time));
        if fault.times != Some(0) {
            self.0.push(fault);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the ids in a request matter.
    pub(super) fn about_events(&self) -> bool {
        self.0.iter().any(Fault::is_about_events)
    }

    /// The fault for a request with so many events, which is used up by it once. `None` in `route`: no path of HubSpot's.
    pub(super) fn next(
        &mut self,
        route: Option<Route>,
        now: Duration,
        events: usize,
        carries: impl Fn(&str) -> bool,
    ) -> Option<Fault> {
        self.0
            .retain(|fault| fault.ends.is_none_or(|end| now < end));
        let fits = |fault: &Fault| fault.route == Route::Any || Some(fault.route) == route;
        let is_met = |fault: &Fault| {
            fault.is_about_events()
                && fault.event.as_deref().is_none_or(&carries)
                && fault.more_than.is_none_or(|least| events > least)
        };
        let about_event = self.0.iter().position(|fault| fits(fault) && is_met(fault));
        let queued = || {
            self.0
                .iter()
                .position(|fault| fits(fault) && !fault.is_about_events())
        };
        let at = about_event.or_else(queued)?;
        let fault = self.0.get_mut(at)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        match &mut fault.times {
            None => Some(fault.clone()),
            Some(1) => Some(self.0.remove(at)),
            Some(times) => {
                *times -= 1;
                Some(fault.clone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Ending, Fault, Faults, Route};

    #[test]
    fn an_outage_ends_by_itself() {
        let at = Duration::from_secs;
        let mut queue = Faults::default();
        queue.push(Fault::status(503).lasting(at(90)), at(10));
        queue.push(Fault::status(500), at(10));
        let mut next = |now| match queue
            .next(Some(Route::Events), at(now), 1, |_| false)?
            .ending
        {
            Ending::Instead { status, .. } => Some(status),
            _ => None,
        };
        for (now, status) in [
            (10, Some(503)),
            (99, Some(503)),
            (100, Some(500)),
            (101, None),
        ] {
            assert_eq!(next(now), status, "second {now}");
        }
    }

    fn script(faults: &[Fault], requests: &[(Route, &str)]) -> Vec<Option<u16>> {
        let mut queue = Faults::default();
        for fault in faults {
            queue.push(fault.clone(), Duration::ZERO);
        }
        let next = |(route, event): &(Route, &str)| {
            let fault = queue.next(Some(*route), Duration::ZERO, 1, |id| id == *event)?;
            match fault.ending {
                Ending::Instead { status, .. } => Some(status),
                _ => None,
            }
        };
        requests.iter().map(next).collect()
    }

    #[test]
    fn faults_queue() {
        use Route::{Any, Events, Read, Templates, Token};
        let of = |route: Route, count: usize| vec![(route, "e"); count];
        let on = |status: u16, route: Route| Fault::status(status).on(route);
        for (faults, requests, expected) in [
            (vec![], of(Events, 1), vec![None]),
            (
                vec![Fault::status(500)],
                of(Events, 2),
                vec![Some(500), None],
            ),
            (vec![Fault::status(500).times(0)], of(Events, 1), vec![None]),
            (
                vec![Fault::status(500).times(2), Fault::status(501)],
                of(Events, 4),
                vec![Some(500), Some(500), Some(501), None],
            ),
            (
                vec![Fault::status(500).after(1), Fault::status(501)],
                of(Events, 3),
                vec![None, Some(500), Some(501)],
            ),
            (
                vec![Fault::status(500).forever(), Fault::status(501)],
                of(Events, 3),
                vec![Some(500); 3],
            ),
            (
                vec![
                    on(500, Token),
                    on(501, Read),
                    on(502, Templates),
                    Fault::status(503),
                ],
                vec![
                    (Events, "e"),
                    (Read, ""),
                    (Token, ""),
                    (Templates, ""),
                    (Events, "e"),
                ],
                vec![Some(503), Some(501), Some(500), Some(502), None],
            ),
            (
                vec![on(500, Any).times(2), Fault::status(501)],
                vec![(Token, ""), (Events, "e"), (Events, "e")],
                vec![Some(500), Some(500), Some(501)],
            ),
            (
                vec![
                    Fault::status(500),
                    Fault::status(501).with_event("x").times(2),
                ],
                vec![(Events, "x"), (Events, "e"), (Events, "x"), (Events, "x")],
                vec![Some(501), Some(500), Some(501), None],
            ),
        ] {
            assert_eq!(script(&faults, &requests), expected, "{faults:?}");
        }
    }
}
