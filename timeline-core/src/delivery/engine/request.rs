//! A request for one or more events, tried as often as patience allows.

use std::sync::Arc;
use std::time::Duration;

use crate::client::{Hold, RetryPolicy, Secret};
use crate::delivery::intake::event::Event;
use crate::delivery::outcome::reason::NotSentReason;
use crate::delivery::verdict::action::RefusalReason;
use crate::delivery::verdict::step::{Parts, Past};
use crate::error::Attempts;
use crate::trace::{Server, Span};
use crate::wire::Api;
use crate::wire::answer::Expected;
use crate::wire::call::Call;
use crate::wire::protocol::Protocol;

/// One request and its repetitions.
#[derive(Debug)]
pub(in crate::delivery) struct BatchRequest {
    pub(in crate::delivery) events: Vec<Event>,
    pub(in crate::delivery) kind: Kind,
    /// It follows from an answer: a part of a split batch, a confirmation or a read-back.
    pub(in crate::delivery) follows_up: bool,
    pub(in crate::delivery) past: Past,
    /// The API that its last attempt went through.
    pub(in crate::delivery) api: Api,
    /// How many requests to the account had been answered when this one was tried last.
    pub(in crate::delivery) last_try: Option<u64>,
    /// How many requests have been made for it.
    pub(in crate::delivery) attempts: u32,
    /// When its events were there to be sent, in the clock's elapsed time.
    pub(in crate::delivery) given: Duration,
    /// When its first attempt, or that of the batch it is a part of, left.
    pub(in crate::delivery) begun: Option<Duration>,
    /// When its first attempt failed.
    pub(in crate::delivery) failing_since: Option<Duration>,
    /// When reading its event back found nothing for the first time.
    pub(in crate::delivery) not_found_since: Option<Duration>,
    /// When it may be tried again.
    pub(in crate::delivery) not_before: Duration,
    /// The access token that HubSpot answered with 401.
    pub(in crate::delivery) refused: Option<Secret>,
    /// Why its events are not on HubSpot, by the last answer that said so.
    pub(in crate::delivery) absent: Option<NotSentReason>,
    /// Its attempts so far; `None` before the first one is done.
    pub(in crate::delivery) last: Option<Arc<Attempts>>,
    span: Option<Span>,
}

#[derive(Debug)]
pub(in crate::delivery) enum Kind {
    Create,
    /// Reads back a lone event whose id is in use, or which was refused after an answer was lost. The refusal is the
    /// event's outcome unless the event turns out to be there.
    ReadBack(Option<Box<RefusalReason>>),
    /// Asks for the full name of the events' type, which has this name, before they are sent.
    LookUp(Arc<str>),
}

impl BatchRequest {
    pub(in crate::delivery) fn new(events: Vec<Event>, kind: Kind, given: Duration) -> Self {
        BatchRequest {
            events,
            kind,
            follows_up: false,
            past: Past::default(),
            api: Api::default(),
            last_try: None,
            attempts: 0,
            given,
            begun: None,
            failing_since: None,
            not_found_since: None,
            not_before: Duration::ZERO,
            refused: None,
            absent: None,
            last: None,
            span: None,
        }
    }

    /// A new request for some of the events of this one.
    pub(in crate::delivery) fn again(&self, events: Vec<Event>, kind: Kind) -> Self {
        BatchRequest {
            follows_up: true,
            begun: self.begun,
            last: self.last.clone(),
            ..BatchRequest::new(events, kind, self.given)
        }
    }

    /// Takes out the events that wait for no lookup, or for another: this lookup's answer is about events of its type alone.
    pub(super) fn take_others(&mut self) -> Option<Self> {
        let Kind::LookUp(name) = &self.kind else {
            return None;
        };
        let is_other = |event: &mut Event| !event.is_short || event.template != *name;
        let others: Vec<Event> = self.events.extract_if(.., is_other).collect();
        (!others.is_empty()).then(|| BatchRequest::new(others, Kind::Create, self.given))
    }

