//! What a sender's worker does with events: it sends them, it follows those that are kept on disk, it waits for
//! the account's credentials first, or it refuses them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::sync::watch;

use crate::client::metrics::names;
use crate::client::{Client, CredentialsError, CredentialsLookup};
use crate::delivery::engine::options::Options;
use crate::delivery::engine::outcome_log::OutcomeLog;
use crate::delivery::engine::run::Engine;
use crate::delivery::intake::event::Event;
use crate::delivery::intake::seal::Sealer;
use crate::delivery::intake::source::{Given, Next, Source};
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::NotSentReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::sender::channel::Channel;
use crate::delivery::sender::full::not_sent;
use crate::delivery::sender::keep::{Keep, SendOptions};
use crate::delivery::sender::keeping::Keeping;
use crate::event::InvalidKind;
use crate::guard::apart;

/// After a refusal that stops everything (an access token that is refused, say), events end at once for this time; then
/// sending is tried again.
pub(in crate::delivery) const RECOVERY: Duration = Duration::from_secs(10);

/// What a worker needs to begin.
pub(in crate::delivery) struct Start {
    pub(in crate::delivery) channel: Channel,
    pub(in crate::delivery) sealer: Sealer,
    pub(in crate::delivery) capacity: usize,
    pub(in crate::delivery) linger: Duration,
    pub(in crate::delivery) concurrency: usize,
    /// For events that are kept on disk: once this is `true`, nothing new leaves.
    pub(in crate::delivery) stop: Arc<watch::Sender<bool>>,
}

pub(in crate::delivery) enum Stage {
    /// Events wait in the channel.
    Find(Finding, Option<Box<Start>>),
    Send(Box<Engine<'static>>),
    Keep(Box<Keeping>),
    Refuse(Box<Refuse>),
}

type Finding = Pin<Box<dyn Future<Output = Result<Option<Client>, CredentialsError>> + Send>>;

/// Every event ends at once.
pub(in crate::delivery) struct Refuse {
    channel: Channel,
    client: Client,
    /// `None` if the account has no credentials.
    reason: Option<NotSentReason>,
    refused: usize,
}

impl Stage {
    /// Looks up the account's credentials, then sends events, or refuses them without credentials.
    pub(in crate::delivery) fn find(lookup: CredentialsLookup, start: Start) -> Self {
        let client = start.sealer.client.clone();
        let finding = async move { client.find_credentials(&lookup).await };
        Stage::Find(Box::pin(finding), Some(Box::new(start)))
    }

    /// Sends events by this client.
    pub(in crate::delivery) fn send(start: Start, client: Client) -> Self {
        let options = Options {
            concurrency: start.concurrency,
            batch_size: client.batch_size().min(start.capacity),
            linger: start.linger,
            recover: Some(RECOVERY),
            ..Options::new(&client)
        };
        let outcomes = OutcomeLog::passing(&client, false);
        let sealer = start.sealer.with_client(client);
        let source = Box::new(start.channel);
        Stage::Send(Box::new(Engine::new(sealer, source, outcomes, options)))
    }

    /// Follows events that are kept on disk.
    pub(in crate::delivery) fn keep(start: Start, client: Client, keep: Arc<dyn Keep>) -> Self {
        let options = SendOptions {
            linger: start.linger,
            concurrency: start.concurrency,
        };
        let keeping = Keeping::new(start.channel, client, keep, options, start.stop);
        Stage::Keep(Box::new(keeping))
    }

    fn refuse(start: Start, reason: Option<NotSentReason>) -> Self {
        Stage::Refuse(Box::new(Refuse {
            channel: start.channel,
            client: start.sealer.client,
            reason,
            refused: 0,
        }))
    }

    /// The next outcome, with the event's number; `None` when there will be no more.
    pub(in crate::delivery) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<(usize, Outcome)>> {
        if let Stage::Find(finding, start) = self {
            let found = ready!(finding.as_mut().poll(context));
            let Some(start) = start.take() else {
                return Poll::Ready(None);
            };
            *self = match found {
                Ok(Some(client)) => Stage::send(*start, client),
                Ok(None) => Stage::refuse(*start, None),
                Err(error) => Stage::refuse(*start, Some(NotSentReason::NoAccessToken(error))),
            };
        }
        match self {
            Stage::Send(engine) => engine.poll(context),
            Stage::Keep(keeping) => keeping.poll(context),
            Stage::Refuse(refuse) => refuse.poll(context),
            Stage::Find(..) => Poll::Ready(None),
        }
    }

    /// Gives up the events that have no outcome.
    pub(in crate::delivery) fn abandon(&mut self) {
        match self {
            Stage::Send(engine) => engine.abandon(),
            Stage::Keep(keeping) => keeping.abandon(),
            Stage::Refuse(_) => {}
            Stage::Find(_, start) => {
                if let Some(start) = start.take() {
                    *self = Stage::refuse(*start, Some(NotSentReason::Stopped));
                }
            }
        }
    }

    pub(in crate::delivery) fn next_abandoned(&mut self) -> Option<(usize, Outcome)> {
        let mut context = Context::from_waker(Waker::noop());
        let next = match self {
            Stage::Send(engine) => return engine.next_abandoned(),
            Stage::Keep(keeping) => keeping.poll(&mut context),
            Stage::Refuse(refuse) => refuse.poll(&mut context),
            Stage::Find(..) => return None,
        };
        match next {
            Poll::Ready(next) => next,
            Poll::Pending => None,
        }
    }
}

impl Refuse {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<(usize, Outcome)>> {
        let mut given = None;
        loop {
            let mut take = |event: Given<'_>| {
                if let Given::Event(event) = event {
                    given = Some(event);
                }
            };
            match ready!(self.channel.poll_next(context, &mut take)) {
                Next::End => return Poll::Ready(None),
                Next::Event | Next::Flush => {}
            }
            if let Some(event) = given.take() {
                let number = self.refused;
                self.refused += 1;
                return Poll::Ready(Some((number, self.outcome(event))));
            }
        }
    }

    fn outcome(&self, event: Result<Event, Rejection>) -> Outcome {
        let outcome = match (&self.reason, event) {
            (Some(reason), event) => not_sent(event, reason.clone()),
            (None, Ok(event)) => {
                let portal_id = self.client.portal_id().unwrap_or_default();
                let error = InvalidKind::NoCredentials(portal_id).into();
                Rejection::kept(event.id(), error, event.undelivered(None)).into()
            }
            (None, Err(rejection)) => rejection.into(),
        };
        let metrics = &self.client.root.metrics;
        metrics.add(names::EVENTS_TAKEN, 1);
        metrics.add(outcome.metric(), 1);
        apart(|| outcome.log(&self.client, false));
        outcome
    }
}
