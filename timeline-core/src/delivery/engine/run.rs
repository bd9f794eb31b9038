//! The sending loop: takes batches in, keeps several requests under way, and does with each answer what the verdict
//! says. The call that wants the outcomes polls it; the requests themselves are tasks of the client.

use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::task::coop::poll_proceed;

use crate::client::{Admission, Client, Hold, LastTry, Permit};
use crate::delivery::engine::filling::Filling;
use crate::delivery::engine::in_flight::InFlight;
use crate::delivery::engine::options::Options;
use crate::delivery::engine::outcome_log::OutcomeLog;
use crate::delivery::engine::refused_templates::RefusedTemplates;
use crate::delivery::engine::request::{BatchRequest, Kind, deadline};
use crate::delivery::engine::schedule::Schedule;
use crate::delivery::engine::stop::Stop;
use crate::delivery::engine::waits::{Waits, held_until, is_over};
use crate::delivery::intake::event::Event;
use crate::delivery::intake::pack::Packer;
use crate::delivery::intake::seal::Sealer;
use crate::delivery::intake::source::Source;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::{NotSentReason, UnknownReason};
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::outcome::report::BatchReport;

pub(in crate::delivery) struct Engine<'e> {
    pub(super) client: Client,
    pub(super) intake: Filling<'e>,
    pub(super) schedule: Schedule,
    pub(super) in_flight: InFlight,
    pub(super) outcomes: OutcomeLog<'e>,
    pub(super) templates: RefusedTemplates,
    pub(super) stop: Stop<'e>,
    waits: Waits,
}

impl<'e> Engine<'e> {
    pub(in crate::delivery) fn new(
        sealer: Sealer,
        source: Box<dyn Source + 'e>,
        mut outcomes: OutcomeLog<'e>,
        options: Options<'e>,
    ) -> Self {
        let client = sealer.client.clone();
        let started = client.root.clock.elapsed();
        let mut intake = Filling::new(Packer::new(source, sealer), &options, started);
        outcomes.expect(intake.expected());
        Engine {
            intake,
            schedule: Schedule::default(),
            in_flight: InFlight::new(options.concurrency),
            outcomes,
            templates: RefusedTemplates::default(),
            stop: Stop::new(options.stop_on, options.recover),
            waits: Waits::default(),
            client,
        }
    }

