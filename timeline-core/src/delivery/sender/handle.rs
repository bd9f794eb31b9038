//! The sender: takes events one by one, from any number of tasks.

use std::fmt;
#[cfg(feature = "blocking")]
use std::future::Future;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::SendError;
use tokio::sync::{mpsc, oneshot};

use crate::client::metrics::names;
use crate::delivery::intake::event::Event;
use crate::delivery::intake::seal::Sealer;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::NotSentReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::outcome::report::SenderReport;
use crate::delivery::sender::capacity::{EventRoom, NoRoom};
use crate::delivery::sender::channel::{FallbackOutcome, Message, OutcomeReply};
use crate::delivery::sender::control::{Control, shut_down};
use crate::delivery::sender::full::{Full, not_sent};
use crate::delivery::sender::keep::{Follow, Keep};
use crate::delivery::sender::on_undelivered::UndeliveredCallback;
use crate::delivery::sender::pending::Pending;
use crate::event::TimelineEvent;
use crate::guard::apart;

/// For services: takes events one by one from many tasks, and sends them in batches, when one is full or has waited for
/// a second.
///
/// Nothing is dropped: an event gets its [`Outcome`], whether or not it is awaited. The queue is in memory, so a
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

pub(in crate::delivery) struct Shared {
    pub(in crate::delivery) sealer: Sealer,
    /// The worker ends when the last of these is gone.
    pub(in crate::delivery) messages: mpsc::UnboundedSender<Message>,
    pub(in crate::delivery) control: Control,
    pub(in crate::delivery) callback: Arc<UndeliveredCallback>,
    /// Where its events are kept, if not in memory alone.
    pub(in crate::delivery) keep: Option<Arc<dyn Keep>>,
}

impl Sender {
    pub(in crate::delivery) fn new(shared: Shared) -> Self {
        Sender {
            shared: Arc::new(shared),
        }
    }

    /// Takes an event, and waits for room first if there is none. The event's outcome comes later, from the [`Pending`]
    /// that this returns; it need not be awaited.
    ///
    /// An event that cannot be encoded is [`Rejected`](Outcome::Rejected); after a shutdown every event is
    /// [`NotSent`](Outcome::NotSent).
    ///
    /// # Cancellation
    ///
    /// If the wait for room, once it has begun, is given up (by `select!`, a timeout, a request that its client has ended),
    /// the event is not taken, and is in no report. It is not lost silently: it ends as [`NotSent`](Outcome::NotSent) with
    /// the reason [`Cancelled`](NotSentReason::Cancelled). This outcome is logged, counted, and given to
    /// [`on_undelivered`](super::builder::SenderBuilder::on_undelivered), and can become a dead letter like any other. To
    /// keep the event when the wait is given up, wait for room alone, with [`reserve`](Self::reserve).
    pub async fn send<E: TimelineEvent>(&self, event: E) -> Pending {
        // Encoded first: an event that waits for room must not have been changed meanwhile.
        let encoded = self.shared.sealer.event(&event);
        drop(event);
        self.take(encoded).await
    }

