//! Streams: events from a stream, outcomes as a stream.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;

use crate::client::Client;
use crate::delivery::engine::options::Options;
use crate::delivery::engine::outcome_log::OutcomeLog;
use crate::delivery::engine::run::Engine;
use crate::delivery::intake::seal::Sealer;
use crate::delivery::intake::source::{Source, Streamed};
use crate::delivery::outcome::event::Outcome;
#[cfg(feature = "blocking")]
use crate::delivery::outcome::reason::NotSentReason;
use crate::event::TimelineEvent;

impl Client {
    /// Sends the events of a stream, and gives what became of each as it is known, with the event's place in the input.
    ///
    /// Nothing is sent before the outcomes are asked for. Memory holds no more than twice
    /// `concurrency` × `batch_size` events: the source is asked for more only when there is room. A batch that does not
    /// fill leaves a second after its first event came ([`Outcomes::linger`]). Requests that have left get on by
    /// themselves between two polls. Dropping the outcomes stops everything.
    ///
    /// An id that is in flight already is handled as in a batch: the same content is sent once, other content is
    /// rejected. Once an event has its outcome it is forgotten.
    ///
    /// ```
    /// # #[cfg(all(feature = "sandbox", feature = "derive"))]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use futures_util::{StreamExt, stream};
    /// use timeline_core::{EventInput, Outcome, Sandbox};
    /// # let sandbox = Sandbox::start().await?;
    /// # let template = timeline_core::EventTemplate::new("Visited", timeline_core::ObjectType::Contacts);
    /// # let template_id = sandbox.add_template(template);
    /// # let client = sandbox.client();
    ///
    /// let visits = stream::iter(0..250)
    ///     .map(|n| EventInput::new(&template_id).email(format!("visitor-{n}@example.com")));
    /// let mut outcomes = client.send_stream(visits);
    /// while let Some((index, outcome)) = outcomes.next().await {
    ///     if !outcome.is_delivered() {
    ///         eprintln!("event {index}: {outcome}");
    ///     }
    /// }
    /// assert_eq!(sandbox.event_count(), 250);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_stream<'e, S>(&self, events: S) -> Outcomes<'e>
    where
        S: Stream<Item: TimelineEvent> + Send + 'e,
    {
        Outcomes {
            ready: Some(Ready {
                options: Options::new(self),
                source: Box::new(Streamed::new(events, self)),
                sealer: Sealer::new(self.clone()),
            }),
            engine: None,
        }
    }
}

/// What becomes of the events of a stream, as it is known; see [`Client::send_stream`].
#[must_use = "nothing is sent until this is polled"]
pub struct Outcomes<'e> {
    /// What the call needs to begin; `None` once it has begun.
    ready: Option<Ready<'e>>,
    engine: Option<Box<Engine<'e>>>,
}

struct Ready<'e> {
    sealer: Sealer,
    source: Box<dyn Source + 'e>,
    options: Options<'e>,
}

impl<'e> Outcomes<'e> {
    /// How many requests may be under way at once, instead of the client's number; 0 counts as 1.
    pub fn concurrency(self, requests: usize) -> Self {
        self.with(|options| options.concurrency = requests.max(1))
    }

    /// How long a batch that does not fill waits for more events, 1 s by default.
    pub fn linger(self, time: Duration) -> Self {
        self.with(|options| options.linger = time)
    }

    /// Once this future is ready, whatever it gives, nothing new leaves. Events that have left are waited for; events that
    /// were taken from the stream and have not left end as [`NotSent`](Outcome::NotSent); the rest of the stream is left
    /// alone. The stream is dropped with these outcomes and not before: a task that feeds it through a channel may wait for
    /// room until then.
    pub fn stop_on(self, stop: impl Future + Send + 'e) -> Self {
        self.with(|options| options.stop_on(stop))
    }

    /// A queue keeps undelivered events, so they are not logged as lost.
    pub(crate) fn for_a_queue(self) -> Self {
        self.with(|options| options.is_for_a_queue = true)
    }

    fn with(mut self, change: impl FnOnce(&mut Options<'e>)) -> Self {
        if let Some(ready) = &mut self.ready {
            change(&mut ready.options);
        }
        self
    }
}

impl<'e> Outcomes<'e> {
    /// The sending loop, which begins here if it has not begun yet.
    fn begun(&mut self) -> Option<&mut Engine<'e>> {
        if let Some(ready) = self.ready.take() {
            let Ready {
                sealer,
                source,
                options,
            } = ready;
            let outcomes = OutcomeLog::passing(&sealer.client, options.is_for_a_queue);
            let engine = Engine::new(sealer, source, outcomes, options);
            self.engine = Some(Box::new(engine));
        }
        self.engine.as_deref_mut()
    }

    /// The next outcome, asked for inside a callback that the call itself waits for: nothing more leaves, and requests
    /// under way are given up.
    #[cfg(feature = "blocking")]
    pub(crate) fn refuse_next(&mut self) -> Option<(usize, Outcome)> {
        let engine = self.begun()?;
        engine.stop(NotSentReason::InsideCallback, false);
        engine.abandon();
        engine.next_abandoned()
    }
}

impl Stream for Outcomes<'_> {
    type Item = (usize, Outcome);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.begun() {
            Some(engine) => engine.poll(context),
            None => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for Outcomes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcomes").finish_non_exhaustive()
    }
}
