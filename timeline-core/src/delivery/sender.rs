//! The sender: events one by one, from any number of tasks.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::mpsc::error::SendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use super::book::Book;
use super::channel::{Channel, Ledger, Message, Ticket};
use super::driver::Driver;
use super::encode::{Encoder, Event};
use super::engine::{Engine, Options};
use super::outcome::Kept;
use super::teller::{OnUndelivered, Teller};
use super::{NotSentReason, Outcome, Rejection, SenderReport, UnknownReason};
use crate::client::Client;
use crate::client::metrics::names;
use crate::event::{InvalidEvent, TimelineEvent};

impl Client {
    /// A sender for a service whose events come one by one; see [`Sender`].
    pub fn sender(&self) -> SenderBuilder {
        SenderBuilder {
            client: self.clone(),
            capacity: 10_000,
            linger: Duration::from_secs(1),
            concurrency: self.root.concurrency,
            on_undelivered: None,
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
}

impl SenderBuilder {
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

    /// How many requests may be under way at once, instead of the client's number; 0 counts as 1.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Called with each outcome of an event that is not on HubSpot, for a log or for dead letters
    /// ([`Outcome::write_undelivered`]); with those of events that came after the shutdown, too. It runs between
    /// requests, so it should be quick. If it panics, the events behind are told all the same. It is not told of events
    /// that it sends itself after the shutdown.
    pub fn on_undelivered(mut self, tell: impl FnMut(&Outcome) + Send + 'static) -> Self {
        self.on_undelivered = Some(Box::new(tell));
        self
    }

    /// The sender. It runs in a task of the tokio runtime that this is called in, until it is shut down or all its
    /// clones are gone and what they took has its outcome.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn build(self) -> Sender {
        let batch_size = self.client.root.batch_size.min(self.capacity);
        let options = Options {
            concurrency: self.concurrency,
            batch_size,
            linger: self.linger,
            recover: Some(RECOVERY),
            ..Options::new(&self.client)
        };
        let encoder = Encoder::new(self.client);
        let (messages, received) = mpsc::unbounded_channel();
        let ledger = Arc::new(Ledger::default());
        let (abandon, abandoned) = watch::channel(false);
        let (end, ended) = watch::channel(false);
        let teller = Arc::new(Teller::new(self.on_undelivered));
        let channel = Channel::new(received, Arc::clone(&ledger));
        let book = Book::passing(&encoder.client);
        let driver = Driver::new(
            Engine::new(encoder.clone(), Box::new(channel), book, options),
            Arc::clone(&ledger),
            Arc::clone(&teller),
            messages.downgrade(),
            abandoned,
            end,
        );
        tokio::spawn(driver);
        Sender {
            shared: Arc::new(Shared {
                encoder,
                room: Arc::new(Semaphore::new(self.capacity)),
                messages,
                ledger,
                teller,
                abandon,
                ended,
            }),
        }
    }
}

/// After a refusal that stops everything (an access token that is refused, say), events end at once for so long; then
/// it is tried again.
const RECOVERY: Duration = Duration::from_secs(10);

impl fmt::Debug for SenderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderBuilder").finish_non_exhaustive()
    }
}

/// For services: takes events one by one from many tasks, and sends them in batches, when one is full or has waited for
/// a second.
///
/// Nothing is dropped: an event gets its [`Outcome`], whether or not anybody waits for it. The queue is in memory, so a
/// process should not end before [`shutdown`](Self::shutdown) has. Cheap to clone.
///
/// ```
/// # #[cfg(all(feature = "sandbox", feature = "derive"))]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use std::time::Duration;
/// use timeline_core::{EventInput, Sandbox};
/// # let sandbox = Sandbox::start().await?;
/// # let template = timeline_core::EventTemplate::new("Visited", timeline_core::ObjectType::Contacts);
/// # let template_id = sandbox.add_template(template);
/// # let client = sandbox.client();
///
/// let sender = client.sender().build();
/// let pending = sender.send(&EventInput::new(&template_id).email("ada@example.com")).await; // waits for room
/// // … and from other tasks, through clones …
/// assert!(pending.await.is_delivered()); // if it matters here
///
/// let report = sender.shutdown(Duration::from_secs(30)).await; // when the service stops
/// assert_eq!((report.total(), report.created()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Sender {
    shared: Arc<Shared>,
}

struct Shared {
    encoder: Encoder,
    room: Arc<Semaphore>,
    messages: mpsc::UnboundedSender<Message>,
    ledger: Arc<Ledger>,
    teller: Arc<Teller>,
    abandon: watch::Sender<bool>,
    ended: watch::Receiver<bool>,
}

impl Sender {
    /// Takes an event, and waits for room first if there is none. The event's outcome comes later, from what this
    /// gives; it need not be waited for.
    ///
    /// An event that cannot be encoded is [`Rejected`](Outcome::Rejected); after a shutdown every event is
    /// [`NotSent`](Outcome::NotSent).
    pub async fn send<E: TimelineEvent>(&self, event: E) -> Pending {
        // Encoded first: an event that waits for room must not have been changed meanwhile.
        let encoded = self.shared.encoder.event(&event);
        drop(event);
        let room = Arc::clone(&self.shared.room).acquire_owned().await;
        self.hand_over(encoded, room.ok())
    }