    /// Takes an event if there is room.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is none. The event was not taken; the error has it, encoded and with its id and its time, to be
    /// written down or to be tried again.
    ///
    /// ```
    /// # #[cfg(feature = "rustls")]
    /// # fn handler(sender: &timeline_core::Sender, event: timeline_core::EventInput<'_>) -> std::io::Result<()> {
    /// if let Err(full) = sender.try_send(event) {
    ///     // For `Client::replay`, once there is time for it.
    ///     let file = std::fs::OpenOptions::new().append(true).create(true).open("undelivered.jsonl")?;
    ///     full.write_undelivered(file)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_send<E: TimelineEvent>(&self, event: E) -> Result<Pending, Full> {
        let room = self.shared.control.capacity.try_acquire();
        self.try_hand_over(self.shared.sealer.event(&event), room)
    }

    /// As [`try_send`](Self::try_send), with an event that was refused before: under the same id and with the same time.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is still no room.
    pub fn try_again(&self, full: Full) -> Result<Pending, Full> {
        let room = self.shared.control.capacity.try_acquire();
        self.try_hand_over(*full.refused, room)
    }

    /// As [`send`](Self::send), with an event that was refused before: under the same id and with the same time.
    pub async fn send_again(&self, full: Full) -> Pending {
        self.take(*full.refused).await
    }

    /// Waits for room for one event, which is given to the [`Room`] then. Giving up this wait loses nothing: the event is
    /// still the caller's. After a shutdown there is no wait, and the event is [`NotSent`](Outcome::NotSent).
    ///
    /// ```
    /// # #[cfg(feature = "rustls")]
    /// # async fn run(sender: timeline_core::Sender, event: timeline_core::EventInput<'_>) {
    /// use std::time::Duration;
    ///
    /// match tokio::time::timeout(Duration::from_secs(1), sender.reserve()).await {
    ///     Ok(room) => drop(room.send(event)), // its outcome is of no interest here
    ///     Err(_) => eprintln!("no room in time: {event:?}"), // and it is still there
    /// }
    /// # }
    /// ```
    pub async fn reserve(&self) -> Room {
        Room {
            permit: self.shared.control.capacity.acquire().await,
            sender: self.clone(),
        }
    }

    /// Sends the events that wait for their batch to fill, and is done when every event that was taken before has its outcome.
    pub async fn flush(&self) {
        self.shared.control.flush().await;
    }

    /// Takes no more events, sends those that were taken, and accounts for all of them. Events without an outcome after this
    /// time are given up: those that had left are [`Unknown`](Outcome::Unknown), the rest are [`NotSent`](Outcome::NotSent).
    ///
    /// Clones of the sender are shut down with it. Called again, it returns the same report.
    pub async fn shutdown(&self, limit: Duration) -> SenderReport {
        let control = &self.shared.control;
        let clock = &control.client.root.clock;
        shut_down(slice::from_ref(control), clock, limit).await;
        control.report()
    }

    /// Ready when all that was taken has its outcome and nothing more is taken; without holding the sender.
    #[cfg(feature = "blocking")]
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        self.shared.control.ended()
    }

    pub(in crate::delivery) fn control(&self) -> &Control {
        &self.shared.control
    }

    async fn take(&self, event: Result<Event, Rejection>) -> Pending {
        match (&self.shared.keep, event) {
            (Some(keep), Ok(event)) => {
                let room = self.shared.control.capacity.try_acquire();
                self.keep(keep, event, room).await
            }
            (Some(_), Err(rejection)) => self.take_refused(rejection),
            (None, event) => self.wait_for_room(event).await,
        }
    }

    /// An event that cannot be sent ends at once, and is not put on disk.
    fn take_refused(&self, rejection: Rejection) -> Pending {
        match self.shared.control.capacity.try_acquire() {
            // After a shutdown.
            Ok(None) => self.hand_over(Err(rejection), None, None),
            Ok(Some(_)) | Err(NoRoom) => self.refused_at_once(rejection),
        }
    }

    /// Ends an event that is refused. It counts as taken, like an event that is found to be at fault later.
    pub(in crate::delivery) fn refused_at_once(&self, rejection: Rejection) -> Pending {
        let outcome = rejection.into();
        self.shared.control.taken_events.count_at_once(&outcome);
        self.ended_at_once(outcome)
    }

    /// The outcome of an event that the worker does not get.
    pub(in crate::delivery) fn ended_at_once(&self, outcome: Outcome) -> Pending {
        self.tell_not_taken(&outcome);
        Pending::of(outcome)
    }

    async fn wait_for_room(&self, event: Result<Event, Rejection>) -> Pending {
        let mut waiting = WaitForRoom {
            sender: self,
            event: Some(Box::new(event)),
        };
        let room = self.shared.control.capacity.acquire().await;
        match waiting.event.take() {
            Some(event) => self.hand_over(*event, room, None),
            // Does not happen: the event is taken out only here.
            None => std::future::pending().await,
        }
    }

    fn try_hand_over(
        &self,
        event: Result<Event, Rejection>,
        room: Result<Option<EventRoom>, NoRoom>,
    ) -> Result<Pending, Full> {
        match (&self.shared.keep, event, room) {
            (Some(keep), Ok(event), room) => self.keep_at_once(keep, event, room),
            (Some(_), Err(rejection), _) => Ok(self.take_refused(rejection)),
            (None, event, Ok(room)) => Ok(self.hand_over(event, room, None)),
            (None, event, Err(NoRoom)) => Err(Full::new(event)),
        }
    }

    pub(in crate::delivery) fn hand_over(
        &self,
        event: Result<Event, Rejection>,
        room: Option<EventRoom>,
        follow: Option<Follow>,
    ) -> Pending {
        let shared = &self.shared;
        let (reply, outcome) = oneshot::channel();
        let fallback = FallbackOutcome::new(&event);
        let reason = match follow {
            Some(_) => NotSentReason::InOutbox,
            None => NotSentReason::Stopped,
        };
        let event = Box::new(event);
        let refused = match room {
            None => Some(event),
            Some(room) => {
                let reply = OutcomeReply {
                    to: reply,
                    room,
                    fallback: fallback.clone(),
                    follow,
                };
                let message = Message::Event(event, reply);
                let taken_events = &shared.control.taken_events;
                match taken_events.take(|| shared.messages.send(message)) {
                    Err(SendError(Message::Event(event, _))) => Some(event),
                    _ => None,
                }
            }
        };
        let known = refused.map(|event| self.not_taken(*event, reason));
        Pending::new(outcome, known, fallback)
    }

    /// The outcome of an event that came after the end, or whose wait for room was given up. It may not be awaited, so it is
    /// logged, counted and given to the callback like any other outcome.
    fn not_taken(&self, event: Result<Event, Rejection>, reason: NotSentReason) -> Outcome {
        let outcome = not_sent(event, reason);
        self.tell_not_taken(&outcome);
        outcome
    }

    pub(in crate::delivery) fn tell_not_taken(&self, outcome: &Outcome) {
        let client = &self.shared.sealer.client;
        let metrics = &client.root.metrics;
        metrics.add(names::EVENTS_TAKEN, 1);
        metrics.add(outcome.metric(), 1);
        apart(|| outcome.log(client, false));
        if !outcome.is_in_outbox() {
            let callback = &self.shared.callback;
            callback.call(client.portal_id(), outcome.clone());
        }
    }
}

