//! The client, and what it sends and reads.

use std::fmt;
use std::future::Future;
use std::io::{self, Read};
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::background::Background;
use crate::client::{Authorization, AuthorizationCode, Calling, CredentialsError};
use crate::delivery::{
    BatchError, BatchReport, CreatedEvent, Outcome, Progress, SendError, Tags, inside_callback,
};
use crate::error::Error;
use crate::event::{InvalidEvent, TimelineEvent};
use crate::{Api, BatchResponse, Credentials, EventRecord, delivery};

/// A [`Client`](crate::Client) whose calls block.
#[derive(Clone)]
pub struct Client {
    pub(super) client: crate::Client,
    pub(super) background: Arc<Background>,
}

impl Client {
    /// A blocking client with the settings and the state of an async one.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the system gives no thread or I/O for the runtime.
    pub fn new(client: crate::Client) -> io::Result<Self> {
        Ok(Client {
            client,
            background: Arc::new(Background::start()?),
        })
    }

    /// The same client for async code.
    #[must_use]
    pub fn get_ref(&self) -> &crate::Client {
        &self.client
    }

    /// As [`Client::for_portal`](crate::Client::for_portal), on the same thread.
    #[must_use]
    pub fn for_portal(&self, portal_id: u64, credentials: impl Into<Credentials>) -> Self {
        Client {
            client: self.client.for_portal(portal_id, credentials),
            background: Arc::clone(&self.background),
        }
    }

    /// As [`Client::send`](crate::Client::send).
    ///
    /// # Errors
    ///
    /// [`SendError`] has the event's outcome: rejected, not sent or unknown.
    pub fn send<E: TimelineEvent + Sync>(&self, event: &E) -> Result<CreatedEvent, SendError> {
        self.wait_or(self.client.send(event), || {
            Err(SendError::new(self.client.refuse(event), self.client.api()))
        })
    }