    /// Its first events, as a probe that finds out whether anything gets through, and its rest, if there is one. A probe
    /// that fails goes back to the end of the rest ([`rejoin`](Self::rejoin)), so the next probe carries other events.
    pub(in crate::delivery) fn probe(
        mut self,
        events: usize,
    ) -> (BatchRequest, Option<BatchRequest>) {
        if self.events.len() <= events {
            return (self, None);
        }
        let rest = self.events.split_off(events);
        let first = std::mem::take(&mut self.events);
        let probe = BatchRequest {
            past: self.past,
            last_try: self.last_try,
            attempts: self.attempts,
            failing_since: self.failing_since,
            refused: self.refused.take(),
            absent: self.absent.clone(),
            ..self.again(first, Kind::Create)
        };
        self.events = rest;
        (probe, Some(self))
    }

    /// Puts a probe that has failed back into the request that it was taken from. The whole request counts as tried.
    pub(in crate::delivery) fn rejoin(&mut self, mut probe: BatchRequest) {
        self.events.append(&mut probe.events);
        self.past = probe.past;
        self.last_try = probe.last_try;
        self.attempts = probe.attempts;
        self.begun = self.begun.or(probe.begun);
        self.absent = probe.absent;
        self.last = probe.last;
    }

    /// Whether HubSpot fails on this batch again and again, perhaps because of one event of it. Of the reasons why events
    /// are surely absent, only a locked record can be one event's own.
    pub(in crate::delivery) fn fails_repeatedly(&self) -> bool {
        const ENOUGH: u32 = 3;
        self.events.len() > 1
            && self.past.failures >= ENOUGH
            && matches!(self.absent, None | Some(NotSentReason::Locked))
    }

    /// Its two halves. Patience with them counts from this request's first failure.
    pub(in crate::delivery) fn halves(mut self) -> Vec<BatchRequest> {
        let halves = divide(std::mem::take(&mut self.events), Parts::Halves);
        halves
            .into_iter()
            .map(|events| BatchRequest {
                past: self.past,
                last_try: self.last_try,
                failing_since: self.failing_since,
                absent: self.absent.clone(),
                ..self.again(events, Kind::Create)
            })
            .collect()
    }

    /// The name that its next attempt looks up.
    pub(in crate::delivery) fn looks_up(&self) -> Option<Arc<str>> {
        match &self.kind {
            Kind::LookUp(name) => Some(Arc::clone(name)),
            Kind::Create | Kind::ReadBack(_) => None,
        }
    }

    /// The span of its next attempt, inside that of the batch.
    pub(in crate::delivery) fn attempt_span(
        &mut self,
        call: &Call,
        server: Server<'_>,
        portal_id: Option<u64>,
    ) -> Span {
        let events = self.events.len();
        let batch = self
            .span
            .get_or_insert_with(|| Span::batch(events, portal_id));
        batch.attempt(call.route, server, self.attempts)
    }

    pub(in crate::delivery) fn call(&self, protocol: &Protocol, project: Option<&str>) -> Call {
        match (&self.kind, &self.events[..]) {
            (Kind::ReadBack(_), [event]) => {
                protocol.read_event(&event.template, event.id(), Expected::Stored)
            }
            (Kind::LookUp(name), _) => protocol.type_name(project.unwrap_or_default(), name),
            (_, events) => {
                let sealed = events.iter().map(|event| (&event.sealed, &*event.template));
                protocol.create(sealed, Expected::Created(events.len()))
            }
        }
    }
}

/// The parts of a batch, none of them empty if there are two events at least.
pub(in crate::delivery) fn divide(mut events: Vec<Event>, parts: Parts) -> Vec<Vec<Event>> {
    let mut middle = events.len() / 2;
    match parts {
        Parts::Singles => return events.into_iter().map(|event| vec![event]).collect(),
        Parts::Halves => {}
        Parts::HalvesByBytes => {
            let half = events.iter().map(Event::bytes).sum::<usize>() / 2;
            let mut bytes = 0;
            let below = events.iter().take_while(|event| {
                bytes += event.bytes();
                bytes <= half
            });
            middle = below
                .count()
                .clamp(1, events.len().saturating_sub(1).max(1));
        }
    }
    let second = events.split_off(middle.min(events.len()));
    vec![events, second]
}

/// When patience with a request ends. For a request that was never tried, patience counts from the hold's start, or from
/// when its events came if that is later.
pub(super) fn deadline(retry: &RetryPolicy, request: &BatchRequest, hold: Hold) -> Duration {
    let since = request
        .failing_since
        .unwrap_or(hold.since.max(request.given));
    retry.deadline(since)
}