    /// The next outcome that is passed on; `None` when there will be no more.
    pub(in crate::delivery) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<(usize, Outcome)>> {
        // Outcomes without a request could keep this loop busy for ever. tokio's budget ends the turn.
        let turn = ready!(poll_proceed(context));
        self.intake.renew_budget();
        loop {
            if let Some(decided) = self.outcomes.next() {
                turn.made_progress();
                return Poll::Ready(Some(decided));
            }
            let now = self.now();
            self.stop.poll_wish(context, now);
            let again = if self.stop.is_stopped() {
                self.wind_down(context)
            } else {
                self.fill(context)
            };
            self.outcomes.report(self.intake.expected());
            if let Some((request, rest, tried)) = self.in_flight.poll_done(context) {
                self.apply(request, rest, tried);
                continue;
            }
            if self.outcomes.has_next() {
                continue;
            }
            if self.intake.is_done() && self.in_flight.is_empty() {
                return Poll::Ready(None);
            }
            if again {
                // Other tasks get their turn.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let next = self.next_time();
            if self
                .waits
                .poll(next, &self.client.root.clock, context)
                .is_pending()
            {
                return Poll::Pending;
            }
        }
    }

    pub(in crate::delivery) fn into_report(self) -> BatchReport {
        let elapsed = self.now().saturating_sub(self.intake.started());
        let (requests, retries) = self.in_flight.counts();
        let client = self.client;
        let has_moved = self.outcomes.has_moved();
        let (outcomes, counts) = self.outcomes.into_outcomes();
        let api = client.api();
        BatchReport::new(outcomes, counts, requests, retries, elapsed, api).moved(has_moved)
    }

    pub(super) fn now(&self) -> Duration {
        self.client.root.clock.elapsed()
    }

    /// Sends what may leave. Returns whether there is more to do at once.
    fn fill(&mut self, context: &mut Context<'_>) -> bool {
        let now = self.now();
        self.schedule.unpark(now);
        self.waits.end_hold();
        while self.in_flight.has_room() {
            if self.schedule.lacks_a_batch()
                && let Some(batch) = self.next_batch(context, now)
            {
                self.schedule.push(batch);
            }
            if self.schedule.is_empty() || !self.intake.has_budget() {
                return !self.intake.has_budget();
            }
            let admission = if self.client.root.retry.is_single_try() {
                Admission::Go(Permit::free())
            } else {
                self.waits.admit(&self.client.portal.traffic.breaker, now)
            };
            match admission {
                Admission::Go(permit) => self.send_next(permit, now),
                Admission::Hold(hold) => {
                    // Batches that come meanwhile join those that wait: a new batch may be the one that gets through.
                    while let Some(batch) = self.next_batch(context, now) {
                        self.schedule.push(batch);
                    }
                    if !self.expire(now, hold) || self.outcomes.has_next() {
                        return !self.intake.has_budget() || self.outcomes.has_next();
                    }
                }
            }
        }
        false
    }

    fn next_batch(&mut self, context: &mut Context<'_>, now: Duration) -> Option<BatchRequest> {
        let is_idle = self.in_flight.is_empty() && self.schedule.has_nothing();
        self.intake
            .next_batch(context, now, is_idle, &mut self.outcomes)
    }

    /// Sends the next request, or nothing if all of its events end here.
    fn send_next(&mut self, permit: Permit, now: Duration) {
        let next = match permit.probe() {
            Some(failed_probes) => self.schedule.take_probe(failed_probes),
            None => self.schedule.take().map(|request| (request, None)),
        };
        let Some((request, rest)) = next else {
            return;
        };
        let ready = self.for_the_api(request);
        match ready.and_then(|request| self.without_refused(request, now)) {
            Some(request) => self.start(request, rest, permit, now),
            None => rest
                .into_iter()
                .for_each(|rest| self.schedule.put_back(rest)),
        }
    }

    /// Makes events ready for the API that the account has moved to, and gives them the full names of their types. An event
    /// that the other API may have is not sent again, since this API does not find the duplicate; an event that this API
    /// cannot take is refused. `None` if no event of the request is left.
    fn for_the_api(&mut self, mut request: BatchRequest) -> Option<BatchRequest> {
        let api = self.client.api();
        let is_ready = |event: &Event| event.api == api && !event.is_short;
        if request.events.iter().all(is_ready) {
            return Some(request);
        }
        let last = request.last.clone();
        let mut short = None;
        for mut event in std::mem::take(&mut request.events) {
            if event.api != api && event.uncertain.is_some() {
                self.end(event, &NotSentReason::Stopped, last.as_ref());
                continue;
            }
            if !is_ready(&event) {
                let apis = &self.client.root.apis;
                match apis.ready_or_missing(api, &event.sealed, self.now()) {
                    Ok((name, size)) => event.for_api(api, name, size),
                    Err(lacking) => {
                        let kept = event.undelivered(None);
                        let rejection = Rejection::kept(event.id(), lacking.into(), kept);
                        self.close(&event, rejection.into());
                        continue;
                    }
                }
            }
            if event.is_short {
                short.get_or_insert_with(|| Arc::clone(&event.template));
            }
            request.events.push(event);
        }
        match (short, &request.kind) {
            (Some(name), _) => request.kind = Kind::LookUp(name),
            (None, Kind::LookUp(_)) => request.kind = Kind::Create,
            (None, _) => {}
        }
        (!request.events.is_empty()).then_some(request)
    }

    /// Ends the events whose template only refuses; `None` if nothing is left of the request.
    fn without_refused(
        &mut self,
        mut request: BatchRequest,
        now: Duration,
    ) -> Option<BatchRequest> {
        let (templates, recovers) = (&self.templates, self.stop.recovers());
        // An uncertain event is tried again all the same: it may have been created.
        let refused = request.events.extract_if(.., |event| {
            event.uncertain.is_none() && templates.only_refuse(&event.template, now, recovers)
        });
        let refused: Vec<Event> = refused.collect();
        for event in refused {
            self.end(
                event,
                &NotSentReason::TemplateRefused,
                request.last.as_ref(),
            );
        }
        (!request.events.is_empty()).then_some(request)
    }

    fn start(
        &mut self,
        mut request: BatchRequest,
        rest: Option<BatchRequest>,
        mut permit: Permit,
        now: Duration,
    ) {
        request.begun.get_or_insert(now);
        permit.repeats(&mut request.last_try);
        let halted = Some(self.stop.halted());
        // After `for_the_api`, all events of the request are for the same API.
        let api = request.events.first().map(|event| event.api);
        request.api = api.unwrap_or_else(|| self.client.api());
        let apis = &self.client.root.apis;
        let project = apis.project.as_ref().map(|project| &*project.name);
        let call = request.call(apis.protocol(request.api), project);
        let looks_up = request.looks_up();
        let span =
            request.attempt_span(&call, self.client.root.http.server(), self.client.portal.id);
        let refused = request.refused.take();
        let attempt = self
            .client
            .attempt(call, looks_up, refused, halted, span, permit);
        self.in_flight.push(request, rest, attempt);
    }

    /// Ends requests that cannot wait for the end of the hold, or tries one for a last time. Returns whether there may be
    /// more of them.
    fn expire(&mut self, now: Duration, hold: Hold) -> bool {
        while self.intake.has_budget() {
            let retry = &self.client.root.retry;
            let is_over =
                |request: &BatchRequest| is_over(hold, deadline(retry, request, hold), now);
            let Some(request) = self.schedule.take_first(is_over) else {
                return false;
            };
            let last_try = if hold.fixed {
                LastTry::None
            } else {
                self.waits
                    .last_try(&self.client.portal.traffic.breaker, now)
            };
            match last_try {
                LastTry::Wait => {
                    self.schedule.put_back(request);
                    return false;
                }
                LastTry::Go(permit) => {
                    if let Some(request) = self.for_the_api(request) {
                        self.start(request, None, permit, now);
                    }
                    return true;
                }
                LastTry::None => {
                    let reason = match &request.absent {
                        Some(reason) => reason.clone(),
                        None if hold.limited => NotSentReason::RateLimited,
                        None => NotSentReason::Outage,
                    };
                    self.end_request(request, &reason);
                }
            }
        }
        true
    }

    /// The next time at which something is to be done.
    fn next_time(&self) -> Option<Duration> {
        if self.stop.is_stopped() {
            return self
                .stop
                .recovers_at()
                .filter(|_| self.in_flight.is_empty());
        }
        let parked = self.schedule.next_parked();
        if !self.in_flight.has_room() {
            return parked;
        }
        let held_until = self.waits.hold().map(|hold| {
            let retry = &self.client.root.retry;
            let requests = self.schedule.iter();
            held_until(hold, requests.map(|request| deadline(retry, request, hold)))
        });
        let times = [parked, self.intake.lingers_until(), held_until];
        times.into_iter().flatten().min()
    }

    pub(in crate::delivery) fn stop(&mut self, reason: NotSentReason, wished: bool) {
        let now = self.now();
        self.stop.stop(reason, wished, now);
    }

    /// After a stop: ends what is scheduled and what the source still has. Returns whether there is more to do at once.
    fn wind_down(&mut self, context: &mut Context<'_>) -> bool {
        let now = self.now();
        let recovers_at = self.stop.recovers_at();
        if recovers_at.is_some_and(|time| now >= time) && self.in_flight.is_empty() {
            self.stop.recover();
            return true;
        }
        // If the caller stopped the call, events that a stream still has stay there.
        if self.stop.is_wished() {
            self.intake.end_source();
        }
        loop {
            self.schedule.unpark(Duration::MAX);
            let reason = self.stop.reason();
            while let Some(request) = self.schedule.take() {
                self.end_request(request, &reason);
            }
            if !self.intake.has_budget() || self.outcomes.has_next() {
                return true;
            }
            let next = self.next_batch(context, now);
            match next.or_else(|| self.intake.take_filling()) {
                Some(batch) => self.schedule.push(batch),
                None => return !self.intake.has_budget(),
            }
        }
    }

    /// Ends a request whose events no answer has decided.
    pub(super) fn end_request(&mut self, request: BatchRequest, absent: &NotSentReason) {
        for event in request.events {
            self.end(event, absent, request.last.as_ref());
        }
    }

    /// Gives an event its outcome.
    pub(super) fn close(&mut self, event: &Event, outcome: Outcome) {
        let count = self.outcomes.close(event.index, outcome);
        self.intake.decided(event, count);
    }

    /// Gives up: every event without an outcome gets one from what is known by now.
    /// [`next_abandoned`](Self::next_abandoned) gives these outcomes.
    pub(in crate::delivery) fn abandon(&mut self) {
        self.stop(NotSentReason::Stopped, true);
        for (request, rest, has_left) in self.in_flight.give_up() {
            if let Some(rest) = rest {
                self.end_request(rest, &NotSentReason::Stopped);
            }
            if let Some(mut request) = request {
                if has_left {
                    let set = Event::set_of(&request.events);
                    for event in &mut request.events {
                        if event.uncertain.is_none() {
                            event.doubt(UnknownReason::Stopped, Some(set));
                        }
                    }
                }
                self.end_request(request, &NotSentReason::Stopped);
            }
        }
    }

    pub(in crate::delivery) fn next_abandoned(&mut self) -> Option<(usize, Outcome)> {
        let mut context = Context::from_waker(Waker::noop());
        while !self.outcomes.has_next() {
            self.intake.renew_budget();
            if !self.wind_down(&mut context) {
                break;
            }
        }
        self.outcomes.next()
    }
}
