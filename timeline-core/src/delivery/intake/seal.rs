//! Makes sealed events from the caller's: checked, with an id and a timestamp.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use crate::client::{Client, Name};
use crate::delivery::intake::content_hash::Entries;
use crate::delivery::intake::event::Event;
use crate::delivery::intake::identity::Identities;
use crate::delivery::outcome::rejection::Rejection;
use crate::event::{
    AppEventNames, Draft, EventInput, IdOrigin, InvalidEvent, InvalidKind, Requirement,
    SealedEvent, SealedTemplate, SealedTime, TemplateRef, TimelineEvent, keyed_id,
};
use crate::template::ObjectType;
use crate::wire::{Api, content};

/// What the client lacks for events of this type. This is the type's mistake, so no event of the type is sent: otherwise a
/// mixed call would deliver some and refuse others, and the mistake would look like that of single events.
pub(in crate::delivery) fn unmet<E: TimelineEvent>(client: &Client) -> Result<(), InvalidEvent> {
    let (apis, api) = (&client.root.apis, client.api());
    let mut unmet = Vec::new();
    let mut lacking = |kind: InvalidKind| {
        // An enum asks once for each of its variants.
        if !unmet.contains(&kind) {
            unmet.push(kind);
        }
    };
    E::requires(&mut |requirement| match requirement {
        Requirement::PortalId if client.portal.id.is_none() => {
            lacking(InvalidKind::KeyWithoutPortal);
        }
        Requirement::PortalId => {}
        Requirement::Template(names) => apis.lacks(api, names, &mut lacking),
    });
    InvalidEvent::of_all(unmet).map_or(Ok(()), Err)
}

/// The error of a whole type, together with this event's draft.
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
pub(in crate::delivery) struct Sealer {
    pub(in crate::delivery) client: Client,
    identities: Identities,
}

impl Sealer {
    pub(in crate::delivery) fn new(client: Client) -> Self {
        Sealer {
            client,
            identities: Identities::new(),
        }
    }

    /// The same for another client. The two share the hash keys, so that duplicates between them are found.
    pub(in crate::delivery) fn with_client(self, client: Client) -> Self {
        Sealer { client, ..self }
    }

    /// Seals one event, if events of its type can be sent.
    pub(in crate::delivery) fn event<E: TimelineEvent>(
        &self,
        event: &E,
    ) -> Result<Event, Rejection> {
        // Most events fit without growing it.
        let mut scratch = Scratch {
            buffer: Vec::with_capacity(512),
            entries: Entries::with_capacity(16),
            ..Scratch::default()
        };
        self.seal_input(&self.input(event)?, &mut scratch)
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
        // No other event can have an id that is made now; an id that was made in an earlier sealing can come twice.
        let is_new =
            |event: &SealedEvent| input.sealed.is_none() && event.id_origin == IdOrigin::Made;
        let event = sealed.and_then(|sealed| {
            let is_new = is_new(&sealed);
            self.ready(sealed, (!is_new).then_some(&mut scratch.entries))
        });
        event.map_err(|error| match (error.kind(), input.sealed) {
            (InvalidKind::OtherPortal(..), Some(sealed)) => {
                let name = Name {
                    text: Arc::clone(sealed.template.text()),
                    is_short: false,
                };
                let event = Event::new(sealed.clone(), self.client.api(), name, 0, None);
                Rejection::kept(event.id(), error, event.undelivered(None))
            }
            _ => Rejection::unencoded(error, Some(input), &self.client),
        })
    }

    /// An event that the API can take. With `entries` it gets an identity, which tells it from others.
    pub(in crate::delivery) fn ready(
        &self,
        sealed: SealedEvent,
        entries: Option<&mut Entries>,
    ) -> Result<Event, InvalidEvent> {
        let api = self.client.api();
        let (name, size) = self.client.root.apis.ready(api, &sealed)?;
        let identity = entries.map(|entries| self.identities.of(&sealed, entries));
        Ok(Event::new(sealed, api, name, size, identity))
    }

