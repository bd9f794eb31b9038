//! HubSpot's two APIs as a client knows them: which one an account's events go through, and what each calls an event's
//! template.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// By the types' own names; `None` for one that the project does not have.
    known: Mutex<HashMap<Arc<str>, Option<Arc<str>>>>,
    /// Held by whoever looks a name up, so that each is looked up once.
    lookup: tokio::sync::Mutex<()>,
}

impl Project {
    pub(super) fn new(name: impl Into<Arc<str>>) -> Self {
        Project {
            name: name.into(),
            known: Mutex::default(),
            lookup: tokio::sync::Mutex::default(),
        }
    }

    /// What is known of the type's full name, if anything is.
    fn get(&self, type_name: &str) -> Option<Option<Arc<str>>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(type_name).cloned()
    }

    /// Remembers what an answer says of a type.
    pub(super) fn learn(&self, type_name: &Arc<str>, answer: &Answer) {
        let full = match &answer.content {
            Content::TypeName(full) => Some(Arc::from(&**full)),
            // HubSpot's own 404: the project has no such type.
            Content::Error(error) if answer.status == 404 && error.body.is_hubspots() => None,
            _ => return,
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(Arc::clone(type_name), full);
    }

    /// Waits for a lookup under way, and lets the next one begin; `None` if the name is known by now.
    pub(super) async fn begin(&self, type_name: &str) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let lookup = self.lookup.lock().await;
        self.get(type_name).is_none().then_some(lookup)
    }
}

/// What an API calls an event's template.
pub(crate) struct Name {
    pub(crate) text: Arc<str>,
    /// Its full name is still to be looked up.
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
                    SealedTemplate::TypeName(type_name) => return self.full_name(type_name),
                };
                let own = event
                    .names
                    .as_ref()
                    .and_then(|names| names.type_name.as_ref());
                match (self.event_type(id, name), own) {
                    (Some(known), _) => Ok(full(known.into())),
                    (None, Some(own)) => self.full_name(own),
                    (None, None) => Err(self.no_event_type(text)),
                }
            }
        }
    }

    /// An event type's name in the project, if there is one.
    fn full_name(&self, own: &Arc<str>) -> Result<Name, InvalidKind> {
        let known = match &self.project {
            None => Some(Some(Arc::clone(own))),
            Some(project) => project.get(own),
        };
        match (known, &self.project) {
            (Some(None), Some(project)) => Err(InvalidKind::UnknownEventType {
                name: own.to_string(),
                project: project.name.to_string(),
            }),
            (Some(Some(full)), _) => Ok(Name {
                text: full,
                is_short: false,
            }),
            _ => Ok(Name {
                text: Arc::clone(own),
                is_short: true,
            }),
        }
    }

    /// What the API calls the event's template, and how many bytes the event takes in a request; or why it cannot be sent.
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

    /// The event type of the template with this id or this name.
    fn event_type(&self, id: Option<&str>, name: Option<&str>) -> Option<&str> {
        let id = id.or_else(|| self.template_id(name?));
        let name = name.or_else(|| self.template_ids.name_of(id?));
        let types = &self.event_types;
        let by_id = id.and_then(|id| types.get(id));
        by_id.or_else(|| types.get(name?))
    }

    /// The template's name is not among those that the client has ids for.
    pub(crate) fn unknown_template(&self, name: &str) -> InvalidKind {
        InvalidKind::UnknownTemplate {
            name: name.to_owned(),
            near: nearest(name, self.template_ids.keys()).map(str::to_owned),
        }
    }

    /// No event type is known for the template with this id or this name.
    fn no_event_type(&self, template: &str) -> InvalidKind {
        // That ids are alike says nothing.
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
