//! From events to what is sent: checked, with an id and a timestamp, as sealed events.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use crate::client::Client;
use crate::delivery::intake::event::Event;
use crate::delivery::intake::identity::{Entries, Identities, Identity};
use crate::delivery::outcome::rejection::Rejection;
use crate::event::{
    Draft, EventInput, IdOrigin, InvalidEvent, InvalidKind, Requirement, SealedEvent,
    SealedTemplate, SealedTime, TemplateRef, TimelineEvent, keyed_id,
};
use crate::limits;
use crate::wire::{content, event_size};

/// What the client lacks for events of this type. It is the type's own mistake, so none of them is sent: else a mixed
/// call would deliver some and refuse others, and the mistake would look like the events'.
pub(in crate::delivery) fn unmet<E: TimelineEvent>(client: &Client) -> Result<(), InvalidEvent> {
    let mut unmet = Ok(());
    E::requires(&mut |requirement| {
        let lacking = match requirement {
            Requirement::PortalId if client.portal.id.is_none() => InvalidKind::KeyWithoutPortal,
            Requirement::TemplateId(name) if client.root.template_ids.get(name).is_none() => {
                InvalidKind::UnknownTemplate(name.to_owned())
            }
            Requirement::PortalId | Requirement::TemplateId(_) => return,
        };
        if unmet.is_ok() {
            unmet = Err(lacking.into());
        }
    });
    unmet
}

/// What is wrong with all events of a type, with the event that it is said of.
pub(in crate::delivery) fn of_event(
    mut error: InvalidEvent,
    input: Result<EventInput<'_>, InvalidEvent>,
) -> InvalidEvent {
    let draft = match input {
        Ok(input) => Some(Draft::new(&input)),
        Err(mut mistake) => mistake.take_draft(),
    };
    if let Some(draft) = draft {
        error = error.with_draft(draft);
    }
    error
}

/// Turns inputs into events.
#[derive(Clone)]
pub(in crate::delivery) struct Encoder {
    pub(in crate::delivery) client: Client,
    identities: Identities,
}

impl Encoder {
    pub(in crate::delivery) fn new(client: Client) -> Self {
        Encoder {
            client,
            identities: Identities::new(),
        }
    }

    /// Seals one event, if events of its type can be sent.
    pub(in crate::delivery) fn event<E: TimelineEvent>(
        &self,
        event: &E,
    ) -> Result<Event, Rejection> {
        self.seal_input(&self.input(event)?, &mut Scratch::default())
    }

    fn input<'i, E: TimelineEvent>(&self, event: &'i E) -> Result<EventInput<'i>, Rejection> {
        let client = &self.client;
        let input = event.event_input();
        if let Err(error) = unmet::<E>(client) {
            return Err(Rejection::unencoded(of_event(error, input), None, client));
        }
        input.map_err(|error| Rejection::unencoded(error, None, client))
    }

    /// Seals an input, with an id and a timestamp that it will keep.
    pub(in crate::delivery) fn seal_input(
        &self,
        input: &EventInput<'_>,
        scratch: &mut Scratch,
    ) -> Result<Event, Rejection> {
        let sealed = match input.sealed {
            Some(sealed) => self.again(sealed),
            None => self.anew(input, scratch),
        };
        let sized = sealed.and_then(|sealed| match event_size(&sealed) {
            size @ ..=limits::EVENT_BYTES => Ok((sealed, size)),
            bytes => Err(InvalidKind::EventTooLong(bytes).into()),
        });
        let (sealed, size) = sized.map_err(|error| match (error.kind(), input.sealed) {
            (InvalidKind::OtherPortal(..), Some(sealed)) => {
                let event = Event::new(sealed.clone(), 0, None);
                Rejection::kept(event.id(), error, event.undelivered(None))
            }
            _ => Rejection::unencoded(error, Some(input), &self.client),
        })?;
        // An id that is made now cannot be that of another event; one that was made when the event was sealed can.
        let is_new = input.sealed.is_none() && sealed.id_origin == IdOrigin::Made;
        let identity = (!is_new).then(|| self.identities.of(&sealed, &mut scratch.entries));
        Ok(Event::new(sealed, size, identity))
    }

    fn anew(
        &self,
        input: &EventInput<'_>,
        scratch: &mut Scratch,
    ) -> Result<SealedEvent, InvalidEvent> {
        let client = &self.client;
        // A hand-written `TimelineEvent` may return an input that has not been checked.
        input.check()?;
        let template_id = template_id(input, client)?;
        let milliseconds = now(client);
        let (id, id_origin) = event_id(input, template_id, client, milliseconds)?;
        Ok(SealedEvent {
            template: SealedTemplate::Id(scratch.shared(template_id)),
            id,
            id_origin,
            time: SealedTime::Milliseconds(input.timestamp.unwrap_or(milliseconds)),
            is_stamped: input.timestamp.is_none(),
            portal_id: client.portal.id,
            content: content(input, &mut scratch.buffer)?,
        })
    }

    /// An event that was sealed before, perhaps by another client: under its own id and time, for its own account. The
    /// template's id may be known by now.
    fn again(&self, sealed: &SealedEvent) -> Result<SealedEvent, InvalidEvent> {
        let client = &self.client;
        match sealed.portal_id {
            Some(theirs) if client.portal.id != Some(theirs) => {
                return Err(InvalidKind::OtherPortal(theirs, client.portal.id).into());
            }
            _ => {}
        }
        let mut again = sealed.clone();
        again.portal_id = client.portal.id;
        if let SealedTemplate::Name(name) = &sealed.template {
            let id = client.root.template_ids.get(name);
            let id = id.ok_or_else(|| InvalidKind::UnknownTemplate(name.to_string()))?;
            again.template = SealedTemplate::Id(id.into());
        }
        Ok(again)
    }

    pub(in crate::delivery) fn identity(&self, event: &SealedEvent) -> Identity {
        self.identities.of(event, &mut Vec::new())
    }
}

