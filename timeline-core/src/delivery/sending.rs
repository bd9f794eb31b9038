//! The call `.send_batch(&client)`, and its settings before `.await`.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
#[cfg(feature = "blocking")]
use std::{task::Waker, time::Duration};

use crate::client::Client;
use crate::delivery::engine::options::Options;
use crate::delivery::engine::outcome_log::{OnProgress, OutcomeLog};
use crate::delivery::engine::run::Engine;
use crate::delivery::intake::seal::{Sealer, id_of, unmet};
use crate::delivery::intake::source::{Iter, One, Source};
#[cfg(feature = "blocking")]
use crate::delivery::outcome::counts::Counts;
use crate::delivery::outcome::errors::{BatchError, SendError};
use crate::delivery::outcome::event::{CreatedEvent, Outcome};
#[cfg(feature = "blocking")]
use crate::delivery::outcome::packed::PackedOutcomes;
use crate::delivery::outcome::progress::Progress;
#[cfg(feature = "blocking")]
use crate::delivery::outcome::reason::NotSentReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::outcome::report::BatchReport;
use crate::event::{InvalidEvent, TimelineEvent};
#[cfg(feature = "blocking")]
use crate::wire::Api;

/// `.send_batch(&client)` on anything that yields events: a `Vec`, a slice's iterator, an array, a map over rows.
pub trait SendBatch: IntoIterator + Sized {
    /// Sends all events, and reports what became of each.
    ///
    /// Events leave in batches of up to 100, several requests at a time. An event that cannot be sent, or that HubSpot
    /// refuses, harms no other. The result is `Ok` only if **every** event is on HubSpot; a
    /// [`BatchError`] carries the same report.
    ///
    /// Nothing is sent before the result is awaited. Dropping it stops everything: nothing is left running, and events
    /// that had left may or may not have arrived.
    ///
    /// ```
    /// # #[cfg(feature = "sandbox")]
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use timeline_core::{EventInput, SendBatch};
    ///
    /// let client = timeline_core::Client::builder().access_token("…").build()?;
    /// let report = ["ada@example.com", "bob@example.com"]
    ///     .map(|email| EventInput::new("1001298").email(email))
    ///     .send_batch(&client)
    ///     .await?;
    /// assert_eq!(report.total(), 2);
    /// # Ok(())
    /// # }
    /// ```
    fn send_batch<'e>(self, client: &Client) -> Sending<'e>
    where
        Self::Item: TimelineEvent,
        Self::IntoIter: Send + 'e,
    {
        client.send_batch(self)
    }
}

impl<I: IntoIterator> SendBatch for I {}

impl Client {
    /// As [`SendBatch::send_batch`].
    pub fn send_batch<'e, I>(&self, events: I) -> Sending<'e>
    where
        I: IntoIterator<Item: TimelineEvent, IntoIter: Send + 'e>,
    {
        let source = Box::new(Iter::new(events.into_iter(), self));
        Sending::new(Sealer::new(self.clone()), source)
    }

    /// Sends one event.
    ///
    /// It goes through the same call as a batch, with the same retries. An event that was there before counts as sent.
    ///
    /// # Errors
    ///
    /// [`SendError`] has the event's outcome: rejected, not sent or unknown.
    pub async fn send<E: TimelineEvent>(&self, event: &E) -> Result<CreatedEvent, SendError> {
        sent(self.one(event).report().await)
    }

    /// The outcome of an event that is sent inside a callback of a blocking client.
    #[cfg(feature = "blocking")]
    pub(crate) fn refuse<E: TimelineEvent>(&self, event: &E) -> Outcome {
        match sent(self.one(event).refuse()) {
            Err(error) => error.into_outcome(),
            // Does not happen: nothing was sent.
            Ok(created) => Outcome::Created(created),
        }
    }

    fn one<E: TimelineEvent>(&self, event: &E) -> Sending<'static> {
        let sealer = Sealer::new(self.clone());
        let one = One(Some(sealer.event(event)));
        Sending::new(sealer, Box::new(one))
    }

    /// Checks that the client has what all events of this type need: the account for a `key`, the id of a template that is
    /// given by its name, and the API's name for the type. If something is missing, every event of the type would be
    /// [`Rejected`](Outcome::Rejected) for this reason, so a service should call this when it starts. Nothing is sent, and
    /// HubSpot is not asked whether it has the template.
    ///
    /// ```
    /// # #[cfg(all(feature = "derive", feature = "rustls"))]
    /// # {
    /// use timeline_core::{Client, TimelineEvent};
    ///
    /// #[derive(TimelineEvent)]
    /// #[timeline(template_id = "1001298")]
    /// struct OrderPaid {
    ///     #[timeline(email)]
    ///     customer: String,
    ///     #[timeline(key)]
    ///     order: u64,
    /// }
    ///
    /// let client = Client::builder().access_token("…");
    /// let lacking = client.build().unwrap().check::<OrderPaid>().unwrap_err();
    /// assert!(lacking.to_string().contains("portal_id"));
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`] names every setting that is missing.
    pub fn check<E: TimelineEvent>(&self) -> Result<(), InvalidEvent> {
        unmet::<E>(self)
    }

    /// The id that the event would go out under.
    ///
    /// Without an `id` or a `key` the client makes a new one at every call, here too.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`] if the event could not be sent.
    pub fn event_id<E: TimelineEvent>(&self, event: &E) -> Result<String, InvalidEvent> {
        id_of(&event.event_input()?, self)
    }
}

