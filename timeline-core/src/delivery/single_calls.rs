//! Calls that are not retried: reading an event, and HubSpot's batch call as it is.

use std::sync::Arc;

use crate::client::{Called, Client, Reply, is_addressable};
use crate::delivery::intake::event::Event;
use crate::delivery::intake::seal::{Scratch, Sealer, unmet};
use crate::delivery::outcome::reason::UndeliveredReason;
use crate::delivery::outcome::reason::{NotSentReason, UnknownReason};
use crate::delivery::outcome::rejection::RejectionReason;
use crate::delivery::verdict::create::missing_scopes;
use crate::error::Attempts;
use crate::error::{Error, ErrorKind};
use crate::event::{InvalidEvent, TimelineEvent};
use crate::wire::answer::{Answer, Content, Expected};
use crate::wire::call::Route;
use crate::wire::meaning::Meaning;
use crate::wire::{Api, BatchResponse, EventRecord};

impl Client {
    /// Reads an event; `None` if HubSpot has none with this id. It makes one attempt, and a second one if HubSpot answers
    /// the first with a 401, as for an access token that has run out.
    ///
    /// An event can be listed as created before it can be read. Only v3 has this call: a client of app events gets
    /// [`ErrorKind::NoSuchCall`](crate::ErrorKind::NoSuchCall).
    ///
    /// ```
    /// # #[cfg(all(feature = "sandbox", feature = "derive"))]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use timeline_core::{EventInput, EventTemplate, ObjectType, Sandbox};
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let template = sandbox.add_template(EventTemplate::new("Visited", ObjectType::Contacts));
    /// let client = sandbox.client();
    /// client.send(&EventInput::new(&template).id("visit-1").email("ada@example.com")).await?;
    ///
    /// let record = client.event(&template, "visit-1").await?.expect("it is there");
    /// assert_eq!(record.email.as_deref(), Some("ada@example.com"));
    /// assert_eq!(record.object_type, ObjectType::Contacts);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error`] if no answer says whether HubSpot has the event.
    pub async fn event(
        &self,
        template_id: &str,
        event_id: &str,
    ) -> Result<Option<EventRecord>, Error> {
        let segments = [template_id, event_id];
        if !segments.into_iter().all(is_addressable) {
            return Err(Error::new(&Api::READ_ROUTE, ErrorKind::InvalidId));
        }
        if self.api().is_atomic() {
            return Err(Error::new(&Api::READ_ROUTE, ErrorKind::NoSuchCall));
        }
        let protocol = self.protocol();
        let call = protocol.read_event(template_id, event_id, Expected::Record);
        let called = self.call(&call, 1, 2).await;
        self.read(called, Api::READ_ROUTE, |answer| match answer.content {
            Content::Record(event)
                if event.id == event_id && event.event_template_id == template_id =>
            {
                Ok(Some(*event))
            }
            _ if answer.says_not_found() => Ok(None),
            _ => Err(refused(&answer)),
        })
    }

    /// HubSpot's batch call as its page has it, for those who want the answer itself: one request with these events in
    /// their order, and HubSpot's whole answer. [`send_batch`](Self::send_batch) is the call that takes care of events.
    ///
    /// Events get their ids and timestamps as in every other call, and the request waits for its turn within the rate
    /// limit. Nothing else is done: the events are not split over several requests, equal events go out as often as they
    /// are given, there is no second try, and no event gets an outcome. Of more than 100 events
    /// ([assumed](crate::limits)) or more than 4 MB HubSpot refuses the whole request. An empty slice is sent as a
    /// request without events.
    ///
    /// `Ok` says that HubSpot answered with a 2xx, also with a 207 that lists errors: HubSpot has the events in
    /// [`results`](BatchResponse::results), and of the others nothing is certain. After an error without a status, or with
    /// one from 500 on, the events may be there all the same. To send them again safely they need an `id` or a `key`;
    /// otherwise the client makes a new id in every call.
    ///
    /// ```
    /// # #[cfg(all(feature = "sandbox", feature = "derive"))]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use timeline_core::{BatchStatus, EventInput, EventTemplate, ObjectType, Sandbox};
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let template = sandbox.add_template(EventTemplate::new("Visited", ObjectType::Contacts));
    /// let event = |id: &str| EventInput::new(&template).id(id.to_owned()).email("ada@example.com");
    /// let response = sandbox.client().batch_create(&[event("visit-1"), event("visit-2")]).await?;
    ///
    /// assert_eq!(response.status, BatchStatus::Complete);
    /// assert_eq!((response.results.len(), response.errors.len()), (2, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error`] if our own check refuses an event: nothing is sent then, and [`Error::index`] says which it is. Also if
    /// HubSpot's status is not a 2xx, if a 2xx is not a JSON object, is cut off or longer than 4 MiB, and if no answer
    /// came. After a 401 the client gets a new access token for the next call.
    pub async fn batch_create<E: TimelineEvent>(
        &self,
        events: &[E],
    ) -> Result<BatchResponse, Error> {
        let route = self.api().create_route();
        let invalid = |(index, error): (usize, InvalidEvent)| {
            Error::new(&route, ErrorKind::InvalidEvent)
                .of_event(index)
                .because(error)
        };
        let mut ready = self.ready(events).map_err(invalid)?;
        for (index, event) in ready.iter_mut().enumerate() {
            if event.is_short {
                self.look_up_for(event, |lacking| invalid((index, lacking)))
                    .await?;
            }
        }
        let named = ready.iter().map(|event| (&event.sealed, &*event.template));
        let call = self.protocol().create(named, Expected::Batch);
        let called = self.call(&call, events.len(), 1).await;
        self.read(called, route, |answer| match answer.content {
            Content::Batch(response) => Ok(*response),
            _ => Err(refused(&answer)),
        })
    }

