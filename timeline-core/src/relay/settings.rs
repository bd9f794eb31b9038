//! The settings of a relay.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::report::RelayProgress;
use crate::client::{Client, CredentialsLookup};
use crate::delivery::{Outcome, SendOptions};

/// The settings of a relay.
pub(crate) struct Settings<'r> {
    pub(crate) portals: Option<Portals<'r>>,
    pub(crate) stop: Option<Pin<Box<dyn Future<Output = ()> + Send + 'r>>>,
    pub(crate) progress: Option<Box<dyn FnMut(RelayProgress) + Send + 'r>>,
    pub(crate) undelivered: Option<Undelivered<'r>>,
    pub(crate) queue_patience: Duration,
    /// How batches are made; `None` for the client's own way.
    pub(crate) batches: Option<SendOptions>,
    /// Events of an account without a client are given back, instead of parked.
    pub(crate) gives_back: bool,
}

/// What the user's function gives for other accounts.
pub(crate) enum Portals<'r> {
    Clients(Box<dyn FnMut(u64) -> Option<Client> + Send + 'r>),
    Credentials(CredentialsLookup),
}

/// Takes the outcomes of events that are not on HubSpot.
pub(crate) type Undelivered<'r> = Box<dyn FnMut(&Outcome) + Send + 'r>;
