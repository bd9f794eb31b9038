//! A pool of connections for each runtime.
//!
//! A connection is driven by the runtime that it was made on. If another runtime used it, it would stop answering when its
//! own runtime stops, and a request on it would wait for its whole time limit.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::Handle;

/// At most so many runtimes have pools of their own. A server with one runtime for each core has fewer.
const MOST: usize = 64;

/// Whether the runtime has ended: it takes no task any more.
fn has_ended(runtime: &Handle) -> bool {
    let task = runtime.spawn(std::future::pending::<()>());
    let has_ended = task.is_finished();
    task.abort();
    has_ended
}

pub(super) struct Pools {
    /// For the first runtime that comes.
    first: reqwest::Client,
    /// Makes another one of the same settings.
    make: Box<dyn Fn() -> Option<reqwest::Client> + Send + Sync>,
    known: Mutex<VecDeque<(Handle, reqwest::Client)>>,
}

impl Pools {
    pub(super) fn new(
        first: reqwest::Client,
        make: impl Fn() -> Option<reqwest::Client> + Send + Sync + 'static,
    ) -> Self {
        Pools {
            first,
            make: Box::new(make),
            known: Mutex::default(),
        }
    }

    /// The pool of the runtime that this is called on.
    pub(super) fn here(&self) -> reqwest::Client {
        let Ok(runtime) = Handle::try_current() else {
            return self.first.clone();
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = known.iter().find(|(other, _)| other.id() == runtime.id()) {
            return client.clone();
        }
        let client = if known.is_empty() {
            self.first.clone()
        } else {
            // The same settings worked before, so they work again. If not, a shared pool is better than none.
            (self.make)().unwrap_or_else(|| self.first.clone())
        };
        known.retain(|(other, _)| !has_ended(other));
        if known.len() >= MOST {
            known.pop_front();
        }
        known.push_back((runtime, client.clone()));
        client
    }
}
