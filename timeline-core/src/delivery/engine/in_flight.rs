//! The requests that are under way.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::client::{Attempt, Tried};
use crate::delivery::engine::request::BatchRequest;

pub(super) struct InFlight {
    requests: FuturesUnordered<OneInFlight>,
    concurrency: usize,
    /// How many requests have been made, and how many of them repeated one that had failed.
    made: u64,
    repeated: u64,
}

/// One request under way, and its attempt.
struct OneInFlight {
    /// `None` once it is done.
    request: Option<BatchRequest>,
    /// The rest of the batch that it was taken from, if it is a probe.
    rest: Option<BatchRequest>,
    attempt: Attempt,
}

/// A request that is done, the rest of the batch that it was taken from, and its result.
pub(super) type Done = (BatchRequest, Option<BatchRequest>, Tried);

impl Future for OneInFlight {
    type Output = Done;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Done> {
        let tried = ready!(Pin::new(&mut self.attempt).poll(context));
        match self.request.take() {
            Some(request) => Poll::Ready((request, self.rest.take(), tried)),
            None => Poll::Pending,
        }
    }
}

impl InFlight {
    pub(super) fn new(concurrency: usize) -> Self {
        InFlight {
            requests: FuturesUnordered::new(),
            concurrency,
            made: 0,
            repeated: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    pub(super) fn has_room(&self) -> bool {
        self.requests.len() < self.concurrency
    }

    pub(super) fn push(
        &mut self,
        request: BatchRequest,
        rest: Option<BatchRequest>,
        attempt: Attempt,
    ) {
        self.requests.push(OneInFlight {
            request: Some(request),
            rest,
            attempt,
        });
    }

    /// The next request that is done.
    pub(super) fn poll_done(&mut self, context: &mut Context<'_>) -> Option<Done> {
        match self.requests.poll_next_unpin(context) {
            Poll::Ready(done) => done,
            Poll::Pending => None,
        }
    }

    /// Counts a request that was answered, or failed.
    pub(super) fn count(&mut self, repeats: bool) {
        self.made += 1;
        self.repeated += u64::from(repeats);
    }

    pub(super) fn counts(&self) -> (u64, u64) {
        (self.made, self.repeated)
    }

    /// Gives up all requests; returns with each whether it had left.
    pub(super) fn give_up(&mut self) -> Vec<(Option<BatchRequest>, Option<BatchRequest>, bool)> {
        std::mem::take(&mut self.requests)
            .into_iter()
            .map(|mut one| {
                let has_left = one.attempt.give_up();
                (one.request.take(), one.rest.take(), has_left)
            })
            .collect()
    }
}
