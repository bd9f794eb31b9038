//! What the verdict says, done.

use std::sync::Arc;
use std::time::Duration;

use crate::client::metrics::names;
use crate::client::{LONGEST_ASKED, Reply, Tried};
use crate::delivery::engine::request::{BatchRequest, Kind, divide};
use crate::delivery::engine::run::Engine;
use crate::delivery::intake::seal::Event;
use crate::delivery::outcome::event::{CreatedEvent, Outcome};
use crate::delivery::outcome::reason::UndeliveredReason;
use crate::delivery::outcome::reason::{NotSentReason, UnknownReason};
use crate::delivery::outcome::rejection::{Rejection, RejectionReason};
use crate::delivery::outcome::undelivered::UndeliveredEvent;
use crate::delivery::verdict::create::judge;
use crate::delivery::verdict::read_back::judge_read_back;
use crate::delivery::verdict::step::{Parts, Past, Step, Verdict};
use crate::error::Attempts;
use crate::wire::answer::ErrorBody;

impl Engine<'_> {
    /// Takes in what came of a piece of request, and has what it was taken from wait again.
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
                    Ok(answer) if answer.status == 401 => Some(token),
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
            uncounted: !root.one_error_per_event,
            ..request.past
        };
        let verdict = match (&request.kind, &request.events[..]) {
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
        self.carry_out(request, rest, verdict, now);
    }

    fn carry_out(
        &mut self,
        mut request: BatchRequest,
        mut rest: Option<BatchRequest>,
        verdict: Verdict,
        now: Duration,
    ) {
        let (mut later, mut refresh, mut split) = (vec![], vec![], vec![]);
        let (mut together, mut apart) = (vec![], vec![]);
        let mut absent = None;
        let mut parts = Parts::Halves;
        let mut unlisted = false;
        let events = std::mem::take(&mut request.events);
        for (mut event, step) in events.into_iter().zip(verdict.steps) {
            match step {
                Step::Created {
                    object_id,
                    created_at,
                } => {
                    self.templates.accepted(&event.template_id);
                    let created = CreatedEvent::new(event.id.to_string(), object_id, created_at);
                    self.close(&event, Outcome::Created(created));
                }
                Step::AlreadyExists => {
                    self.templates.accepted(&event.template_id);
                    let id = event.id.to_string();
                    self.close(&event, Outcome::AlreadyExists { id });
                }
                Step::ReadBack(refusal) => {
                    if refusal.is_none() {
                        // The id is in use, perhaps by this very event.
                        event.doubt(UnknownReason::CannotReadBack, true);
                    }
                    let request = request.again(vec![event], Kind::ReadBack(refusal.map(Box::new)));
                    self.schedule.push(request);
                }
                Step::Rejected(reason, body) => {
                    let (reason, body) = match &request.kind {
                        // It is not there after all, so what was said first holds.
                        Kind::ReadBack(Some(refusal)) => (**refusal).clone(),
                        _ => (reason, body),
                    };
                    self.reject(&event, reason, body, request.last.as_ref());
                }
                Step::NotFound => match &request.kind {
                    Kind::ReadBack(Some(refusal)) => {
                        let (reason, body) = (**refusal).clone();
                        self.reject(&event, reason, body, request.last.as_ref());
                    }
                    // The id is in use, and it cannot be seen by which event.
                    _ => {
                        event.doubt(UnknownReason::CannotReadBack, true);
                        self.end(event, &NotSentReason::Stopped, request.last.as_ref());
                    }
                },
                Step::Unknown(reason) => {
                    event.doubt(reason, true);
                    // Since it is uncertain, the other reason is not used.
                    self.end(event, &NotSentReason::Stopped, request.last.as_ref());
                }
                Step::Stop(reason) => {
                    self.stop(reason.clone(), false);
                    self.end(event, &reason, request.last.as_ref());
                }
                Step::Refresh => refresh.push(event),
                Step::Together | Step::Apart | Step::Split(_) => {
                    if verdict.success {
                        event.doubt(UnknownReason::NotListed, verdict.lost);
                    }
                    match step {
                        Step::Split(into) => {
                            parts = into;
                            split.push(event);
                        }
                        Step::Apart => apart.push(event),
                        _ => together.push(event),
                    }
                }
                Step::Later(doubt) => {
                    match doubt {
                        UndeliveredReason::Unknown(reason) => {
                            unlisted |= reason == UnknownReason::NotListed;
                            // As with a 500, HubSpot may have got as far as to store it.
                            let failed = reason == UnknownReason::NotItsFault;
                            event.doubt(reason, verdict.lost || failed);
                        }
                        UndeliveredReason::NotSent(reason) => absent = Some(reason),
                    }
                    later.push(event);
                }
            }
        }
        for events in [together, apart] {
            if !events.is_empty() {
                let mut request = request.again(events, Kind::Create);
                request.past.again = true;
                self.schedule.push(request);
            }
        }
        if !split.is_empty() {
            for part in divide(split, parts) {
                let mut part = request.again(part, Kind::Create);
                part.past.again = request.past.again;
                self.schedule.push(part);
            }
        }
        // The rest is the same request once more. No answer asks for both another token and a wait.
        if !refresh.is_empty() {
            request.events = refresh;
            request.past.refused = true;
            self.schedule.push(request);
        } else if !later.is_empty() {
            request.events = later;
            let status = request.last.as_ref().and_then(|last| last.status);
            request.past = Past {
                again: request.past.again || unlisted,
                refused: false,
                failures: request.past.failures + 1,
                ..request.past
            };
            if status == Some(404) {
                request.not_found_since.get_or_insert(now);
            }
            request.absent = absent;
            if let Some(mut whole) = rest.take() {
                whole.rejoin(request);
                request = whole;
            }
            self.try_later(request, verdict.least_wait, now);
        }
        if let Some(rest) = rest {
            if verdict.success {
                self.schedule.part_got_through();
            }
            self.schedule.put_back(rest);
        }
    }

    /// Queues request for after a wait, or ends it if patience is over.
    fn try_later(&mut self, mut request: BatchRequest, least: Duration, now: Duration) {
        let root = &self.client.root;
        let outage = self.client.portal.traffic.breaker.outage_since();
        // To be the one that probes makes nothing more patient.
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
                None if request.stumbles() => {
                    let wait = root.retry.next_wait(1, since, least, root.chance());
                    let until = now.saturating_add(wait.unwrap_or_default());
                    for part in request.halves() {
                        self.schedule.park(part, until);
                    }
                }
                None => self.schedule.park(request, now.saturating_add(wait)),
            },
            _ => {
                // Where nothing says that they are absent, all that left are uncertain, and the reason is not used. Of a
                // batch that a probe was taken from, some have not left since the outage began.
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
            RejectionReason::IdTaken => self.templates.accepted(&event.template_id),
            _ => {
                let now = self.client.root.clock.elapsed();
                self.templates.refused(&event.template_id, now);
            }
        }
        let kept = self.keep(event, last);
        let rejection = Rejection::by_hubspot(event.id.to_string(), reason, body, kept);
        self.close(event, rejection.into());
    }

    /// Ends an event that no answer has named.
    pub(in crate::delivery) fn end(
        &mut self,
        mut event: Event,
        absent: &NotSentReason,
        last: Option<&Arc<Attempts>>,
    ) {
        self.intake.spend();
        let kept = self.keep(&event, last);
        let id = event.id.to_string();
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

    /// With what was done for it. Of the events of one batch some may have left more often than others, or not at all.
    fn keep(&self, event: &Event, last: Option<&Arc<Attempts>>) -> Box<UndeliveredEvent> {
        let last = last.filter(|last| event.attempts > 0 || last.count == 0);
        let attempts = last.map(|last| last.of_one(event.attempts));
        event.undelivered(self.client.portal.id, attempts)
    }
}
