//! The caller's settings of a call.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::client::Client;

pub(in crate::delivery) type Later<'e> = Pin<Box<dyn Future<Output = ()> + Send + 'e>>;

pub(in crate::delivery) struct Options<'e> {
    pub(in crate::delivery) concurrency: usize,
    pub(in crate::delivery) stop_on: Option<Later<'e>>,
    /// How many events make a batch.
    pub(in crate::delivery) batch_size: usize,
    /// How long a batch that does not fill waits for more.
    pub(in crate::delivery) linger: Duration,
    /// After a refusal that stops the call, it sends again after this time; `None`: never.
    pub(in crate::delivery) recover: Option<Duration>,
    /// The caller is a queue, which keeps undelivered events.
    pub(in crate::delivery) is_for_a_queue: bool,
}

impl<'e> Options<'e> {
    pub(in crate::delivery) fn new(client: &Client) -> Self {
        Options {
            concurrency: client.root.concurrency,
            stop_on: None,
            batch_size: client.batch_size(),
            linger: Duration::from_secs(1),
            recover: None,
            is_for_a_queue: false,
        }
    }
    /// Once this future is ready, nothing new leaves.
    pub(in crate::delivery) fn stop_on(&mut self, stop: impl Future + Send + 'e) {
        self.stop_on = Some(Box::pin(async move {
            let _ = stop.await;
        }));
    }
}
