//! What a relay is told beside its queue.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::report::RelayProgress;
use crate::client::Client;

/// What a relay is told beside its queue.
pub(crate) struct Settings<'r> {
    pub(crate) portals: Option<Portals<'r>>,
    pub(crate) stop: Option<Pin<Box<dyn Future<Output = ()> + Send + 'r>>>,
    pub(crate) progress: Option<Box<dyn FnMut(RelayProgress) + Send + 'r>>,
    pub(crate) queue_patience: Duration,
}

/// The clients of other accounts.
pub(crate) type Portals<'r> = Box<dyn FnMut(u64) -> Option<Client> + Send + 'r>;
