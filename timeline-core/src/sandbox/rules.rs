//! The rules of a sandbox: switches for what HubSpot does not document.

use std::collections::BTreeMap;

use crate::limits;

/// What the sandbox does where HubSpot's documentation says nothing.
///
/// Each default is an assumption: the strictest reading, so that a client that works here is likely to work with HubSpot.
/// Test the other readings too.
///
/// ```
/// use timeline_core::sandbox::{BadEvent, Rules, SameId};
///
/// let rules = Rules::default()
///     .bad_event(BadEvent::RefusesBatch)
///     .same_id(SameId::Updates)
///     .events_per_batch(10);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "rules do nothing until a sandbox has them"]
pub struct Rules {
    pub(super) bad_event: BadEvent,
    pub(super) error_id: ErrorId,
    pub(super) same_id: SameId,
    pub(super) other_object: OtherObject,
    pub(super) order: ResultOrder,
    pub(super) success: u16,
    pub(super) require_id: bool,
    pub(super) events_per_batch: usize,
    pub(super) request_bytes: usize,
    pub(super) equal_errors_once: bool,
    pub(super) status: String,
    pub(super) requested_at: bool,
    pub(super) links: BTreeMap<String, String>,
    pub(super) created_at: bool,
    pub(super) extra_data_is_object: bool,
    pub(super) json_at_token_endpoint: bool,
    pub(super) timestamp_without_offset: bool,
    pub(super) empty_single: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            bad_event: BadEvent::default(),
            error_id: ErrorId::default(),
            same_id: SameId::default(),
            other_object: OtherObject::default(),
            order: ResultOrder::default(),
            success: 201,
            require_id: true,
            events_per_batch: limits::EVENTS_PER_BATCH,
            request_bytes: limits::REQUEST_BYTES,
            equal_errors_once: false,
            status: "COMPLETE".to_owned(),
            requested_at: false,
            links: BTreeMap::new(),
            created_at: false,
            extra_data_is_object: false,
            json_at_token_endpoint: false,
            timestamp_without_offset: false,
            empty_single: false,
        }
    }
}

impl Rules {
    /// What one bad event does to its batch. By default only that event is refused.
    pub fn bad_event(mut self, does: BadEvent) -> Self {
        self.bad_event = does;
        self
    }

    /// Where an error names the event that it is about. By default nowhere.
    pub fn error_id(mut self, place: ErrorId) -> Self {
        self.error_id = place;
        self
    }

    /// Whether equal errors are listed once, for any number of events. By default each refused event has an error of its
    /// own, an assumption: HubSpot does not document how many errors there are. Errors that name their event
    /// ([`error_id`](Self::error_id)) are never equal.
    pub fn equal_errors_once(mut self, once: bool) -> Self {
        self.equal_errors_once = once;
        self
    }

    /// What happens to an event whose id the same record has already. By default it is refused.
    pub fn same_id(mut self, does: SameId) -> Self {
        self.same_id = does;
        self
    }

    /// What happens to an event whose id another record has already. By default it is refused.
    pub fn other_object(mut self, does: OtherObject) -> Self {
        self.other_object = does;
        self
    }

    /// The order of a batch's results. By default it is not the order of the request.
    pub fn order(mut self, order: ResultOrder) -> Self {
        self.order = order;
        self
    }

    /// The status of a batch whose events were all accepted. 201 by default, as documented; 200 was documented
    /// before. Anything outside 200 to 299 is taken as 201.
    pub fn success(mut self, status: u16) -> Self {
        self.success = if (200..300).contains(&status) {
            status
        } else {
            201
        };
        self
    }

    /// Whether an event must carry an id. By default it must: the specification requires one since February 2026,
    /// though its text still calls it optional. With `false`, the sandbox makes an id for an event without one.
    pub fn require_id(mut self, require: bool) -> Self {
        self.require_id = require;
        self
    }

    /// Events in one batch, at most; more are refused with 400. 100 by default: no figure is written down for this
    /// call; its predecessor takes 100.
    pub fn events_per_batch(mut self, events: usize) -> Self {
        self.events_per_batch = events;
        self
    }