/// What became of the only event.
fn sent(report: BatchReport) -> Result<CreatedEvent, SendError> {
    let api = report.api();
    match report.into_outcomes().pop() {
        Some(Outcome::Created(created)) => Ok(created),
        Some(Outcome::AlreadyExists { id }) => Ok(CreatedEvent::new(id, None, None)),
        Some(outcome) => Err(SendError::new(outcome, api)),
        // Does not happen: one event has one outcome. Without it, not even our own refusal would be told.
        None => Err(SendError::new(
            Rejection::invalid(None, InvalidEvent::new("the event was not taken")).into(),
            api,
        )),
    }
}

/// A call on its way: await it for a `Result`, or [`report`](Self::report) for the report alone.
#[must_use = "nothing is sent until this is awaited"]
pub struct Sending<'e> {
    /// What the call needs to begin; `None` once it has begun.
    ready: Option<Ready<'e>>,
    running: Option<Running<'e>>,
}

struct Ready<'e> {
    sealer: Sealer,
    source: Box<dyn Source + 'e>,
    options: Options<'e>,
    on_progress: Option<OnProgress<'e>>,
}

type Running<'e> = Pin<Box<dyn Future<Output = BatchReport> + Send + 'e>>;

impl<'e> Sending<'e> {
    pub(super) fn new(sealer: Sealer, source: Box<dyn Source + 'e>) -> Self {
        let ready = Ready {
            options: Options::new(&sealer.client),
            sealer,
            source,
            on_progress: None,
        };
        Sending {
            ready: Some(ready),
            running: None,
        }
    }

    /// How many requests of this call may be under way at once, instead of the client's number; 0 counts as 1.
    pub fn concurrency(mut self, requests: usize) -> Self {
        if let Some(ready) = &mut self.ready {
            ready.options.concurrency = requests.max(1);
        }
        self
    }

    /// Called whenever more events have an outcome. It runs between requests, so it should be quick.
    pub fn on_progress(mut self, on_progress: impl FnMut(Progress) + Send + 'e) -> Self {
        if let Some(ready) = &mut self.ready {
            ready.on_progress = Some(Box::new(on_progress));
        }
        self
    }

    /// Once this future is ready, whatever it gives, nothing new leaves. Events that have left are waited for; the rest end as
    /// [`NotSent`](Outcome::NotSent).
    pub fn stop_on(mut self, stop: impl Future + Send + 'e) -> Self {
        if let Some(ready) = &mut self.ready {
            ready.options.stop_on(stop);
        }
        self
    }

    /// The report, whatever happened.
    #[must_use = "the report alone says which events are not on HubSpot; awaiting the call itself gives them as an error"]
    pub async fn report(mut self) -> BatchReport {
        self.running().await
    }

    /// Ends all events as not sent, because the call is inside a callback of a blocking client.
    #[cfg(feature = "blocking")]
    pub(crate) fn refuse(mut self) -> BatchReport {
        match self.ready.take() {
            Some(ready) => ready.refuse(),
            // Does not happen: a blocking client waits for a call that it has begun.
            None => BatchReport::new(
                PackedOutcomes::default(),
                Counts::default(),
                0,
                0,
                Duration::ZERO,
                Api::default(),
            ),
        }
    }

    /// The call, which begins here if it has not begun yet.
    fn running(&mut self) -> &mut Running<'e> {
        let ready = &mut self.ready;
        self.running.get_or_insert_with(|| match ready.take() {
            Some(ready) => Box::pin(ready.run()),
            // Does not happen: a call that has begun is running.
            None => Box::pin(std::future::pending()),
        })
    }
}

impl Ready<'_> {
    async fn run(self) -> BatchReport {
        let outcomes = OutcomeLog::keeping(&self.sealer.client, self.on_progress);
        let mut engine = Engine::new(self.sealer, self.source, outcomes, self.options);
        // The log keeps all outcomes, so the engine passes none on before its end.
        while poll_fn(|context| engine.poll(context)).await.is_some() {}
        engine.into_report()
    }
}

#[cfg(feature = "blocking")]
impl Ready<'_> {
    fn refuse(self) -> BatchReport {
        let outcomes = OutcomeLog::keeping(&self.sealer.client, self.on_progress);
        let mut engine = Engine::new(self.sealer, self.source, outcomes, self.options);
        engine.stop(NotSentReason::InsideCallback, false);
        // No request is under way, so nothing is waited for.
        let mut context = Context::from_waker(Waker::noop());
        while !matches!(engine.poll(&mut context), Poll::Ready(None)) {}
        engine.into_report()
    }
}

impl Future for Sending<'_> {
    type Output = Result<BatchReport, BatchError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.running().as_mut().poll(context).map(BatchError::check)
    }
}

impl fmt::Debug for Sending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}
