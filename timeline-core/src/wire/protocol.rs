//! One API of HubSpot's: where its calls go, how events are written for it, and how its answers are read.

use std::sync::Arc;

use super::answer::{Answer, Expected, RawAnswer};
use super::call::{Call, Route};
use super::{app_events, v3};
use crate::event::SealedEvent;
use crate::limits;

/// Which of HubSpot's two APIs events go through.
///
/// | | [`V3`](Api::V3) | [`AppEvents`](Api::AppEvents) |
/// |---|---|---|
/// | who can use it | public apps that have timeline events already, until September 2027 | apps on HubSpot's new platform, after approval |
/// | an event names | its template (`template_id`, or `template` and the client's [`TemplateIds`](crate::TemplateIds)) | its event type (`type_name`, or the client's [`EventTypes`](crate::EventTypes)) |
/// | events a request | 100 (assumed) | 500 |
/// | one bad event | is refused alone | refuses its whole request, which the client then splits |
/// | an id in use | is read back if it is the user's own | cannot be read back: [`Unknown`](crate::Outcome::Unknown) if it is the user's own |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// The timeline API v3, deprecated since February 2026.
    #[default]
    V3,
    /// HubSpot's app events.
    AppEvents,
}

impl Api {
    /// How many events a request has if the user sets no other number.
    pub(crate) fn batch_size(self) -> usize {
        match self {
            Api::V3 => limits::EVENTS_PER_BATCH,
            Api::AppEvents => limits::APP_EVENTS_PER_BATCH,
        }
    }

    /// The call that creates events.
    pub(crate) fn create_route(self) -> Route {
        match self {
            Api::V3 => v3::CREATE,
            Api::AppEvents => app_events::CREATE,
        }
    }

    /// The call that reads an event. v3 alone has it.
    pub(crate) const READ_ROUTE: Route = v3::READ;

    /// The call that tells the full name of an event type. App events alone have it.
    pub(crate) const TYPE_NAME_ROUTE: Route = app_events::TYPE_NAME;

    /// Whether a request is taken as a whole or not at all, and nothing can be read back.
    pub(crate) fn is_atomic(self) -> bool {
        self == Api::AppEvents
    }
}

/// An API at one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Protocol {
    api: Api,
    /// The version in the paths of app events. v3 does not use it.
    version: Arc<str>,
}

/// An event to be created, and what the API calls its template.
pub(crate) type Named<'e> = (&'e SealedEvent, &'e str);

impl Protocol {
    pub(crate) fn new(api: Api, version: impl Into<Arc<str>>) -> Self {
        Protocol {
            api,
            version: version.into(),
        }
    }

    /// v3, which has no other version.
    pub(crate) fn v3() -> Self {
        Protocol::new(Api::V3, "")
    }

    /// How many bytes an event takes in a request.
    pub(crate) fn event_size(&self, (event, name): Named<'_>) -> usize {
        match self.api {
            Api::V3 => v3::event_size(event),
            Api::AppEvents => app_events::event_size(event, name),
        }
    }

    /// The call that creates these events.
    pub(crate) fn create<'e>(
        &self,
        events: impl Iterator<Item = Named<'e>> + Clone,
        expected: Expected,
    ) -> Call {
        let size = |(event, name): Named<'_>| {
            // This has room for most ids; for longer ones the buffer grows.
            const HEAD: usize = 160;
            HEAD + name.len() + event.content.json().len()
        };
        let mut body = Vec::with_capacity(events.clone().map(size).sum::<usize>() + 16);
        body.extend_from_slice(br#"{"inputs":["#);
        let start = body.len();
        for (event, name) in events {
            if body.len() > start {
                body.push(b',');
            }
            match self.api {
                Api::V3 => v3::write_sealed(event, &mut body),
                Api::AppEvents => app_events::write_sealed(event, name, &mut body),
            }
        }
        body.extend_from_slice(b"]}");
        Call {
            route: self.api.create_route(),
            parts: match self.api {
                Api::V3 => Vec::new(),
                Api::AppEvents => vec![self.version.to_string()],
            },
            body: Some(body),
            expected,
        }
    }

    /// The call that reads an event. App events have none.
    pub(crate) fn read_event(&self, template_id: &str, id: &str, expected: Expected) -> Call {
        Call {
            route: Api::READ_ROUTE,
            parts: [template_id, id].map(str::to_owned).into(),
            body: None,
            expected,
        }
    }

    /// The call that tells the full name of an event type. App events alone have it.
    pub(crate) fn type_name(&self, project: &str, type_name: &str) -> Call {
        Call {
            route: Api::TYPE_NAME_ROUTE,
            parts: vec![self.version.to_string()],
            body: Some(app_events::type_request(project, type_name)),
            expected: Expected::TypeName,
        }
    }

    /// Reads an answer. Both APIs answer in one shape.
    pub(crate) fn read(&self, expected: Expected, raw: &RawAnswer) -> Answer {
        v3::read(expected, raw)
    }
}
