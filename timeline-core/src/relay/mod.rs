//! The relay: takes sealed events from the user's queue, sends them, and settles each message by its outcome.

mod lane;
mod lane_outcomes;
#[cfg(feature = "outbox")]
pub mod outbox;
#[cfg(feature = "pgmq")]
pub mod pgmq;
mod queue;
mod report;
mod room;
mod run;
mod settings;
mod settle;
mod told;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

pub use self::queue::{Queue, Settled};
pub use self::report::{RelayError, RelayProgress, RelayReport};
use self::run::Run;
use self::settings::{Portals, Settings};
pub use self::settle::Settle;
use crate::client::{Client, CredentialsLookup, FoundCredentials};
use crate::delivery::Outcome;
#[cfg(feature = "outbox")]
use crate::delivery::SendOptions;

/// A relay that is set up and not begun; awaiting it runs it. [`Client::relay`] makes one.
#[must_use = "a relay does nothing until it is awaited"]
pub struct Relay<'r, Q> {
    client: Client,
    queue: Q,
    settings: Settings<'r>,
}

impl Client {
    /// Moves events from a queue to HubSpot: receives sealed events, sends them in batches, and settles each message by the
    /// event's outcome. It runs until [`stop_on`](Relay::stop_on) says so, or the queue fails for too long.
    ///
    /// | outcome | [`Settle`] | the queue |
    /// |---|---|---|
    /// | `Created`, `AlreadyExists` | `Done` | acknowledges |
    /// | `NotSent`, `Unknown` | `Again(after)` | gives it back; it comes again after that time, under the same id |
    /// | `Rejected`, also a message that is no sealed event or is of an account without a client | `Park` | keeps it aside with the reason, then acknowledges |
    ///
    /// Nothing is parked because it came too often: an outage of an hour buries no good event. An event in a newer version of
    /// the format is given back for the process that understands it. One account's trouble (a 401, a 403, an outage, a template
    /// that only refuses) keeps back that account's events alone, for a while.
    ///
    /// Through app events, an id of the user's own that is in use can be another event's, and nothing can be read back: after a
    /// lost answer such a message is `Unknown` for ever, and comes again for ever. Seal events with a `key`, or without an id.
    ///
    /// Batches fill across messages; one that does not fill leaves after a second. At most 2,000 messages are in memory, and
    /// none are received while those take 32 MB; one answer of the queue may go beyond that. An event that was sealed without an account goes by this client.
    ///
    /// ```
    /// # #[cfg(all(feature = "sandbox", feature = "derive"))]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # use std::{collections::VecDeque, convert::Infallible};
    /// # use timeline_core::{EventInput, Queue, Sandbox, Settle, Settled};
    /// # #[derive(Default)]
    /// # struct InMemory { waiting: VecDeque<Vec<u8>> }
    /// # impl Queue for InMemory {
    /// #     type Ticket = Vec<u8>;
    /// #     type Error = Infallible;
    /// #     async fn receive(&mut self, at_most: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Infallible> {
    /// #         let count = at_most.min(self.waiting.len());
    /// #         Ok(self.waiting.drain(..count).map(|message| (message.clone(), message)).collect())
    /// #     }
    /// #     async fn settle(&mut self, _: Vec<Settled<Vec<u8>>>) -> Result<(), Infallible> { Ok(()) }
    /// # }
    /// # let sandbox = Sandbox::start().await?;
    /// # let template = timeline_core::EventTemplate::new("Visited", timeline_core::ObjectType::Contacts);
    /// # let template_id = sandbox.add_template(template);
    /// # let client = sandbox.client();
    /// let mut queue = InMemory::default();
    /// for n in 0..10 {
    ///     let event = EventInput::new(&template_id).email(format!("visitor-{n}@example.com"));
    ///     queue.waiting.push_back(serde_json::to_vec(&client.seal(&event)?)?);
    /// }
    /// let until = std::time::Duration::from_secs(3); // a signal, in a service
    /// let report = client.relay(&mut queue).stop_on(tokio::time::sleep(until)).await?;
    /// assert_eq!((report.received(), report.done()), (10, 10));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn relay<'r, Q: Queue + 'r>(&self, queue: Q) -> Relay<'r, Q> {
        Relay {
            client: self.clone(),
            queue,
            settings: Settings {
                portals: None,
                stop: None,
                progress: None,
                undelivered: None,
                queue_patience: Duration::from_secs(20),
                batches: None,
                gives_back: false,
            },
        }
    }
}

/// Requests of all accounts under way at once, where there may be thousands of accounts: each takes a connection.
const REQUESTS_IN_ALL: usize = 256;

impl<'r, Q> Relay<'r, Q> {
    /// Sets a function that gives the clients of other accounts ([`Client::for_portal`]), by the account that an event was sealed
    /// for. It is called when an account's first event comes, and again after the account's client was not used for a minute, or a
    /// minute after HubSpot has refused its credentials or a template; for an account without a client, it is called for each
    /// event. The events of such an account are parked, which a WARN reports; after a panic of the function they are given back for
    /// a minute. Events that are in memory when an account goes are still sent.
    ///
    /// A thousand of an account's events are in memory at most, and fewer beside other busy accounts; of an account that is in an
    /// outage a hundred. Of a longer backlog some are given back for some seconds (in an outage for a minute), so that other
    /// accounts' events behind them are found.
    pub fn for_portals(mut self, client: impl FnMut(u64) -> Option<Client> + Send + 'r) -> Self {
        self.settings.portals = Some(Portals::Clients(Box::new(client)));
        self
    }