    /// Takes an event if there is room.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is none: the event was not taken. Lend the event (`try_send(&event)`) to have it still.
    pub fn try_send<E: TimelineEvent>(&self, event: E) -> Result<Pending, Full> {
        let room = match Arc::clone(&self.shared.room).try_acquire_owned() {
            Err(tokio::sync::TryAcquireError::NoPermits) => return Err(Full(())),
            room => room.ok(),
        };
        Ok(self.hand_over(self.shared.encoder.event(&event), room))
    }

    /// Sends what is waiting for its batch to fill, and is done when every event that was taken before has its outcome.
    pub async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.shared.messages.send(Message::Flush(done)).is_ok() {
            // Without an answer the sender has ended, and with it all that it took.
            drop(flushed.await);
        } else {
            self.ended().await;
        }
    }

    /// Takes no more events, sends what was taken, and accounts for all of it. What has no outcome after this time is
    /// given up: what had left is [`Unknown`](Outcome::Unknown), the rest is [`NotSent`](Outcome::NotSent).
    ///
    /// Clones of the sender are shut down with it. Called again, it tells the same.
    pub async fn shutdown(&self, limit: Duration) -> SenderReport {
        let shared = &self.shared;
        shared.ledger.keep_undelivered();
        shared.room.close();
        drop(shared.messages.send(Message::End));
        let clock = &shared.encoder.client.root.clock;
        let limit = clock.sleep(limit);
        if let Either::Right((_, ended)) = select(Box::pin(self.ended()), limit).await {
            shared.abandon.send_replace(true);
            ended.await;
        }
        shared.ledger.report()
    }

    /// Ready when all that was taken has its outcome and nothing more is taken; without holding the sender.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut ended = self.shared.ended.clone();
        // An error says that the task is gone, which is the same.
        async move { drop(ended.wait_for(|ended| *ended).await) }
    }

    fn hand_over(
        &self,
        event: Result<Event, Rejection>,
        room: Option<OwnedSemaphorePermit>,
    ) -> Pending {
        let shared = &self.shared;
        let (reply, outcome) = oneshot::channel();
        let mut pending = Pending {
            outcome,
            known: None,
            lost: event.as_ref().ok().map(|event| self.keep(event)),
        };
        let event = Box::new(event);
        let refused = match room {
            None => Some(event),
            Some(room) => {
                let message = Message::Event(event, Ticket { reply, room });
                match shared.ledger.take(|| shared.messages.send(message)) {
                    Err(SendError(Message::Event(event, _))) => Some(event),
                    _ => None,
                }
            }
        };
        pending.known = refused.map(|event| self.late(*event));
        pending
    }

    /// An event that came after the end. Nobody may be waiting for its outcome, so it is told as that of any other.
    fn late(&self, event: Result<Event, Rejection>) -> Outcome {
        let outcome = match event {
            Ok(event) => {
                let (id, event) = self.keep(&event);
                let reason = NotSentReason::Stopped;
                Outcome::NotSent { id, reason, event }
            }
            Err(rejection) => rejection.into(),
        };
        let metrics = &self.shared.encoder.client.root.metrics;
        metrics.add(names::EVENTS_TAKEN, 1);
        metrics.add(outcome.metric(), 1);
        outcome.warn();
        self.shared.teller.tell(outcome.clone());
        outcome
    }

    fn keep(&self, event: &Event) -> (String, Kept) {
        let portal_id = self.shared.encoder.client.portal.id;
        (event.id.to_string(), Kept::new(event, portal_id, None))
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("room", &self.shared.room.available_permits())
            .finish_non_exhaustive()
    }
}

/// What becomes of an event that a [`Sender`] has taken: a future of its [`Outcome`]. Dropping it changes nothing for
/// the event.
#[must_use = "the outcome is told only to who awaits this; drop it on purpose if nobody cares"]
pub struct Pending {
    outcome: oneshot::Receiver<Outcome>,
    known: Option<Outcome>,
    /// To tell of an event whose sender was torn down.
    lost: Option<(String, Kept)>,
}

impl Future for Pending {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        if let Some(known) = self.known.take() {
            return Poll::Ready(known);
        }
        Pin::new(&mut self.outcome).poll(context).map(|outcome| {
            outcome.unwrap_or_else(|_| match self.lost.take() {
                Some((id, event)) => Outcome::Unknown {
                    id,
                    reason: UnknownReason::Stopped,
                    event,
                },
                // It was refused before it could be sent, and why went down with the sender.
                None => {
                    let reason =
                        "the event could not be encoded, and the sender is gone that knew why";
                    Rejection::invalid(None, InvalidEvent::new(reason)).into()
                }
            })
        })
    }
}

impl Pending {
    /// The outcome without a wait, where to wait would be to wait for itself.
    #[cfg(feature = "blocking")]
    pub(crate) fn at_once(mut self) -> Outcome {
        let known = futures_util::FutureExt::now_or_never(&mut self);
        known.unwrap_or_else(|| match self.lost.take() {
            Some((id, event)) => Outcome::Unknown {
                id,
                reason: UnknownReason::InsideCallback,
                event,
            },
            None => {
                let reason = UnknownReason::InsideCallback.to_string();
                Rejection::invalid(None, InvalidEvent::new(reason)).into()
            }
        })
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

/// The sender has no room for another event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full(());

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender has as many events without an outcome as its capacity allows")
    }
}

impl std::error::Error for Full {}
