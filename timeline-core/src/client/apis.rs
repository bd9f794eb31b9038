//! HubSpot's two APIs as a client knows them: which one an account's events go through, and what each calls an event's
//! template.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use crate::event::{InvalidKind, SealedEvent, SealedTemplate, TemplateNames};
use crate::limits;
use crate::template::{EventTypes, TemplateIds};
use crate::token::near::nearest;
use crate::wire::Api;
use crate::wire::answer::{Answer, Content};
use crate::wire::protocol::Protocol;

/// What the client knows of the full names of event types in its project.
pub(crate) struct Project {
    pub(crate) name: Arc<str>,
    /// By the types' own names.
    known: Mutex<HashMap<Arc<str>, KnownName>>,
    /// Held during a lookup, so that each name is looked up once.
    lookup: tokio::sync::Mutex<()>,
}

enum KnownName {
    Full(Arc<str>),
    /// The project did not have the type at this time.
    Missing(Duration),
}

/// HubSpot is asked again for a type that the project did not have: it may have been uploaded.
const MISSING_FOR: Duration = Duration::from_secs(60);

impl Project {
    pub(super) fn new(name: impl Into<Arc<str>>) -> Self {
        Project {
            name: name.into(),
            known: Mutex::default(),
            lookup: tokio::sync::Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Arc<str>, KnownName>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn full_name(&self, type_name: &str) -> Option<Arc<str>> {
        match self.known().get(type_name) {
            Some(KnownName::Full(full)) => Some(Arc::clone(full)),
            _ => None,
        }
    }

    /// The error that the project does not have the type, if HubSpot has said so within the last minute.
    fn lacks(&self, type_name: &str, now: Duration) -> Option<InvalidKind> {
        match self.known().get(type_name) {
            Some(KnownName::Missing(since)) if now < since.saturating_add(MISSING_FOR) => {
                Some(InvalidKind::UnknownEventType {
                    name: type_name.to_owned(),
                    project: self.name.to_string(),
                })
            }
            _ => None,
        }
    }

    /// Remembers what an answer says of a type.
    pub(super) fn learn(&self, type_name: &Arc<str>, answer: &Answer, now: Duration) {
        let learnt = match &answer.content {
            Content::TypeName(full) => KnownName::Full(Arc::from(&**full)),
            _ if answer.says_not_found() => KnownName::Missing(now),
            _ => return,
        };
        self.known().insert(Arc::clone(type_name), learnt);
    }

    /// Waits for the lookup under way, and lets the next one begin; `None` if this type was looked up by then.
    pub(super) async fn begin(
        &self,
        type_name: &str,
        clock: &dyn Clock,
    ) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let lookup = self.lookup.lock().await;
        let is_known =
            self.full_name(type_name).is_some() || self.lacks(type_name, clock.elapsed()).is_some();
        (!is_known).then_some(lookup)
    }
}

/// What an API calls an event's template.
pub(crate) struct Name {
    pub(crate) text: Arc<str>,
    /// Whether the full name is still to be looked up.
    pub(crate) is_short: bool,
}

pub(crate) struct Apis {
    /// The one that the client was built for.
    pub(super) chosen: Api,
    /// Whether an account that v3 refuses for good goes on through app events.
    pub(super) moves: bool,
    pub(super) v3: Protocol,
    pub(super) app_events: Protocol,
    pub(super) template_ids: TemplateIds,
    pub(super) event_types: EventTypes,
    pub(crate) project: Option<Project>,
}

impl Apis {
    /// The APIs of a client for v3 that knows these templates.
    #[cfg(test)]
    pub(crate) fn of(template_ids: TemplateIds) -> Self {
        Apis {
            chosen: Api::V3,
            moves: false,
            v3: Protocol::v3(),
            app_events: Protocol::new(Api::AppEvents, "2026-03"),
            template_ids,
            event_types: EventTypes::new(),
            project: None,
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
    fn name_of(&self, api: Api, event: &SealedEvent) -> Result<Name, InvalidKind> {
        let full = |text: Arc<str>| Name {
            text,
            is_short: false,
        };
        let text = event.template.text();
        match (api, &event.template) {
            (Api::V3, SealedTemplate::Id(id)) => Ok(full(Arc::clone(id))),
            (Api::V3, SealedTemplate::Name(name)) => Err(self.unknown_template(name)),
            (Api::V3, SealedTemplate::TypeName(name)) => {
                Err(InvalidKind::NoTemplate(name.to_string()))
            }
            (Api::AppEvents, template) => {
                let (id, name) = match template {
                    SealedTemplate::Id(id) => (Some(&**id), None),
                    SealedTemplate::Name(name) => (None, Some(&**name)),
                    SealedTemplate::TypeName(type_name) => return Ok(self.full_name(type_name)),
                };
                let own = event
                    .names
                    .as_ref()
                    .and_then(|names| names.type_name.as_ref());
                match (self.event_type(id, name), own) {
                    (Some(known), _) => Ok(full(known.into())),
                    (None, Some(own)) => Ok(self.full_name(own)),
                    (None, None) => Err(self.no_event_type(text)),
                }
            }
        }
    }

    /// An event type's full name in the project, or its own name as long as the full name is not known.
    fn full_name(&self, own: &Arc<str>) -> Name {
        let known = match &self.project {
            None => Some(Arc::clone(own)),
            Some(project) => project.full_name(own),
        };
        Name {
            is_short: known.is_none(),
            text: known.unwrap_or_else(|| Arc::clone(own)),
        }
    }

    /// What the API calls the event's template, and how many bytes the event takes in a request; or why the API or this
    /// client cannot send it. Whether the project has its type is not asked here, since that may change.
    pub(crate) fn ready(
        &self,
        api: Api,
        event: &SealedEvent,
    ) -> Result<(Name, usize), InvalidKind> {
        let name = self.name_of(api, event)?;
        match self.protocol(api).event_size((event, &name.text)) {
            size @ ..=limits::EVENT_BYTES => Ok((name, size)),
            bytes => Err(InvalidKind::EventTooLong(bytes)),
        }
    }

    /// The same for an event that is about to leave. It is an error, too, if the project has no such type.
    pub(crate) fn ready_or_missing(
        &self,
        api: Api,
        event: &SealedEvent,
        now: Duration,
    ) -> Result<(Name, usize), InvalidKind> {
        let (name, size) = self.ready(api, event)?;
        let missing = match &self.project {
            Some(project) if name.is_short => project.lacks(&name.text, now),
            _ => None,
        };
        missing.map_or(Ok((name, size)), Err)
    }

    /// The event type's own name, if its full name in the project is to be looked up.
    pub(crate) fn to_look_up(&self, api: Api, names: TemplateNames) -> Option<Arc<str>> {
        let TemplateNames {
            id,
            name,
            type_name,
            ..
        } = names;
        let is_known = self.project.is_none() || self.event_type(id, name).is_some();
        let own = type_name.filter(|_| api == Api::AppEvents && !is_known)?;
        Some(own.into())
    }

    /// Whether the full name of the type is known; an error if the project does not have the type.
    pub(crate) fn is_in_project(
        &self,
        type_name: &str,
        now: Duration,
    ) -> Result<bool, InvalidKind> {
        let Some(project) = &self.project else {
            return Ok(false);
        };
        match project.lacks(type_name, now) {
            Some(lacking) => Err(lacking),
            None => Ok(project.full_name(type_name).is_some()),
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

    /// The error for a template whose name the client has no id for.
    pub(crate) fn unknown_template(&self, name: &str) -> InvalidKind {
        InvalidKind::UnknownTemplate {
            name: name.to_owned(),
            near: nearest(name, self.template_ids.keys()).map(str::to_owned),
        }
    }

    /// The error for a template, by its id or its name, whose event type is not known.
    fn no_event_type(&self, template: &str) -> InvalidKind {
        // Similar ids say nothing, so none is suggested.
        let is_id = template.bytes().all(|byte| byte.is_ascii_digit());
        let known = self.event_types.keys().filter(|_| !is_id);
        InvalidKind::NoEventType {
            template: template.to_owned(),
            near: nearest(template, known).map(str::to_owned),
        }
    }

    /// What the client lacks for all events of a type.
    pub(crate) fn lacks(
        &self,
        api: Api,
        names: TemplateNames,
        mut lacking: impl FnMut(InvalidKind),
    ) {
        let TemplateNames {
            id,
            name,
            type_name,
            unnamed_object_type,
        } = names;
        match api {
            Api::V3 => match (id, name, type_name) {
                (None, Some(name), _) if self.template_id(name).is_none() => {
                    lacking(self.unknown_template(name));
                }
                (None, None, Some(name)) => lacking(InvalidKind::NoTemplate(name.to_owned())),
                _ => {}
            },
            Api::AppEvents => {
                if type_name.is_none() && self.event_type(id, name).is_none() {
                    lacking(self.no_event_type(id.or(name).unwrap_or_default()));
                }
                if let Some(name) = unnamed_object_type {
                    lacking(InvalidKind::NoObjectTypeName(name.to_owned()));
                }
            }
        }
    }
}
