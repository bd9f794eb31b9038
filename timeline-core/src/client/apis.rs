//! HubSpot's two APIs as a client knows them: which one an account's events go through, and what each calls an event's
//! template.

use std::sync::Arc;

use crate::event::{InvalidKind, SealedEvent, SealedTemplate, TemplateNames};
use crate::limits;
use crate::template::{EventTypes, TemplateIds};
use crate::wire::Api;
use crate::wire::protocol::Protocol;

pub(crate) struct Apis {
    /// The one that the client was built for.
    pub(super) chosen: Api,
    /// Whether an account that v3 refuses for good goes on through app events.
    pub(super) moves: bool,
    pub(super) v3: Protocol,
    pub(super) app_events: Protocol,
    pub(super) template_ids: TemplateIds,
    pub(super) event_types: EventTypes,
}

impl Apis {
    /// Of a client for v3 that knows these templates.
    #[cfg(test)]
    pub(crate) fn of(template_ids: TemplateIds) -> Self {
        Apis {
            chosen: Api::V3,
            moves: false,
            v3: Protocol::v3(),
            app_events: Protocol::new(Api::AppEvents, "2026-03"),
            template_ids,
            event_types: EventTypes::new(),
        }
    }

    pub(crate) fn protocol(&self, api: Api) -> &Protocol {
        match api {
            Api::V3 => &self.v3,
            Api::AppEvents => &self.app_events,
        }
    }

    /// The id of the template with this name.
    pub(crate) fn template_id(&self, name: &str) -> Option<&str> {
        self.template_ids.get(name)
    }

    /// The template with its id, where that is known.
    pub(crate) fn known(&self, template: SealedTemplate) -> SealedTemplate {
        match &template {
            SealedTemplate::Name(name) => match self.template_id(name) {
                Some(id) => SealedTemplate::Id(id.into()),
                None => template,
            },
            SealedTemplate::Id(_) | SealedTemplate::TypeName(_) => template,
        }
    }

    /// The template of an event that was written down, or why the API cannot take the event.
    pub(crate) fn find(
        &self,
        api: Api,
        template: SealedTemplate,
    ) -> Result<SealedTemplate, String> {
        match (api, self.known(template)) {
            (Api::V3, SealedTemplate::Name(name)) => Err(format!(
                "the client knows no id for its template {name:?}: add it with `.template_ids(…)` on the client's builder"
            )),
            (Api::V3, SealedTemplate::TypeName(name)) => Err(format!(
                "has no template, only the event type {name:?} of app events: build the client with \
                 `.api(Api::AppEvents)`"
            )),
            (_, known) => Ok(known),
        }
    }

    /// What the API calls the event's template.
    fn name_of(&self, api: Api, event: &SealedEvent) -> Result<Arc<str>, InvalidKind> {
        let text = event.template.text();
        match (api, &event.template) {
            (Api::V3, SealedTemplate::Id(id)) => Ok(Arc::clone(id)),
            (Api::V3, SealedTemplate::Name(name)) => {
                Err(InvalidKind::UnknownTemplate(name.to_string()))
            }
            (Api::V3, SealedTemplate::TypeName(name)) => {
                Err(InvalidKind::NoTemplate(name.to_string()))
            }
            (Api::AppEvents, template) => {
                let (id, name) = match template {
                    SealedTemplate::Id(id) => (Some(&**id), None),
                    SealedTemplate::Name(name) => (None, Some(&**name)),
                    SealedTemplate::TypeName(type_name) => return Ok(Arc::clone(type_name)),
                };
                let own = event
                    .names
                    .as_ref()
                    .and_then(|names| names.type_name.as_ref());
                match (self.event_type(id, name), own) {
                    (Some(known), _) => Ok(known.into()),
                    (None, Some(own)) => Ok(Arc::clone(own)),
                    (None, None) => Err(InvalidKind::NoEventType(text.to_string())),
                }
            }
        }
    }

    /// What the API calls the event's template, and how many bytes the event takes in a request; or why it cannot be sent.
    pub(crate) fn ready(
        &self,
        api: Api,
        event: &SealedEvent,
    ) -> Result<(Arc<str>, usize), InvalidKind> {
        let template = self.name_of(api, event)?;
        match self.protocol(api).event_size((event, &template)) {
            size @ ..=limits::EVENT_BYTES => Ok((template, size)),
            bytes => Err(InvalidKind::EventTooLong(bytes)),
        }
    }

    /// The event type of the template with this id or this name.
    fn event_type(&self, id: Option<&str>, name: Option<&str>) -> Option<&str> {
        let id = id.or_else(|| self.template_id(name?));
        let name = name.or_else(|| self.template_ids.name_of(id?));
        let types = &self.event_types;
        let by_id = id.and_then(|id| types.get(id));
        by_id.or_else(|| types.get(name?))
    }

    /// What the client lacks for all events of a type.
    pub(crate) fn lacks(&self, api: Api, names: TemplateNames) -> Option<InvalidKind> {
        let TemplateNames {
            id,
            name,
            type_name,
            unnamed_object_type,
        } = names;
        match api {
            Api::V3 => match (id, name) {
                (Some(_), _) => None,
                (None, Some(name)) => match self.template_id(name) {
                    Some(_) => None,
                    None => Some(InvalidKind::UnknownTemplate(name.to_owned())),
                },
                (None, None) => type_name.map(|name| InvalidKind::NoTemplate(name.to_owned())),
            },
            Api::AppEvents => {
                if type_name.is_none() && self.event_type(id, name).is_none() {
                    let template = id.or(name).unwrap_or_default();
                    return Some(InvalidKind::NoEventType(template.to_owned()));
                }
                unnamed_object_type.map(|name| InvalidKind::NoObjectTypeName(name.to_owned()))
            }
        }
    }
}
