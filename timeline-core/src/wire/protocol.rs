//! One API of HubSpot's: where its calls go, how events are written for it, and how its answers are read.

use super::answer::{Answer, Expected, RawAnswer};
use super::v3;
use crate::event::SealedEvent;

/// Which API events go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    V3,
}

/// A request, in words that know no HTTP library. A `GET` if it has no body.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) path: &'static str,
    /// Follow the path, each percent-encoded.
    pub(crate) segments: Vec<String>,
    /// JSON.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) expected: Expected,
}

impl Call {
    pub(crate) fn method(&self) -> &'static str {
        match self.body {
            Some(_) => "POST",
            None => "GET",
        }
    }
}

impl Protocol {
    /// The call that creates events, as messages show it.
    pub(crate) fn create_pattern(self) -> &'static str {
        match self {
            Protocol::V3 => "POST /integrators/timeline/v3/events/batch/create",
        }
    }

    /// The call that reads an event, as messages show it: without ids, which may be personal data.
    pub(crate) fn read_pattern(self) -> &'static str {
        match self {
            Protocol::V3 => "GET /integrators/timeline/v3/events/{eventTemplateId}/{eventId}",
        }
    }

    /// The call that creates these events.
    pub(crate) fn create<'e>(
        self,
        events: impl Iterator<Item = &'e SealedEvent> + Clone,
        expected: Expected,
    ) -> Call {
        Call {
            path: match self {
                Protocol::V3 => v3::BATCH_CREATE,
            },
            segments: Vec::new(),
            body: Some(match self {
                Protocol::V3 => v3::batch_body(events),
            }),
            expected,
        }
    }

    /// The call that reads an event.
    pub(crate) fn read_event(self, template_id: &str, id: &str, expected: Expected) -> Call {
        Call {
            path: match self {
                Protocol::V3 => v3::EVENTS,
            },
            segments: [template_id, id].map(str::to_owned).into(),
            body: None,
            expected,
        }
    }

    /// Reads an answer.
    pub(crate) fn read(self, expected: Expected, raw: &RawAnswer) -> Answer {
        match self {
            Protocol::V3 => v3::read(expected, raw),
        }
    }
}
