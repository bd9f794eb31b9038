//! The trait of a queue: what a queue has to be able to do for a relay.

use std::future::Future;

use super::settle::Settle;
use crate::delivery::Outcome;

/// What a queue has to be able to do for a [`Relay`](crate::Relay): a table, a broker's subject, a cloud's queue.
/// [A page](crate::docs::queues) says how, for each of the usual ones.
///
/// A message is the JSON of a [`SealedEvent`](crate::SealedEvent). Delivery is at least once: a message that was received and is
/// not settled comes again by itself, when its lease is over or its consumer is gone. Under its own id it is the same event on
/// HubSpot, so a message that comes twice does no harm, and an acknowledgement that is late is still true.
///
/// The calls are made one at a time. An error ends nothing: the relay asks again with growing pauses.
///
/// ```
/// use std::collections::VecDeque;
/// use std::convert::Infallible;
/// use timeline_core::{Queue, Settle, Settled};
///
/// /// Messages in memory: for tests, since they end with the process.
/// #[derive(Default)]
/// struct InMemory {
///     waiting: VecDeque<Vec<u8>>,
///     parked: Vec<(Vec<u8>, String)>,
/// }
///
/// impl Queue for InMemory {
///     type Ticket = Vec<u8>; // what it takes to find the message again
///     type Error = Infallible;
///
///     async fn receive(&mut self, at_most: usize) -> Result<Vec<(Vec<u8>, Self::Ticket)>, Infallible> {
///         let count = at_most.min(self.waiting.len());
///         Ok(self.waiting.drain(..count).map(|message| (message.clone(), message)).collect())
///     }
///
///     async fn settle(&mut self, settled: Vec<Settled<Self::Ticket>>) -> Result<(), Infallible> {
///         for Settled { ticket, settle, outcome, .. } in settled {
///             match settle {
///                 Settle::Done => {}
///                 Settle::Again(_after) => self.waiting.push_back(ticket),
///                 Settle::Park => self.parked.push((ticket, outcome.to_string())),
///             }
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Queue: Send {
    /// What it takes to settle a message: a row's id, an acknowledgement's address.
    type Ticket: Send + Sync + 'static;
    /// What may go wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Up to so many messages that no other consumer holds; none means "nothing now", and the relay asks again within a second.
    ///
    /// Its future may be dropped before it is ready, so that settling never waits for it: what it had taken comes back by
    /// its lease.
    #[expect(
        clippy::type_complexity,
        reason = "the messages with their tickets, or an error"
    )]
    fn receive(
        &mut self,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<(Vec<u8>, Self::Ticket)>, Self::Error>> + Send;

    /// Settles messages. A message to be parked is kept with its reason, durably, **before** it is acknowledged.
    fn settle(
        &mut self,
        settled: Vec<Settled<Self::Ticket>>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Prolongs the leases of these messages, which are still needed: called at least every five seconds while there are some,
    /// unless `settle` takes longer: the two are never called at once.
    /// It does nothing by default, for queues without leases.
    fn hold(
        &mut self,
        tickets: &[&Self::Ticket],
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = tickets;
        async { Ok(()) }
    }
}

/// The relay may borrow its queue.
impl<Q: Queue> Queue for &mut Q {
    type Ticket = Q::Ticket;
    type Error = Q::Error;

    fn receive(
        &mut self,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<(Vec<u8>, Self::Ticket)>, Self::Error>> + Send {
        (**self).receive(at_most)
    }

    fn settle(
        &mut self,
        settled: Vec<Settled<Self::Ticket>>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        (**self).settle(settled)
    }

    fn hold(
        &mut self,
        tickets: &[&Self::Ticket],
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        (**self).hold(tickets)
    }
}

/// A message, and what is to be done with it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Settled<T> {
    /// The queue's ticket for the message.
    pub ticket: T,
    /// What is to be done.
    pub settle: Settle,
    /// What became of its event: the reason for parking it.
    pub outcome: Outcome,
}