    /// Sets a function that looks up the credentials of other accounts, as that of [`Client::senders`] does: it may ask a database,
    /// and gives an `Option` of [`Credentials`](crate::Credentials) or of an [`OAuth`](crate::OAuth), or a `Result` of such an
    /// `Option`. It takes the place of [`for_portals`](Self::for_portals), whose limits hold here, too.
    ///
    /// The function is called when an account's first event comes, and again when the account had no event for a minute, or a
    /// minute after HubSpot has refused its credentials or a template: an account that installs the app again is noticed without a
    /// restart. A hundred of the account's events wait meanwhile in memory, and other accounts' do not wait. At most 64 accounts are
    /// looked up at once, and 256 requests of all accounts are under way. The function is polled by the relay, so it must not block
    /// its thread.
    ///
    /// | it gives | the account's events |
    /// |---|---|
    /// | credentials | are sent with them |
    /// | `None`: the account has not installed the app | are parked, which a WARN reports; it is asked again after 10 s |
    /// | an error, panics, or is not ready within the client's [`timeout`](crate::ClientBuilder::timeout) | wait while it is asked again, for as long as the client's [`retry`](crate::ClientBuilder::retry) lasts (two minutes); then they are given back for a minute |
    ///
    /// ```
    /// # #[cfg(feature = "outbox")]
    /// # mod service {
    /// use timeline_core::outbox::Outbox;
    /// use timeline_core::{Client, OAuth};
    /// # struct Database;
    /// # impl Database {
    /// #     async fn refresh_token(&self, _: u64) -> std::io::Result<Option<String>> { Ok(None) }
    /// #     async fn store(&self, _: u64, _: &str) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # const CLIENT_ID: &str = "";
    /// # const CLIENT_SECRET: &str = "";
    ///
    /// async fn relay(root: &Client, database: &'static Database, outbox: Outbox, stop: impl Future + Send) {
    ///     let relay = root.relay(outbox).credentials(move |portal_id| async move {
    ///         let Some(token) = database.refresh_token(portal_id).await? else {
    ///             return Ok(None);
    ///         };
    ///         let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, token);
    ///         std::io::Result::Ok(Some(oauth.on_refresh(move |new| async move {
    ///             database.store(portal_id, &new).await
    ///         })))
    ///     });
    ///     println!("{:?}", relay.stop_on(stop).await);
    /// }
    /// # }
    /// ```
    pub fn credentials<F, Fut>(mut self, look_up: F) -> Self
    where
        F: Fn(u64) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: FoundCredentials> + Send + 'static,
    {
        self.client = self.client.taking_turns(REQUESTS_IN_ALL);
        let lookup = CredentialsLookup::new(look_up);
        self.settings.portals = Some(Portals::Credentials(lookup));
        self
    }

    /// Ends the relay: nothing new is received and nothing new leaves. Events that have left are waited for, which takes the
    /// client's [`timeout`](crate::ClientBuilder::timeout) at most; the rest are given back, and everything is settled. A future
    /// that is ready at once ends the relay at once. A call of the queue's `settle` or `hold` is waited for, so these must end by
    /// themselves.
    pub fn stop_on(mut self, stop: impl Future + Send + 'r) -> Self {
        self.settings.stop = Some(Box::pin(async {
            drop(stop.await);
        }));
        self
    }

    /// Sets a function that is called with the outcome of each message whose event is not on HubSpot: of an event that is refused
    /// and put aside, and of an event that is given back, each time it comes. With it a service notices an account that has left;
    /// [`Outcome::portal_id`](crate::Outcome::portal_id) says whose the event is. The function should be quick, since the relay
    /// waits for it, and a panic in it changes nothing.
    ///
    /// ```
    /// use timeline_core::{CredentialsErrorKind, NotSentReason, Outcome};
    ///
    /// fn has_left(outcome: &Outcome) -> Option<u64> {
    ///     use CredentialsErrorKind::{AppUninstalled, BadRefreshToken};
    ///     match outcome {
    ///         Outcome::NotSent { reason: NotSentReason::RefreshRefused(error), .. }
    ///             if matches!(error.kind(), AppUninstalled | BadRefreshToken) => outcome.portal_id(),
    ///         _ => None,
    ///     }
    /// }
    /// ```
    pub fn on_undelivered(mut self, tell: impl FnMut(&Outcome) + Send + 'r) -> Self {
        self.settings.undelivered = Some(Box::new(tell));
        self
    }

    /// How long the queue may fail without one success before the relay ends with [`RelayError`]; 20 s by default.
    pub fn queue_patience(mut self, patience: Duration) -> Self {
        self.settings.queue_patience = patience;
        self
    }

    /// Makes it the relay of a sender: it uses the sender's batches, and leaves other accounts' events to their own senders.
    #[cfg(feature = "outbox")]
    fn of_a_sender(mut self, batches: SendOptions) -> Self {
        self.settings.batches = Some(batches);
        self.settings.gives_back = true;
        self
    }

    /// Sets a function that is called with the sums so far, each time that messages were settled.
    pub fn on_progress(mut self, progress: impl FnMut(RelayProgress) + Send + 'r) -> Self {
        self.settings.progress = Some(Box::new(progress));
        self
    }
}

impl<'r, Q: Queue + 'r> IntoFuture for Relay<'r, Q> {
    type Output = Result<RelayReport, RelayError<Q::Error>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'r>>;

    fn into_future(self) -> Self::IntoFuture {
        let Relay {
            client,
            queue,
            settings,
        } = self;
        Box::pin(Run::new(client, settings).run(queue))
    }
}

impl<Q> fmt::Debug for Relay<'_, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("queue_patience", &self.settings.queue_patience)
            .finish_non_exhaustive()
    }
}
