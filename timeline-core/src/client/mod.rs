//! The client: credentials, one HTTP call with its caps and time limits, the pacer, the retry policy.

mod builder;
mod clock;
mod credentials;
mod http;
mod pacer;
mod retry;
mod secret;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use self::builder::{ClientBuilder, ConfigError};
pub use self::clock::Clock;
pub(crate) use self::clock::SystemClock;
pub use self::credentials::OAuth;
pub(crate) use self::credentials::{Credentials, NoToken};
pub(crate) use self::http::{Failure, Http, Request, Response, is_addressable};
pub use self::pacer::RateLimit;
pub(crate) use self::pacer::{Pacer, Slot};
pub use self::retry::RetryPolicy;
pub(crate) use self::secret::Secret;
use crate::event::EventIds;
use crate::template::TemplateIds;

/// A connection to one HubSpot account.
///
/// Cheap to clone; clones share connections, access token and pace. It needs a tokio runtime with time and I/O
/// enabled when it sends.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) http: Http,
    pub(crate) credentials: Credentials,
    pub(crate) portal_id: Option<u64>,
    pub(crate) template_ids: TemplateIds,
    pub(crate) batch_size: usize,
    pub(crate) concurrency: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) pacer: Pacer,
    pub(crate) ids: EventIds,
    rng: Mutex<fastrand::Rng>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Client {
    /// The settings of a new client, at their defaults.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }
}

impl Inner {
    /// What a request needs to leave: an access token, other than one that HubSpot has refused, and a slot. The slot
    /// comes last, since it is a request's from then on.
    pub(crate) async fn turn(
        &self,
        refused: Option<&Secret>,
    ) -> Result<(Secret, Slot<'_>), NoToken> {
        let token = self
            .credentials
            .token(refused, &self.http, &self.clock)
            .await?;
        Ok((token, self.pacer.slot(&*self.clock).await))
    }

    /// Makes the request; the slot is given back with its answer.
    pub(crate) async fn call(
        &self,
        request: Request<'_>,
        slot: Slot<'_>,
    ) -> Result<Response, Failure> {
        let answer = self.http.call(request, self.clock.now()).await;
        drop(slot);
        answer
    }

    /// A number from 0 to 1 that spreads the waits of many clients.
    pub(crate) fn chance(&self) -> f64 {
        self.rng
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .f64()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.http.base().as_str())
            .field("portal_id", &self.inner.portal_id)
            .finish_non_exhaustive()
    }
}