/// What sealing uses in between, to be used again for the next event.
#[derive(Default)]
pub(in crate::delivery) struct Scratch {
    buffer: Vec<u8>,
    entries: Entries,
    /// The template's id of the event before, which most events share.
    template_id: Option<Arc<str>>,
}

impl Scratch {
    fn shared(&mut self, template_id: &str) -> Arc<str> {
        match &self.template_id {
            Some(known) if **known == *template_id => Arc::clone(known),
            _ => Arc::clone(self.template_id.insert(template_id.into())),
        }
    }
}

impl Client {
    /// Fixes an event's id, time and account, so that it can be kept, in a queue for instance, and sent later by any
    /// process: whenever and however often it is sent, it is the same event on HubSpot. See [`SealedEvent`].
    ///
    /// Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Rejection`] if the event cannot be sent, for a reason that is known here.
    pub fn seal<E: TimelineEvent>(&self, event: &E) -> Result<SealedEvent, Rejection> {
        let encoder = Encoder::new(self.clone());
        Ok(encoder.event(event)?.sealed)
    }
}

/// Milliseconds since 1970; a clock before that counts as 1970.
pub(in crate::delivery) fn now(client: &Client) -> i64 {
    let since = client
        .root
        .clock
        .now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(in crate::delivery) fn template_id<'s>(
    input: &'s EventInput<'_>,
    client: &'s Client,
) -> Result<&'s str, InvalidEvent> {
    match &input.template {
        TemplateRef::Id(id) => Ok(id),
        TemplateRef::Name(name) => client
            .root
            .template_ids
            .get(name)
            .ok_or_else(|| InvalidKind::UnknownTemplate(name.to_string()).into()),
    }
}

pub(in crate::delivery) fn event_id(
    input: &EventInput<'_>,
    template_id: &str,
    client: &Client,
    milliseconds: i64,
) -> Result<(Arc<str>, IdOrigin), InvalidEvent> {
    if let Some(id) = input.get_id() {
        return Ok((id.into(), IdOrigin::User));
    }
    let (id, origin) = if input.key.is_empty() {
        (
            client.root.ids.next(milliseconds.unsigned_abs()),
            IdOrigin::Made,
        )
    } else {
        let portal_id = client.portal.id.ok_or(InvalidKind::KeyWithoutPortal)?;
        (keyed_id(input, portal_id, template_id)?, IdOrigin::Keyed)
    };
    Ok((id.to_string().into(), origin))
}

/// The id that an event would go out under.
pub(in crate::delivery) fn id_of(
    input: &EventInput<'_>,
    client: &Client,
) -> Result<String, InvalidEvent> {
    if let Some(sealed) = input.sealed {
        return Ok(sealed.id().to_owned());
    }
    input.check()?;
    let template_id = template_id(input, client)?;
    let (id, _) = event_id(input, template_id, client, now(client))?;
    Ok(id.to_string())
}