    fn anew(
        &self,
        input: &EventInput<'_>,
        scratch: &mut Scratch,
    ) -> Result<SealedEvent, InvalidEvent> {
        let client = &self.client;
        // A hand-written `TimelineEvent` may return an input that has not been checked.
        input.check()?;
        let template = scratch.template(input, client);
        if let (Api::V3, SealedTemplate::Name(name)) = (client.api(), &template) {
            return Err(client.root.apis.unknown_template(name).into());
        }
        // An event that has an id and a timestamp needs no clock.
        let milliseconds = match (input.get_id(), input.timestamp) {
            (Some(_), Some(own)) => own,
            _ => now(client),
        };
        let (id, id_origin) = event_id(input, template.text(), client, milliseconds)?;
        let object_type = input.object_type.as_deref().map(ObjectType::from);
        if let (Api::AppEvents, Some(ObjectType::Custom(name)), None, None) = (
            client.api(),
            object_type,
            &input.object_type_name,
            &input.custom_object_type_id,
        ) {
            return Err(InvalidKind::NoObjectTypeName(name).into());
        }
        Ok(SealedEvent {
            template,
            names: scratch.names(input),
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
        again.template = client.root.apis.known(again.template);
        Ok(again)
    }
}

/// Buffers for sealing, which are used again for the next event.
#[derive(Default)]
pub(in crate::delivery) struct Scratch {
    buffer: Vec<u8>,
    entries: Entries,
    /// The template of the event before, which most events share.
    template: Option<SealedTemplate>,
    /// The names in app events of an event before, which most events share.
    names: Option<Arc<AppEventNames>>,
}

impl Scratch {
    fn names(&mut self, input: &EventInput<'_>) -> Option<Arc<AppEventNames>> {
        let (type_name, object_type_name) = (
            input.type_name.as_deref(),
            input.object_type_name.as_deref(),
        );
        let is_known = |known: &Arc<AppEventNames>| {
            known.type_name.as_deref() == type_name
                && known.object_type_name.as_deref() == object_type_name
        };
        type_name.or(object_type_name)?;
        if !self.names.as_ref().is_some_and(is_known) {
            self.names = AppEventNames::new(type_name, object_type_name);
        }
        self.names.clone()
    }

    fn template(&mut self, input: &EventInput<'_>, client: &Client) -> SealedTemplate {
        let text = input.template.text();
        match (&self.template, &input.template) {
            (Some(SealedTemplate::Id(known)), TemplateRef::Id(_))
            | (Some(SealedTemplate::TypeName(known)), TemplateRef::TypeName(_))
                if **known == *text =>
            {
                return self
                    .template
                    .clone()
                    .unwrap_or(SealedTemplate::Id(text.into()));
            }
            _ => {}
        }
        let template = client.root.apis.known(match input.template {
            TemplateRef::Id(_) => SealedTemplate::Id(text.into()),
            TemplateRef::Name(_) => SealedTemplate::Name(text.into()),
            TemplateRef::TypeName(_) => SealedTemplate::TypeName(text.into()),
        });
        self.template = Some(template.clone());
        template
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
    /// [`Rejection`] if the event cannot be sent, for a reason that is known without HubSpot.
    pub fn seal<E: TimelineEvent>(&self, event: &E) -> Result<SealedEvent, Rejection> {
        let sealer = Sealer::new(self.clone());
        Ok(sealer.event(event)?.sealed)
    }
}

impl Client {
    /// As [`seal`](Self::seal), for an account whose credentials are not at hand: for a queue whose relay looks them up
    /// ([`Relay::credentials`](crate::Relay::credentials)).
    ///
    /// # Errors
    ///
    /// As [`seal`](Self::seal).
    pub fn seal_for<E: TimelineEvent>(
        &self,
        portal_id: u64,
        event: &E,
    ) -> Result<SealedEvent, Rejection> {
        self.of_account(portal_id).seal(event)
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

pub(in crate::delivery) fn event_id(
    input: &EventInput<'_>,
    template: &str,
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
        (keyed_id(input, portal_id, template)?, IdOrigin::Keyed)
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
    let template = Scratch::default().template(input, client);
    if let (Api::V3, SealedTemplate::Name(name)) = (client.api(), &template) {
        return Err(client.root.apis.unknown_template(name).into());
    }
    let (id, _) = event_id(input, template.text(), client, now(client))?;
    Ok(id.to_string())
}
