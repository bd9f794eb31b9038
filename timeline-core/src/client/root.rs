//! The client, and what the clients for all accounts share.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::apis::Apis;
use super::callback::CallerId;
#[cfg(feature = "blocking")]
use super::callback::is_calling;
use super::clock::Clock;
use super::credentials::Credentials;
use super::http::Http;
use super::log_limit::LogLimit;
use super::metrics::{Watcher, names};
use super::pacer::RateLimit;
use super::portal::{Portal, Portals, Traffic};
use super::retry::RetryPolicy;
use super::tokens::{TokenTools, Tokens};
use crate::event::EventIds;
use crate::trace;
use crate::wire::Api;
use crate::wire::protocol::Protocol;

/// A connection to one HubSpot account.
///
/// Cheap to clone; clones share connections, access token, pace, and what is known of an outage. It needs a tokio
/// runtime with time and I/O enabled when it sends.
#[derive(Clone)]
pub struct Client {
    pub(crate) root: Arc<Root>,
    pub(crate) portal: Arc<Portal>,
    /// Limits the requests that are under way, for all accounts that share this; `None` for no limit.
    pub(super) turns: Option<Arc<Semaphore>>,
}

/// What the clients for all accounts share.
pub(crate) struct Root {
    pub(crate) http: Http,
    pub(crate) apis: Apis,
    /// The user's setting; `None` for the API's own number.
    pub(super) batch_size: Option<usize>,
    pub(crate) concurrency: usize,
    pub(crate) rate_limit: RateLimit,
    pub(crate) retry: RetryPolicy,
    /// Whether an answer with as many errors as events has one error for each event.
    pub(crate) one_error_per_event: bool,
    pub(crate) ids: EventIds,
    pub(super) rng: Mutex<fastrand::Rng>,
    pub(crate) show_messages: bool,
    pub(crate) metrics: Watcher,
    pub(crate) log_limit: LogLimit,
    pub(crate) clock: Arc<dyn Clock>,
    pub(super) portals: Portals,
    /// How many more access tokens may be asked for at once, for all accounts.
    pub(super) refreshes: Arc<Semaphore>,
}

impl Client {
    /// A client for another account that has installed the app, with the same settings and connections.
    ///
    /// Cheap: a server of many accounts can make one whenever it is needed; an idle account takes less than a kilobyte.
    /// Clients of one root for one account share its access token and its pace; different accounts share neither.
    ///
    /// Credentials count as the same if the client id and the client secret are the same and the refresh token is the one
    /// in use now or was in use before, or if the access token is the same. Other credentials take their place, for this
    /// and later clients. So does a refresh token that was in use before, once the token endpoint has refused the one in
    /// use. If the credentials are the same, the first functions stay ([`on_refresh`](crate::OAuth::on_refresh)), unless
    /// the refresh token was refused; a function that was missing is taken from later credentials.
    ///
    /// A text that cannot be a secret is told when sending, at once: the events end as
    /// [`NotSent`](crate::Outcome::NotSent), with malformed credentials as the reason.
    ///
    /// ```
    /// use timeline_core::{Client, Credentials, OAuth};
    ///
    /// # #[cfg(feature = "rustls")]
    /// # fn run() -> Result<(), timeline_core::ConfigError> {
    /// let root = Client::builder().build()?; // it needs no credentials of its own, if it sends nothing itself
    /// let theirs = root.for_portal(62516, OAuth::new("client-id", "client-secret", "their-refresh-token"));
    /// let others = root.for_portal(62517, Credentials::access_token("…"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn for_portal(&self, portal_id: u64, credentials: impl Into<Credentials>) -> Client {
        let root = &self.root;
        let now = root.clock.elapsed();
        let credentials = credentials.into();
        Client {
            root: Arc::clone(root),
            portal: root.portals.get(
                portal_id,
                credentials,
                || Traffic::new(root.rate_limit),
                now,
            ),
            turns: self.turns.clone(),
        }
    }

    /// The same client with a limit on the requests under way, which it shares with all clients that are made from it.
    pub(crate) fn taking_turns(mut self, requests: usize) -> Self {
        self.turns = Some(Arc::new(Semaphore::new(requests)));
        self
    }

    /// A client for an account whose credentials are not known yet, to seal the account's events. The root does not
    /// remember this client. The client shares the pace of an account that the root knows, and knows whether the account has moved.
    pub(crate) fn of_account(&self, portal_id: u64) -> Client {
        let root = &self.root;
        let fresh = || Traffic::new(root.rate_limit);
        let traffic = root.portals.traffic(portal_id, fresh);
        let tokens = Tokens::new(Credentials::none(), Some(portal_id));
        Client {
            root: Arc::clone(root),
            portal: Arc::new(Portal::new(Some(portal_id), tokens, traffic)),
            turns: self.turns.clone(),
        }
    }

    /// A client for the same account with these credentials.
    pub(super) fn with_credentials(&self, portal_id: u64, credentials: Credentials) -> Client {
        let (root, traffic) = (&self.root, &self.portal.traffic);
        let now = root.clock.elapsed();
        Client {
            root: Arc::clone(root),
            portal: root
                .portals
                .get(portal_id, credentials, || traffic.clone(), now),
            turns: self.turns.clone(),
        }
    }

    /// How many events a request has at most.
    pub(crate) fn batch_size(&self) -> usize {
        self.root
            .batch_size
            .unwrap_or_else(|| self.api().batch_size())
    }

    /// The HubSpot account that the client is for, if the client was told.
    #[must_use]
    pub fn portal_id(&self) -> Option<u64> {
        self.portal.id
    }
}