/// An event that waits for room.
struct WaitForRoom<'s> {
    sender: &'s Sender,
    /// `None` once there is room.
    event: Option<Box<Result<Event, Rejection>>>,
}

impl Drop for WaitForRoom<'_> {
    /// If the event is still here, the wait was given up.
    fn drop(&mut self) {
        if let Some(event) = self.event.take() {
            self.sender.not_taken(*event, NotSentReason::Cancelled);
        }
    }
}

/// Room for one event in a [`Sender`]; made by [`Sender::reserve`]. Dropping it gives the room back.
#[must_use = "room that is not used keeps other events from being taken"]
pub struct Room {
    sender: Sender,
    /// `None` after a shutdown.
    permit: Option<EventRoom>,
}

impl Room {
    /// Takes an event; see [`Sender::send`].
    pub fn send<E: TimelineEvent>(self, event: E) -> Pending {
        let encoded = self.sender.shared.sealer.event(&event);
        self.take(encoded)
    }

    /// Takes an event that was refused before; see [`Sender::send_again`].
    pub fn send_again(self, full: Full) -> Pending {
        self.take(*full.refused)
    }

    fn take(self, event: Result<Event, Rejection>) -> Pending {
        let room = Ok(self.permit);
        // There is room, so only an outbox can refuse the event. The outbox's error is then the reason of the outcome.
        self.sender
            .try_hand_over(event, room)
            .unwrap_or_else(|full| self.sender.ended_at_once(full.into_outcome()))
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").finish_non_exhaustive()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("room", &self.shared.control.capacity.available())
            .finish_non_exhaustive()
    }
}