    /// Gives the event the full name of its type.
    async fn look_up_for(
        &self,
        event: &mut Event,
        invalid: impl FnOnce(InvalidEvent) -> Error,
    ) -> Result<(), Error> {
        let called = self.look_up(&event.template).await;
        let (apis, now) = (&self.root.apis, self.root.clock.elapsed());
        let ready = apis.ready_or_missing(event.api, &event.sealed, now);
        match (ready, called) {
            (Ok((name, _)), Some(called)) if name.is_short => {
                self.read(called, Api::TYPE_NAME_ROUTE, |answer| Err(refused(&answer)))
            }
            (Ok((name, size)), _) => {
                event.for_api(event.api, name, size);
                Ok(())
            }
            (Err(lacking), _) => Err(invalid(lacking.into())),
        }
    }

    /// The events, ready to be sent; or the place of the first event that cannot be sent, and why.
    fn ready<E: TimelineEvent>(&self, events: &[E]) -> Result<Vec<Event>, (usize, InvalidEvent)> {
        let sealer = Sealer::new(self.clone());
        let mut scratch = Scratch::default();
        let mut ready = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            let input = unmet::<E>(self)
                .and_then(|()| event.event_input())
                .map_err(|error| (index, error))?;
            let event = sealer
                .seal_input(&input, &mut scratch)
                .map_err(|rejection| {
                    let error = match rejection.reason() {
                        RejectionReason::Invalid(error) => error.clone(),
                        other => InvalidEvent::new(other.to_string()),
                    };
                    (index, error)
                })?;
            ready.push(event);
        }
        Ok(ready)
    }

    /// Reads the answer with `read`, and makes the error if there is none.
    pub(crate) fn read<T>(
        &self,
        called: Called,
        route: Route,
        read: impl FnOnce(Answer) -> Result<T, Failed>,
    ) -> Result<T, Error> {
        let Called {
            reply,
            requests,
            elapsed,
        } = called;
        let attempts = Attempts::new(requests, elapsed, &reply, self.root.show_messages);
        let (mut response, mut retry_after) = (None, None);
        let read = match reply {
            Reply::Answer(mut answer) => {
                retry_after = answer.retry_after;
                if let Content::Error(error) = &mut answer.content {
                    response = error.response.take().map(|response| *response);
                }
                read(answer)
            }
            Reply::Failure(failure) => Err(match (&failure).into() {
                UndeliveredReason::NotSent(reason) => Failed::NotSent(reason),
                UndeliveredReason::Unknown(reason) => Failed::Unknown(reason),
            }),
            Reply::NoToken(reason) => Err(Failed::NotSent((&reason).into())),
        };
        read.map_err(|failed| {
            let error = failed.error(route);
            error.after(attempts).answered(response, retry_after)
        })
    }
}

/// Why an answer is not what was asked for.
pub(crate) enum Failed {
    NotSent(NotSentReason),
    Unknown(UnknownReason),
    /// HubSpot refused it with this status.
    Refused(u16),
}

impl Failed {
    pub(crate) fn error(self, route: Route) -> Error {
        let new = |kind| Error::new(&route, kind);
        match self {
            Failed::Refused(429 | 477) => new(ErrorKind::RateLimited),
            Failed::Refused(500..) => new(ErrorKind::ServerError),
            Failed::Refused(_) => new(ErrorKind::Refused),
            Failed::NotSent(reason) => {
                let error = new(kind_of(&reason));
                match &reason {
                    NotSentReason::Forbidden { missing_scopes } => {
                        error.lacking(Arc::clone(missing_scopes))
                    }
                    _ => error,
                }
                .because(reason)
            }
            Failed::Unknown(reason) => new(match reason {
                UnknownReason::TimedOut => ErrorKind::TimedOut,
                UnknownReason::Disconnected(_) => ErrorKind::Disconnected,
                _ => ErrorKind::Unreadable,
            })
            .because(reason),
        }
    }
}

fn kind_of(reason: &NotSentReason) -> ErrorKind {
    match reason {
        NotSentReason::NotConnected(_) => ErrorKind::NotConnected,
        NotSentReason::NotSecure(_) => ErrorKind::NotSecure,
        NotSentReason::Unauthorized => ErrorKind::Unauthorized,
        NotSentReason::RefreshRefused(_) | NotSentReason::NoAccessToken(_) => {
            ErrorKind::NoAccessToken
        }
        NotSentReason::OtherPortal { .. } => ErrorKind::OtherPortal,
        NotSentReason::Forbidden { .. } => ErrorKind::Forbidden,
        NotSentReason::InsideCallback => ErrorKind::InsideCallback,
        _ => ErrorKind::Refused,
    }
}

/// Why an answer does not say what was asked for.
pub(crate) fn refused(answer: &Answer) -> Failed {
    if answer.is_success() {
        return unreadable();
    }
    match answer.means() {
        Meaning::Unauthorized => Failed::NotSent(NotSentReason::Unauthorized),
        Meaning::Forbidden => Failed::NotSent(NotSentReason::Forbidden {
            missing_scopes: missing_scopes(answer).into(),
        }),
        _ => Failed::Refused(answer.status),
    }
}

fn unreadable() -> Failed {
    Failed::Unknown(UnknownReason::Unreadable)
}

/// The error of a request that is not made, because the call is inside a callback of a blocking client.
#[cfg(feature = "blocking")]
pub(crate) fn inside_callback(route: Route) -> Error {
    Failed::NotSent(NotSentReason::InsideCallback).error(route)
}