    /// The `status` of every batch answer; `COMPLETE` by default. HubSpot also documents `PENDING`, `PROCESSING` and
    /// `CANCELED`, but not when it sends them. The events are stored and listed in any case; [`Fault::saying`](super::Fault::saying) gives an answer that lists none.
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// Whether a batch answer has `requestedAt`. By default it has not: the specification calls it optional.
    pub fn requested_at(mut self, tell: bool) -> Self {
        self.requested_at = tell;
        self
    }

    /// The `links` of a batch answer. By default there are none: the specification calls them optional.
    pub fn links<K: Into<String>, V: Into<String>>(
        mut self,
        links: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let links = links.into_iter();
        self.links = links.map(|(name, url)| (name.into(), url.into())).collect();
        self
    }

    /// Whether an event in an answer has `createdAt`. By default it has not: the specification has the field and calls it
    /// unused, and no recorded answer of HubSpot's shows it.
    pub fn created_at(mut self, tell: bool) -> Self {
        self.created_at = tell;
        self
    }

    /// Whether `extraData` must be an object; an event with anything else is refused then. By default any JSON is accepted, an
    /// assumption: by HubSpot's specification it is an object, by its guide "any valid JSON", and its page on templates
    /// reads a list out of it.
    pub fn extra_data_is_object(mut self, must: bool) -> Self {
        self.extra_data_is_object = must;
        self
    }

    /// Whether the token endpoint takes JSON, too. By default it takes a form alone, as HubSpot's specification says; the
    /// official `hubspot-sdk` for Python sends JSON there.
    pub fn json_at_token_endpoint(mut self, take: bool) -> Self {
        self.json_at_token_endpoint = take;
        self
    }

    /// Whether an event's `timestamp` may lack its offset, as in `2026-08-01T12:00:00`; it is then read as UTC. By default
    /// the request is refused with 400, an assumption: what HubSpot does with such a timestamp is not known.
    pub fn timestamp_without_offset(mut self, take: bool) -> Self {
        self.timestamp_without_offset = take;
        self
    }

    /// Whether app events answer to the creation of a single event with 200 and no body. By default they answer with 201 and
    /// the event; HubSpot's specification has both.
    pub fn empty_single(mut self, empty: bool) -> Self {
        self.empty_single = empty;
        self
    }

    /// Bytes in the body of one request, at most; more are refused with 413. 4,000,000 by default; HubSpot names no
    /// figure.
    pub fn request_bytes(mut self, bytes: usize) -> Self {
        self.request_bytes = bytes;
        self
    }
}

/// What one bad event does to its batch. HubSpot documents the 207, but not when it answers with one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadEvent {
    /// 207: the good events are created, the bad one is listed under `errors`. The default.
    #[default]
    IsRefused,
    /// 400, or 409 if all bad events have ids that exist already: nothing is created.
    RefusesBatch,
}

/// Where an error names the event that it is about. HubSpot documents neither that it does nor where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorId {
    /// Nowhere. The default.
    #[default]
    Nowhere,
    /// In the error's `id`.
    Id,
    /// In the error's `context`, as `"id": ["…"]`.
    Context,
    /// In the error's `message`.
    Message,
}

/// What happens to an event whose id the same record has already, in the same template.
///
/// Version 1 of the API updated the event; its successor answers 409. For v3 HubSpot only documents that events cannot be
/// changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameId {
    /// It is refused as a validation error: "Event ID already in use". The default.
    #[default]
    InUse,
    /// It is refused with 409, category `CONFLICT`.
    Conflict,
    /// It replaces the event and is listed as created.
    Updates,
    /// It changes nothing and is listed as created, with what was there.
    Ignored,
}

/// What happens to an event whose id another record has already, in the same template.
///
/// HubSpot announced the refusal in 2021; its guide still says that the last event wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtherObject {
    /// It is refused as a validation error: "Event ID already in use". The default.
    #[default]
    InUse,
    /// The event moves: the last one wins and the first record loses its event.
    Moves,
    /// It is refused with 409, category `CONFLICT`, as app events do.
    Conflicts,
}

/// The order of a batch's results. HubSpot documents none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultOrder {
    /// An order unrelated to that of the request, the same in every run. The default.
    #[default]
    Scattered,
    /// The order of the request.
    Sent,
    /// The reverse of the request's order.
    Reversed,
}
