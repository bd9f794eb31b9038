//! The settings of the senders of a service for many accounts.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::client::{Client, CredentialsLookup, FoundCredentials};
use crate::delivery::intake::seal::Sealer;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::sender::accounts::Accounts;
use crate::delivery::sender::on_undelivered::{OnUndelivered, UndeliveredCallback};
use crate::delivery::sender::parts::Settings;
use crate::delivery::sender::senders::{Senders, Shared};

impl Client {
    /// Senders for a service whose events come one by one and belong to many accounts; see [`Senders`]. The client is the
    /// root: it needs no credentials of its own.
    ///
    /// `credentials` is asked for the credentials of an account when the account's first event comes, and again when it wakes
    /// after a time without events or when HubSpot has refused the credentials that it gave. It may ask a database. It gives
    /// an `Option` of [`Credentials`](crate::Credentials) or of an [`OAuth`](crate::OAuth), or a `Result` of such an `Option`;
    /// `None` says that the account has not installed the app.
    ///
    /// ```
    /// # #[cfg(all(feature = "sandbox", feature = "derive"))]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use std::time::Duration;
    /// use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET};
    /// use timeline_core::{EventInput, OAuth, Sandbox};
    /// # let sandbox = Sandbox::start().await?;
    /// # let template = timeline_core::EventTemplate::new("Visited", timeline_core::ObjectType::Contacts);
    /// # let template_id = sandbox.add_template(template);
    /// # let root = sandbox.client();
    /// # async fn refresh_token_of(portal_id: u64) -> std::io::Result<Option<String>> {
    /// #     Ok((portal_id < 100).then(|| format!("refresh-{portal_id}")))
    /// # }
    /// sandbox.add_portal(71, "refresh-71");
    /// sandbox.add_portal(72, "refresh-72");
    ///
    /// let senders = root
    ///     .senders(|portal_id| async move {
    ///         let found = refresh_token_of(portal_id).await?; // your database
    ///         let oauth = |token| OAuth::new(CLIENT_ID, CLIENT_SECRET, token);
    ///         let oauth = |token| oauth(token).on_refresh(|_new_token| async { /* store it there */ });
    ///         std::io::Result::Ok(found.map(oauth))
    ///     })
    ///     .on_undelivered(|portal_id, outcome| eprintln!("account {portal_id}: {outcome}"))
    ///     .build();
    ///
    /// let visit = || EventInput::new(&template_id).email("ada@example.com");
    /// let first = senders.send(71, visit()).await; // from any number of tasks, through clones
    /// drop(senders.send(72, visit()).await); // its outcome is of no interest here
    /// let unknown = senders.send(172, visit()).await;
    /// assert!(first.await.is_delivered() && !unknown.await.is_delivered());
    ///
    /// let report = senders.shutdown(Duration::from_secs(30)).await; // when the service stops: one for all accounts
    /// assert_eq!((report.total(), report.created(), report.rejected()), (3, 2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn senders<F, Fut>(&self, credentials: F) -> SendersBuilder
    where
        F: Fn(u64) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: FoundCredentials> + Send + 'static,
    {
        SendersBuilder {
            root: self.clone(),
            lookup: CredentialsLookup::new(credentials),
            capacity: 10_000,
            capacity_in_all: 100_000,
            linger: Duration::from_secs(1),
            concurrency: self.root.concurrency,
            concurrency_in_all: 256,
            idle_after: Duration::from_secs(60),
            on_undelivered: None,
        }
    }
}

/// The settings of [`Senders`]; made by [`Client::senders`].
#[must_use = "settings do nothing until `.build()`"]
pub struct SendersBuilder {
    root: Client,
    lookup: CredentialsLookup,
    capacity: usize,
    capacity_in_all: usize,
    linger: Duration,
    concurrency: usize,
    concurrency_in_all: usize,
    idle_after: Duration,
    on_undelivered: Option<OnUndelivered>,
}

impl SendersBuilder {
    /// How many events of one account may be without an outcome, waiting or under way: 10,000 by default; 0 counts as 1.
    pub fn capacity(mut self, events: usize) -> Self {
        self.capacity = events.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// How many events of all accounts together may be without an outcome: 100,000 by default; 0 counts as 1. Several times
    /// the room of one account keeps a few busy accounts from taking all of it.
    pub fn capacity_in_all(mut self, events: usize) -> Self {
        self.capacity_in_all = events.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// How long a batch that does not fill waits for more events, 1 s by default.
    pub fn linger(mut self, time: Duration) -> Self {
        self.linger = time;
        self
    }

    /// How many requests of one account may be under way at once, instead of the client's number; 0 counts as 1.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// How many requests of all accounts together may be under way at once, each on a connection of its own: 256 by default; 0
    /// counts as 1. Accounts take turns, first come, first served; a request that waits for its account's limit takes no turn.
    pub fn concurrency_in_all(mut self, requests: usize) -> Self {
        self.concurrency_in_all = requests.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// How long an account stays awake without an event, 60 s by default.
    pub fn idle_after(mut self, time: Duration) -> Self {
        self.idle_after = time;
        self
    }

    /// Sets a function that is called with the account and the outcome of each event that is not on HubSpot; see
    /// [`SenderBuilder::on_undelivered`](super::builder::SenderBuilder::on_undelivered). It is one function for all accounts,
    /// and is called with one outcome at a time.
    pub fn on_undelivered(mut self, mut tell: impl FnMut(u64, &Outcome) + Send + 'static) -> Self {
        self.on_undelivered = Some(Box::new(move |portal_id, outcome| {
            tell(portal_id.unwrap_or_default(), outcome);
        }));
        self
    }

    /// Builds the senders. They run on the tokio runtime that this is called in, and can be used from other threads. They run
    /// until they are shut down, or until all clones are gone and every event that they took has its outcome.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn build(self) -> Senders {
        Senders::new(Shared {
            accounts: Arc::new(Accounts::default()),
            lookup: self.lookup,
            sealer: Sealer::new(self.root.taking_turns(self.concurrency_in_all)),
            settings: Settings {
                capacity: self.capacity,
                linger: self.linger,
                concurrency: self.concurrency,
            },
            idle_after: self.idle_after,
            room_in_all: Arc::new(Semaphore::new(self.capacity_in_all)),
            callback: Arc::new(UndeliveredCallback::new(self.on_undelivered)),
            runtime: Handle::current(),
        })
    }
}

impl fmt::Debug for SendersBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendersBuilder").finish_non_exhaustive()
    }
}