    /// As [`Client::exchange_code`](crate::Client::exchange_code).
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] says why there are no tokens.
    pub fn exchange_code(
        &self,
        code: AuthorizationCode<'_>,
    ) -> Result<Authorization, CredentialsError> {
        self.wait_or(self.client.exchange_code(code), || {
            Err(CredentialsError::inside_callback())
        })
    }

    /// As [`SendBatch::send_batch`].
    pub fn send_batch<'e, I>(&self, events: I) -> Sending<'e>
    where
        I: IntoIterator<Item: TimelineEvent, IntoIter: Send + 'e>,
    {
        self.sending(self.client.send_batch(events))
    }

    /// As [`Client::replay`](crate::Client::replay).
    pub fn replay<'e>(&self, reader: impl Read + Send + 'e) -> Sending<'e> {
        self.sending(self.client.replay(reader))
    }

    /// As [`Client::send_stream`](crate::Client::send_stream), from an iterator: the outcomes as they come, in
    /// bounded memory for any number of events. New requests start only while an outcome is asked for.
    pub fn send_stream<'e, I>(&self, events: I) -> Outcomes<'e>
    where
        I: IntoIterator<Item: TimelineEvent, IntoIter: Send + 'e>,
    {
        Outcomes {
            outcomes: self.client.send_stream(stream::iter(events)),
            client: self.clone(),
        }
    }

    /// As [`Client::send_tagged`](crate::Client::send_tagged), from an iterator of tags and events.
    pub fn send_tagged<'e, I, T, E>(
        &self,
        events: I,
    ) -> impl Iterator<Item = (T, Outcome)> + Send + use<'e, I, T, E>
    where
        I: IntoIterator<Item = (T, E), IntoIter: Send + 'e>,
        T: Send + 'e,
        E: TimelineEvent,
    {
        let tags = Tags::default();
        let put = tags.clone();
        let events = events.into_iter().enumerate();
        let outcomes = self.send_stream(events.map(move |(index, (tag, event))| {
            put.lock().insert(index, tag);
            event
        }));
        outcomes.filter_map(move |(index, outcome)| {
            let tag = tags.lock().remove(&index)?;
            Some((tag, outcome))
        })
    }

    /// As [`Client::check`](crate::Client::check).
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`] names every setting that is missing.
    pub fn check<E: TimelineEvent>(&self) -> Result<(), InvalidEvent> {
        self.client.check::<E>()
    }

    /// As [`Client::verify`](crate::Client::verify).
    ///
    /// # Errors
    ///
    /// [`Error`] if an event of this type cannot be sent now.
    pub fn verify<E: TimelineEvent>(&self) -> Result<(), Error> {
        self.wait_or(self.client.verify::<E>(), || {
            Err(inside_callback(Api::TYPE_NAME_ROUTE))
        })
    }

    /// As [`Client::event_id`](crate::Client::event_id).
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`] if the event could not be sent.
    pub fn event_id<E: TimelineEvent>(&self, event: &E) -> Result<String, InvalidEvent> {
        self.client.event_id(event)
    }

    /// As [`Client::event`](crate::Client::event).
    ///
    /// # Errors
    ///
    /// [`Error`] if no answer says whether the event exists.
    pub fn event(&self, template_id: &str, event_id: &str) -> Result<Option<EventRecord>, Error> {
        self.wait_or(self.client.event(template_id, event_id), || {
            Err(inside_callback(Api::READ_ROUTE))
        })
    }

    /// As [`Client::batch_create`](crate::Client::batch_create).
    ///
    /// # Errors
    ///
    /// [`Error`] if an event cannot be sent, HubSpot refuses the request, or no readable answer came.
    pub fn batch_create<E: TimelineEvent + Sync>(
        &self,
        events: &[E],
    ) -> Result<BatchResponse, Error> {
        self.wait_or(self.client.batch_create(events), || {
            Err(inside_callback(self.client.api().create_route()))
        })
    }

    /// Whether a call from here would wait for itself: it is on the runtime's thread, or in a callback of the client.
    pub(super) fn is_calling(&self) -> bool {
        std::thread::current().id() == self.background.thread || self.client.is_calling()
    }

    /// Runs a future to its end. If that would wait for itself, returns what `refused` returns.
    fn wait_or<F: Future<Output: Send> + Send>(
        &self,
        future: F,
        refused: impl FnOnce() -> F::Output,
    ) -> F::Output {
        if self.is_calling() {
            return refused();
        }
        self.background.wait(future)
    }

    fn sending<'e>(&self, sending: delivery::Sending<'e>) -> Sending<'e> {
        Sending {
            sending,
            client: self.clone(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

/// `.send_batch(&client)` on anything that yields events, for a blocking client.
pub trait SendBatch: IntoIterator + Sized {
    /// As [`SendBatch::send_batch`](crate::SendBatch::send_batch); nothing is sent before [`wait`](Sending::wait).
    fn send_batch<'e>(self, client: &Client) -> Sending<'e>
    where
        Self::Item: TimelineEvent,
        Self::IntoIter: Send + 'e,
    {
        client.send_batch(self)
    }
}

impl<I: IntoIterator> SendBatch for I {}

/// A delivery that has not started: [`wait`](Self::wait) gives a `Result`, [`report`](Self::report) only the report.
#[must_use = "nothing is sent until this is waited for"]
pub struct Sending<'e> {
    sending: delivery::Sending<'e>,
    client: Client,
}

impl<'e> Sending<'e> {
    /// As [`Sending::concurrency`](crate::Sending::concurrency).
    pub fn concurrency(self, requests: usize) -> Self {
        Sending {
            sending: self.sending.concurrency(requests),
            ..self
        }
    }

    /// As [`Sending::on_progress`](crate::Sending::on_progress).
    pub fn on_progress(self, mut on_progress: impl FnMut(Progress) + Send + 'e) -> Self {
        let caller = self.client.client.caller_id();
        let on_progress = move |progress| {
            let _calling = Calling::begin(caller);
            on_progress(progress);
        };
        Sending {
            sending: self.sending.on_progress(on_progress),
            ..self
        }
    }

    /// As [`Sending::stop_on`](crate::Sending::stop_on): with the receiving end of a channel, for instance.
    pub fn stop_on(self, stop: impl Future + Send + 'e) -> Self {
        Sending {
            sending: self.sending.stop_on(stop),
            ..self
        }
    }

    /// Sends the events and returns when every event has its outcome.
    ///
    /// # Errors
    ///
    /// [`BatchError`] has the report, if not every event is on HubSpot.
    pub fn wait(self) -> Result<BatchReport, BatchError> {
        BatchError::check(self.report())
    }

    /// Sends the events and returns the report, also if not every event is on HubSpot.
    #[must_use = "the report alone says which events are not on HubSpot; `.wait()` gives them as an error"]
    pub fn report(self) -> BatchReport {
        if self.client.is_calling() {
            return self.sending.refuse();
        }
        self.client.background.wait(self.sending.report())
    }
}

impl fmt::Debug for Sending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}

/// The outcomes of an iterator's events, as they come; see [`Client::send_stream`].
#[must_use = "nothing is sent until this is asked for outcomes"]
pub struct Outcomes<'e> {
    outcomes: delivery::Outcomes<'e>,
    client: Client,
}

impl Iterator for Outcomes<'_> {
    type Item = (usize, Outcome);

    fn next(&mut self) -> Option<Self::Item> {
        if self.client.is_calling() {
            return self.outcomes.refuse_next();
        }
        self.client.background.wait(self.outcomes.next())
    }
}

impl fmt::Debug for Outcomes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcomes").finish_non_exhaustive()
    }
}
