//! Carries out the verdict on a request.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::client::metrics::names;
use crate::client::{LONGEST_ASKED, Reply, Tried};
use crate::delivery::engine::request::{BatchRequest, Kind, divide};
use crate::delivery::engine::run::Engine;
use crate::delivery::intake::event::Event;
use crate::delivery::outcome::event::{CreatedEvent, Outcome};
use crate::delivery::outcome::reason::NotSentReason;
use crate::delivery::outcome::rejection::{Rejection, RejectionReason};
use crate::delivery::outcome::undelivered::UndeliveredEvent;
use crate::delivery::verdict::action::{Again, Group, Then, action};
use crate::delivery::verdict::create::judge;
use crate::delivery::verdict::lookup::{is_looked_up, judge_lookup};
use crate::delivery::verdict::read_back::judge_read_back;
use crate::delivery::verdict::step::{Past, Verdict};
use crate::error::Attempts;
use crate::wire::error_body::ErrorBody;
use crate::wire::meaning::Meaning;
use crate::wire::texts::Text;

impl Engine<'_> {
    /// Handles the result of a request. `rest` is the rest of the batch that a probe was taken from; it waits again.
    pub(in crate::delivery) fn apply(
        &mut self,
        mut request: BatchRequest,
        rest: Option<BatchRequest>,
        tried: Tried,
    ) {
        let reply = match tried {
            Tried::Halted => {
                let reason = self.stop.reason();
                if let Some(rest) = rest {
                    self.schedule.put_back(rest);
                }
                return self.end_request(request, &reason);
            }
            Tried::Known => return self.looked_up(request, rest),
            Tried::NoToken(reason) => Reply::NoToken(reason),
            Tried::Answered { answer, token, .. } => {
                let repeats = request.attempts > 0;
                self.in_flight.count(repeats);
                self.client.root.metrics.add(names::RETRIES, repeats.into());
                request.attempts += 1;
                for event in &mut request.events {
                    event.attempts = event.attempts.saturating_add(1);
                }
                request.refused = match &answer {
                    Ok(answer) if answer.means() == Meaning::Unauthorized => Some(token),
                    _ => None,
                };
                match answer {
                    Ok(answer) => Reply::Answer(answer),
                    Err(failure) => Reply::Failure(failure),
                }
            }
        };
        let root = &self.client.root;
        let now = root.clock.elapsed();
        let past = Past {
            not_found_for: request
                .not_found_since
                .map(|since| now.saturating_sub(since)),
            errors_are_uncounted: !root.one_error_per_event,
            atomic: request.api.is_atomic(),
            moves: !request.api.is_atomic() && self.client.may_move(),
            mostly_in_use: self.outcomes.are_mostly_in_use(),
            ..request.past
        };
        if request.looks_up().is_some() && is_looked_up(&reply) {
            return self.looked_up(request, rest);
        }
        if let Some(others) = request.take_others() {
            self.schedule.put_back(others);
        }
        let verdict = match (&request.kind, &request.events[..]) {
            (Kind::LookUp(_), events) => judge_lookup(events, past, &reply),
            (Kind::ReadBack(_), [event]) => judge_read_back(event, past, &reply),
            (_, events) => judge(events, past, &reply),
        };
        let count = request.events.iter().map(|event| event.attempts).max();
        let elapsed = now.saturating_sub(request.begun.unwrap_or(now));
        request.last = Some(Arc::new(Attempts::new(
            count.unwrap_or_default(),
            elapsed,
            &reply,
            root.show_messages,
        )));
        self.carry_out(request, rest, verdict, &reply, now);
    }

    /// Queues the events again, once their type's full name is known or is known not to exist.
    fn looked_up(&mut self, mut request: BatchRequest, rest: Option<BatchRequest>) {
        request.kind = Kind::Create;
        request.past = Past::default();
        // The events themselves have not been sent yet.
        request.attempts = 0;
        if let Some(rest) = rest {
            self.schedule.put_back(rest);
        }
        self.schedule.put_back(request);
    }

    fn carry_out(
        &mut self,
        mut request: BatchRequest,
        mut rest: Option<BatchRequest>,
        mut verdict: Verdict,
        reply: &Reply,
        now: Duration,
    ) {
        let steps = std::mem::take(&mut verdict.steps);
        let refused = match &request.kind {
            Kind::ReadBack(refused) => refused.clone(),
            Kind::Create | Kind::LookUp(_) => None,
        };
        let mut groups: Vec<(Group, Vec<Event>)> = Vec::new();
        let mut again: Option<(Again, Vec<Event>)> = None;
        let events = std::mem::take(&mut request.events);
        // It matters which events were lost together only if the API takes a request as a whole.
        let set = match request.api.is_atomic() {
            true => Event::set_of(&events),
            false => NonZeroU32::MIN,
        };
        for (mut event, step) in events.into_iter().zip(steps) {
            let action = action(step, refused.as_deref(), &verdict);
            if let Some((reason, lost)) = action.doubt {
                event.doubt(reason, lost.then_some(set));
            }
            let last = request.last.as_ref();
            match action.then {
                Then::Created {
                    object_id,
                    created_at,
                } => {
                    self.templates.accepted(&event.template);
                    let own = |text: Option<Text>| text.map(|text| reply.text(text).to_owned());
                    let id = event.id().to_owned();
                    let created = CreatedEvent::new(id, own(object_id), own(created_at));
                    self.close(&event, Outcome::Created(created));
                }
                Then::AlreadyExists => {
                    self.templates.accepted(&event.template);
                    let id = event.id().to_owned();
                    self.close(&event, Outcome::AlreadyExists { id });
                }
                Then::Reject(reason, body) => self.reject(&event, reason, *body, last),
                Then::End(absent) => self.end(event, &absent, last),
                Then::Stop(reason) => {
                    self.stop(reason.clone(), false);
                    self.end(event, &reason, last);
                }
                Then::ReadBack(refused) => {
                    let request = request.again(vec![event], Kind::ReadBack(refused.map(Box::new)));
                    self.schedule.push(request);
                }
                Then::Group(group) => match groups.iter_mut().find(|(other, _)| *other == group) {
                    Some((_, events)) => events.push(event),
                    None => groups.push((group, vec![event])),
                },
                Then::Again(how) => {
                    let (known, events) = again.get_or_insert((how.clone(), Vec::new()));
                    known.join(how);
                    events.push(event);
                }
            }
        }
        self.send_groups(&request, groups);
        if let Some((how, events)) = again {
            request.events = events;
            self.send_again(request, how, &mut rest, verdict.least_wait, now);
        }
        if let Some(rest) = rest {
            if matches!(reply, Reply::Answer(answer) if answer.is_success()) {
                self.schedule.part_got_through();
            }
            self.schedule.put_back(rest);
        }
    }

    /// Queues requests for the events that are sent in another way than the request was.
    fn send_groups(&mut self, request: &BatchRequest, mut groups: Vec<(Group, Vec<Event>)>) {
        // Events of which the answer said nothing leave before those that are sent apart or split.
        groups.sort_by_key(|(group, _)| *group);
        for (group, events) in groups {
            let parts = match group {
                Group::Together | Group::Apart => vec![events],
                Group::Split(parts) => divide(events, parts),
            };
            for events in parts {
                let mut next = request.again(events, Kind::Create);
                next.past = group.past(request.past);
                if request.api.is_atomic() {
                    // The parts go first: their answers help to judge the rest.
                    self.schedule.put_back(next);
                } else {
                    self.schedule.push(next);
                }
            }
        }
    }

    /// Queues the request again with the events that it has left.
    fn send_again(
        &mut self,
        mut request: BatchRequest,
        how: Again,
        rest: &mut Option<BatchRequest>,
        least_wait: Duration,
        now: Duration,
    ) {
        request.past = how.past(request.past);
        match how {
            Again::WithAnotherToken => self.schedule.push(request),
            Again::Moved => {
                self.client.move_to_app_events();
                self.outcomes.note_move();
                request.refused = None;
                self.schedule.push(request);
            }
            Again::Later { absent, .. } => {
                if request.last.as_ref().and_then(|last| last.status) == Some(404) {
                    request.not_found_since.get_or_insert(now);
                }
                request.absent = absent;
                if let Some(mut whole) = rest.take() {
                    whole.rejoin(request);
                    request = whole;
                }
                self.try_later(request, least_wait, now);
            }
        }
    }

    /// Queues the request for another try after a wait, or ends it if patience is over.
    fn try_later(&mut self, mut request: BatchRequest, least: Duration, now: Duration) {
        let root = &self.client.root;
        let outage = self.client.portal.traffic.breaker.outage_since();
        // In an outage, patience counts from the outage's start, for probes as for the requests that wait.
        let first = outage.map_or(now, |since| since.max(request.given).min(now));
        let since = now.saturating_sub(*request.failing_since.get_or_insert(first));
        let wait = root
            .retry
            .next_wait(request.past.failures, since, least, root.chance());
        match wait {
            Some(wait) if !self.stop.is_stopped() => match outage {
                // In an outage the circuit breaker says how long to wait.
                Some(_) => {
                    let wait = least.min(LONGEST_ASKED);
                    self.schedule.park(request, now.saturating_add(wait));
                }
                None if request.fails_repeatedly() => {
                    let wait = root.retry.next_wait(1, since, least, root.chance());
                    let until = now.saturating_add(wait.unwrap_or_default());
                    for part in request.halves() {
                        self.schedule.park(part, until);
                    }
                }
                None => self.schedule.park(request, now.saturating_add(wait)),
            },
            _ => {
                // Without a reason, all events that left are uncertain and end as `Unknown`. `Outage` is for those that
                // never left, such as the rest of a batch that a probe was taken from.
                let absent = request.absent.take().unwrap_or(NotSentReason::Outage);
                self.end_request(request, &absent);
            }
        }
    }

    pub(in crate::delivery) fn reject(
        &mut self,
        event: &Event,
        reason: RejectionReason,
        body: ErrorBody,
        last: Option<&Arc<Attempts>>,
    ) {
        match reason {
            // The event that has the id was accepted.
            RejectionReason::IdTaken => self.templates.accepted(&event.template),
            _ => {
                let now = self.client.root.clock.elapsed();
                self.templates.refused(&event.template, now);
            }
        }
        let kept = self.keep(event, last);
        let rejection = Rejection::by_hubspot(event.id().to_owned(), reason, body, kept);
        self.close(event, rejection.into());
    }

    /// Ends an event that no answer has decided.
    pub(in crate::delivery) fn end(
        &mut self,
        mut event: Event,
        absent: &NotSentReason,
        last: Option<&Arc<Attempts>>,
    ) {
        self.intake.spend();
        let kept = self.keep(&event, last);
        let id = event.id().to_owned();
        let outcome = match event.uncertain.take() {
            Some(reason) => Outcome::Unknown {
                id,
                reason,
                event: kept,
            },
            None => Outcome::NotSent {
                id,
                reason: absent.clone(),
                event: kept,
            },
        };
        self.close(&event, outcome);
    }

    /// The event with its own attempts: of the events of one batch, some may have left more often than others, or not at all.
    fn keep(&self, event: &Event, last: Option<&Arc<Attempts>>) -> Box<UndeliveredEvent> {
        let last = last.filter(|last| event.attempts > 0 || last.count == 0);
        let attempts = last.map(|last| last.of_one(event.attempts));
        event.undelivered(attempts)
    }
}
