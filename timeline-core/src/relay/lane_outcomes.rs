//! The outcomes of a lane's events: its account's credentials are looked up first, unless its client is known.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::{Stream, poll_fn};
use tokio::sync::{Semaphore, mpsc, watch};

use super::told::{no_client, not_sent};
use crate::client::{Client, CredentialsError, CredentialsLookup};
use crate::delivery::{NotSentReason, Outcome, SendOptions, TaggedOutcomes};
use crate::event::SealedEvent;
use crate::guard::apart;

/// A message's number in the relay.
pub(super) type Number = u64;

/// An account; `None` for events that were sealed without one.
pub(super) type Account = Option<u64>;

/// What goes along with an event.
pub(super) struct Tag {
    pub(super) number: Number,
    pub(super) bytes: usize,
    pub(super) template: String,
}

/// Whose client sends the events of a lane.
pub(super) enum LaneClient {
    Known(Client),
    /// A client without credentials, and the function that looks them up.
    LookUp(Client, CredentialsLookup),
}

/// What all lanes have in common.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) stop: watch::Receiver<bool>,
    /// How batches are made; `None` for the client's own way.
    pub(super) batches: Option<SendOptions>,
    /// Limits how many accounts are looked up at once.
    pub(super) lookups: Arc<Semaphore>,
}

/// An outcome of a lane's event.
pub(super) struct LaneOutcome {
    pub(super) account: Account,
    pub(super) generation: u64,
    pub(super) tag: Tag,
    pub(super) outcome: Outcome,
    /// Whether the event was refused because the account has not installed the app.
    pub(super) is_not_installed: bool,
}

/// The outcomes of a lane's events.
pub(super) struct LaneOutcomes {
    account: Account,
    generation: u64,
    client: Client,
    fed: Fed,
    way: Way,
    stage: Stage,
    /// Set once the account's credentials are known.
    is_found: Arc<AtomicBool>,
}

/// Events that were given to a lane and are not taken yet.
type Fed = Arc<Mutex<mpsc::UnboundedReceiver<(Tag, SealedEvent)>>>;

/// What the function of the user's has found; `None` if the relay was stopped before.
type Found = Option<Result<Option<Client>, CredentialsError>>;

enum Stage {
    /// The account's credentials are looked up. Its events wait.
    Find(BoxFuture<'static, Found>),
    Send(TaggedOutcomes<'static, Tag>),
    /// The account has not installed the app, or its credentials could not be looked up.
    Refuse(Option<CredentialsError>),
    /// Nothing leaves any more.
    Stopped,
}

fn locked(fed: &Fed) -> MutexGuard<'_, mpsc::UnboundedReceiver<(Tag, SealedEvent)>> {
    // The receiver is whole between any two calls.
    fed.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Way {
    /// Sends what a lane is fed with.
    fn send(&self, client: &Client, fed: &Fed) -> TaggedOutcomes<'static, Tag> {
        let (fed, mut stop) = (Arc::clone(fed), self.stop.clone());
        let events = poll_fn(move |context| locked(&fed).poll_recv(context));
        let mut outcomes = client.send_tagged(events).for_a_queue();
        if let Some(batches) = self.batches {
            outcomes = outcomes
                .linger(batches.linger)
                .concurrency(batches.concurrency);
        }
        outcomes.stop_on(async move { drop(stop.wait_for(|stopped| *stopped).await) })
    }

    /// Looks up the credentials of the client's account.
    fn find(&self, client: Client, lookup: CredentialsLookup) -> BoxFuture<'static, Found> {
        let (mut stop, lookups) = (self.stop.clone(), Arc::clone(&self.lookups));
        Box::pin(async move {
            let stopped = pin!(stop.wait_for(|stopped| *stopped));
            let finding = pin!(async {
                let turn = lookups.acquire().await;
                let found = client.find_credentials(&lookup).await;
                drop(turn);
                found
            });
            match select(stopped, finding).await {
                Either::Left(_) => None,
                Either::Right((found, _)) => Some(found),
            }
        })
    }
}

impl LaneOutcomes {
    pub(super) fn new(
        account: Account,
        generation: u64,
        client: LaneClient,
        fed: mpsc::UnboundedReceiver<(Tag, SealedEvent)>,
        way: Way,
    ) -> Self {
        let fed: Fed = Arc::new(Mutex::new(fed));
        let (client, stage) = match client {
            LaneClient::Known(client) => {
                let outcomes = way.send(&client, &fed);
                (client, Stage::Send(outcomes))
            }
            LaneClient::LookUp(client, lookup) => {
                let finding = way.find(client.clone(), lookup);
                (client, Stage::Find(finding))
            }
        };
        LaneOutcomes {
            account,
            generation,
            client,
            fed,
            way,
            is_found: Arc::new(AtomicBool::new(matches!(stage, Stage::Send(_)))),
            stage,
        }
    }

    /// Whether the account's credentials are known.
    pub(super) fn is_found(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_found)
    }

    fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Option<(Tag, Outcome)>> {
        loop {
            self.stage = match &mut self.stage {
                Stage::Find(finding) => match ready!(finding.as_mut().poll(context)) {
                    Some(Ok(Some(client))) => {
                        self.is_found.store(true, Ordering::Relaxed);
                        Stage::Send(self.way.send(&client, &self.fed))
                    }
                    Some(Ok(None)) => Stage::Refuse(None),
                    Some(Err(error)) => Stage::Refuse(Some(error)),
                    None => Stage::Stopped,
                },
                Stage::Send(outcomes) => match ready!(Pin::new(outcomes).poll_next(context)) {
                    Some(next) => return Poll::Ready(Some(next)),
                    None => Stage::Stopped,
                },
                Stage::Refuse(_) => {
                    let next = ready!(locked(&self.fed).poll_recv(context));
                    return Poll::Ready(next.map(|(tag, event)| (tag, self.refused(event))));
                }
                // A call that was stopped takes no more events, so those that are still here have not left.
                Stage::Stopped => {
                    let next = locked(&self.fed).try_recv().ok();
                    return Poll::Ready(next.map(|(tag, event)| {
                        (tag, not_sent(&self.client, event, NotSentReason::Stopped))
                    }));
                }
            };
        }
    }

    /// The outcome of an event whose account has no credentials.
    fn refused(&self, event: SealedEvent) -> Outcome {
        if let Stage::Refuse(Some(error)) = &self.stage {
            return not_sent(
                &self.client,
                event,
                NotSentReason::NoAccessToken(error.clone()),
            );
        }
        let words = format!(
            "no credentials were found for account {}: let it install the app, and the function given to \
             `Relay::credentials` find them",
            self.account.unwrap_or_default()
        );
        let outcome = no_client(&self.client, event, words);
        // A subscriber is the user's code, and may panic.
        apart(|| outcome.log(&self.client, true));
        outcome
    }
}

impl Stream for LaneOutcomes {
    type Item = LaneOutcome;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.poll_outcome(context));
        Poll::Ready(next.map(|(tag, outcome)| LaneOutcome {
            account: self.account,
            generation: self.generation,
            tag,
            outcome,
            is_not_installed: matches!(self.stage, Stage::Refuse(None)),
        }))
    }
}