impl Client {
    /// The API that the account's events go through now.
    pub(crate) fn api(&self) -> Api {
        let has_moved = &self.portal.traffic.has_moved;
        match self.root.apis.chosen {
            Api::V3 if has_moved.load(Ordering::Acquire) => Api::AppEvents,
            chosen => chosen,
        }
    }

    /// Whether a 401 to a fresh access token means that the account has moved to app events. It means nothing for a fixed
    /// access token, which may be refused only because it is old.
    pub(crate) fn may_move(&self) -> bool {
        self.root.apis.moves && self.portal.tokens.are_renewed()
    }

    /// Whether the account has moved from the API that the client was built for.
    pub(crate) fn has_moved(&self) -> bool {
        self.api() != self.root.apis.chosen
    }

    /// Notes that the account has moved: its events go through app events from now on.
    pub(crate) fn move_to_app_events(&self) {
        if !self.portal.traffic.has_moved.swap(true, Ordering::AcqRel) {
            self.root.metrics.add(names::MOVES_TO_APP_EVENTS, 1);
            trace::moved_to_app_events(self.portal.id);
        }
    }

    pub(crate) fn protocol(&self) -> &Protocol {
        self.root.apis.protocol(self.api())
    }
}

impl Root {
    /// Frees what an idle account does not need. To be called when none of its events are on their way, nor will be for a
    /// while.
    pub(crate) fn rest(&self, portal_id: u64) {
        self.portals.rest(portal_id, self.clock.elapsed());
    }

    /// What it takes to get an access token.
    pub(super) fn token_tools(&self) -> TokenTools<'_> {
        TokenTools {
            http: &self.http,
            clock: &self.clock,
            metrics: &self.metrics,
            caller: self.caller_id(),
            refreshes: &self.refreshes,
        }
    }

    pub(super) fn caller_id(&self) -> CallerId {
        CallerId::of_ref(self)
    }

    /// Whether a line that many events may share is to be written to the log now.
    pub(crate) fn may_log(&self, line: &str) -> bool {
        self.log_limit.allows(line, self.clock.elapsed())
    }

    /// A number from 0 to 1 that spreads the waits of many clients.
    pub(crate) fn chance(&self) -> f64 {
        self.rng
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .f64()
    }
}

#[cfg(feature = "blocking")]
impl Client {
    pub(crate) fn caller_id(&self) -> CallerId {
        self.root.caller_id()
    }

    /// Whether one of the client's functions is being called on this thread.
    pub(crate) fn is_calling(&self) -> bool {
        let own = self.caller_id();
        let counts = self.root.metrics.caller_id();
        is_calling(|caller| caller == own || Some(caller) == counts)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.root.http.base.as_str())
            .field("portal_id", &self.portal.id)
            .finish_non_exhaustive()
    }
}
