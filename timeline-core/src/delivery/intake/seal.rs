//! From events to what is sent: checked, with an id and a timestamp, as JSON.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use crate::client::Client;
use crate::delivery::intake::duplicates::{Identities, Identity};
use crate::delivery::outcome::reason::UnknownReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::outcome::undelivered::{EarlierIndex, UndeliveredEvent};
use crate::error::Attempts;
use crate::event::{
    Draft, EventInput, IdOrigin, InvalidEvent, InvalidKind, Requirement, SealedEvent,
    SealedTemplate, SealedTime, TemplateRef, TimelineEvent, keyed_id,
};
use crate::limits;
use crate::wire::{content, event_size, write_sealed};

/// One event, ready to be sent any number of times: its id and timestamp never change again.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct Event {
    /// Its place in the input.
    pub(in crate::delivery) index: usize,
    pub(in crate::delivery) template_id: Arc<str>,
    pub(in crate::delivery) id: Arc<str>,
    pub(in crate::delivery) id_origin: IdOrigin,
    pub(in crate::delivery) json: Arc<[u8]>,
    /// What tells it from others, if its id can meet another.
    pub(in crate::delivery) identity: Option<Identity>,
    /// Set once its fate is uncertain; only an answer that names the event ends that.
    pub(in crate::delivery) uncertain: Option<UnknownReason>,
    /// Whether it may have got there unseen, once: then a later refusal proves nothing.
    pub(in crate::delivery) lost: bool,
    /// Its timestamp is the time of the call, or was that of an earlier one.
    pub(in crate::delivery) is_stamped: bool,
    /// How many requests have carried it.
    pub(in crate::delivery) attempts: u32,
    /// Its place in the input of an earlier call, if it is a dead letter.
    pub(in crate::delivery) earlier_index: EarlierIndex,
}

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

impl Event {
    /// Its fate is uncertain.
    pub(in crate::delivery) fn doubt(&mut self, reason: UnknownReason, lost: bool) {
        self.uncertain = Some(reason);
        self.lost |= lost;
    }

    /// What an outcome keeps of it if it is not on HubSpot.
    pub(in crate::delivery) fn undelivered(
        &self,
        portal_id: Option<u64>,
        attempts: Option<Arc<Attempts>>,
    ) -> Box<UndeliveredEvent> {
        Box::new(UndeliveredEvent {
            json: Arc::clone(&self.json),
            template_id: Arc::clone(&self.template_id),
            id_origin: self.id_origin,
            earlier_index: self.earlier_index,
            is_stamped: self.is_stamped,
            portal_id,
            attempts,
        })
    }
}

impl Encoder {
    pub(in crate::delivery) fn new(client: Client) -> Self {
        Encoder {
            client,
            identities: Identities::new(),
        }
    }

    /// Encodes one event, if events of its type can be sent.
    pub(in crate::delivery) fn event<E: TimelineEvent>(
        &self,
        event: &E,
    ) -> Result<Event, Rejection> {
        let input = self.input(event)?;
        self.encode(&input, &mut Vec::new())
    }

    fn input<'i, E: TimelineEvent>(&self, event: &'i E) -> Result<EventInput<'i>, Rejection> {
        let client = &self.client;
        let input = event.event_input();
        if let Err(error) = unmet::<E>(client) {
            return Err(Rejection::unencoded(of_event(error, input), None, client));
        }
        input.map_err(|error| Rejection::unencoded(error, None, client))
    }

    /// Seals an input, and encodes it. The buffer is for use in between.
    pub(in crate::delivery) fn encode(
        &self,
        input: &EventInput<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<Event, Rejection> {
        let sealed = self.seal(input, buffer)?;
        // An id that is made now cannot be that of another event; one that was made when the event was sealed can.
        let is_new = input.sealed.is_none() && sealed.id_origin == IdOrigin::Made;
        Ok(self.event_of(sealed, is_new, buffer))
    }

    fn event_of(&self, sealed: SealedEvent, is_new: bool, buffer: &mut Vec<u8>) -> Event {
        buffer.clear();
        write_sealed(&sealed, buffer);
        let json: Arc<[u8]> = buffer.as_slice().into();
        let is_stamped = sealed.is_stamped;
        let template_id = Arc::clone(sealed.template.text());
        let identity = (!is_new).then(|| {
            self.identities
                .of(&template_id, &sealed.id, &json, is_stamped, buffer)
        });
        Event {
            index: 0,
            template_id,
            id: sealed.id,
            id_origin: sealed.id_origin,
            json,
            identity,
            uncertain: None,
            lost: false,
            is_stamped,
            attempts: 0,
            earlier_index: EarlierIndex::default(),
        }
    }

    /// Seals an input, with an id and a timestamp that it will keep. The buffer is for use in between.
    pub(in crate::delivery) fn seal(
        &self,
        input: &EventInput<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<SealedEvent, Rejection> {
        let client = &self.client;
        let sealed = match input.sealed {
            Some(sealed) => self.again(sealed),
            None => self.anew(input, buffer),
        };
        let checked = sealed.and_then(|sealed| match event_size(&sealed) {
            ..=limits::EVENT_BYTES => Ok(sealed),
            bytes => Err(InvalidKind::EventTooLong(bytes).into()),
        });
        checked.map_err(|error| match (error.kind(), input.sealed) {
            (InvalidKind::OtherPortal(..), Some(sealed)) => Rejection::kept(
                &sealed.id,
                error,
                self.event_of(sealed.clone(), true, buffer)
                    .undelivered(sealed.portal_id, None),
            ),
            _ => Rejection::unencoded(error, Some(input), client),
        })
    }

    fn anew(
        &self,
        input: &EventInput<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<SealedEvent, InvalidEvent> {
        let client = &self.client;
        // A hand-written `TimelineEvent` may return an input that has not been checked.
        input.check()?;
        let template_id = template_id(input, client)?;
        let milliseconds = now(client);
        let (id, id_origin) = event_id(input, template_id, client, milliseconds)?;
        Ok(SealedEvent {
            template: SealedTemplate::Id(template_id.into()),
            id,
            id_origin,
            time: SealedTime::Milliseconds(input.timestamp.unwrap_or(milliseconds)),
            is_stamped: input.timestamp.is_none(),
            portal_id: client.portal.id,
            content: content(input, buffer)?,
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
        if let SealedTemplate::Name(name) = &sealed.template {
            let id = client.root.template_ids.get(name);
            let id = id.ok_or_else(|| InvalidKind::UnknownTemplate(name.to_string()))?;
            again.template = SealedTemplate::Id(id.into());
        }
        Ok(again)
    }

    /// What tells an event with this JSON from others. `is_stamped`: its timestamp is that of a call.
    pub(in crate::delivery) fn identity(
        &self,
        template_id: &str,
        id: &str,
        json: &[u8],
        is_stamped: bool,
    ) -> Identity {
        self.identities
            .of(template_id, id, json, is_stamped, &mut Vec::new())
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
        encoder.seal(&encoder.input(event)?, &mut Vec::new())
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
