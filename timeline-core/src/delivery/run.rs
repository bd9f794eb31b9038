//! The sending loop: takes batches from the packer, keeps several requests in flight, and does with each answer what
//! the verdict says. All effects of a call are here and in the client.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use super::book::Book;
use super::outcome::{Doubt, Kept};
use super::pack::{Event, Packed, Packer, Source, has_room};
use super::verdict::{Answer, Parts, Past, Step, Verdict, judge, judge_read_back};
use super::{
    BatchReport, CreatedEvent, NotSentReason, Outcome, Progress, Rejection, RejectionReason,
    UnknownReason,
};
use crate::client::{Client, Request, Secret};
use crate::wire::v3::{BATCH_CREATE, EVENTS, batch_body};

/// What the caller wants beside delivery.
pub(super) struct Options<'e> {
    pub(super) concurrency: usize,
    pub(super) on_progress: Option<Box<dyn FnMut(Progress) + Send + 'e>>,
    pub(super) stop_on: Option<Pin<Box<dyn Future<Output = ()> + Send + 'e>>>,
}

/// One request and its repetitions.
struct Work {
    events: Vec<Event>,
    kind: Kind,
    past: Past,
    /// How many requests have been made for it.
    attempts: u32,
    /// When its first attempt failed, in the clock's elapsed time.
    failing_since: Option<Duration>,
    /// What to wait before the next attempt.
    wait: Duration,
    /// The access token that HubSpot answered with 401.
    refused: Option<Secret>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Create,
    /// Of a lone event whose id somebody has.
    ReadBack,
}

impl Work {
    fn new(events: Vec<Event>, kind: Kind) -> Self {
        Work {
            events,
            kind,
            past: Past::default(),
            attempts: 0,
            failing_since: None,
            wait: Duration::ZERO,
            refused: None,
        }
    }

    /// A new request for events of which an answer may have said nothing before.
    fn create(events: Vec<Event>, again: bool) -> Self {
        let mut work = Work::new(events, Kind::Create);
        work.past.again = again;
        work
    }
}

/// What came of a piece of work.
enum Done {
    /// The call was stopped before it left.
    Halted,
    /// No request was made, for lack of an access token.
    Without(Answer),
    Answered {
        answer: Answer,
        token: Secret,
    },
}

pub(super) async fn run<'e>(
    client: Client,
    source: Box<dyn Source + 'e>,
    options: Options<'e>,
) -> BatchReport {
    let started = client.inner.clock.elapsed();
    let (halt, halted) = watch::channel(false);
    let Options {
        concurrency,
        on_progress,
        stop_on,
    } = options;
    let mut run = Run {
        packer: Packer::new(source),
        book: Book::new(on_progress),
        queue: VecDeque::new(),
        next: None,
        stopped: None,
        templates: Templates::default(),
        requests: 0,
        retries: 0,
        client,
    };
    let mut stop_on: Pin<Box<dyn Future<Output = ()> + Send + 'e>> =
        stop_on.unwrap_or_else(|| Box::pin(std::future::pending()));
    let mut in_flight = FuturesUnordered::new();
    loop {
        while run.stopped.is_none() && in_flight.len() < concurrency {
            let Some(work) = run.next_work() else { break };
            in_flight.push(deliver(run.client.clone(), work, halted.clone()));
        }
        run.book.report(run.packer.expected());
        if in_flight.is_empty() {
            break;
        }
        if run.stopped.is_some() {
            // Waits and turns end now; what has left is waited for.
            halt.send_replace(true);
        }
        let answered = if run.stopped.is_some() {
            in_flight.next().await
        } else {
            // The stop is looked at first, so that one that is there already lets nothing leave.
            match select(&mut stop_on, in_flight.next()).await {
                Either::Right((answered, _)) => answered,
                Either::Left(((), _)) => {
                    run.stopped = Some(NotSentReason::Stopped);
                    continue;
                }
            }
        };
        if let Some((work, done)) = answered {
            run.settle(work, done);
        }
    }
    run.end_the_rest();
    run.book.report(run.packer.expected());
    let elapsed = run.client.inner.clock.elapsed().saturating_sub(started);
    BatchReport::new(run.book.into_outcomes(), run.requests, run.retries, elapsed)
}

/// One attempt, with the wait and the turn before it.
async fn deliver(client: Client, work: Work, mut halted: watch::Receiver<bool>) -> (Work, Done) {
    let inner = &client.inner;
    let turn = async {
        if !work.wait.is_zero() {
            inner.clock.sleep(work.wait).await;
        }
        inner.turn(work.refused.as_ref()).await
    };
    let turn = {
        let halt = pin!(halted.wait_for(|halted| *halted));
        match select(halt, pin!(turn)).await {
            Either::Left(_) => None,
            Either::Right((turn, _)) => Some(turn),
        }
    };
    let (token, slot) = match turn {
        None => return (work, Done::Halted),
        Some(Ok(turn)) => turn,
        Some(Err(reason)) => return (work, Done::Without(Answer::NoToken(reason))),
    };
    let ids;
    let request = match (work.kind, &work.events[..]) {
        (Kind::ReadBack, [event]) => {
            ids = [&*event.template_id, &*event.id];
            Request::get(EVENTS, &ids)
        }
        (_, events) => {
            let body = batch_body(events.iter().map(|event| &*event.json));
            Request::post(BATCH_CREATE, "application/json", body)
        }
    };
    let answer = match inner.call(request.bearer(&token), slot).await {
        Ok(response) => Answer::Response(response),
        Err(failure) => Answer::Failure(failure),
    };
    (work, Done::Answered { answer, token })
}

struct Run<'e> {
    client: Client,
    packer: Packer<'e>,
    book: Book<'e>,
    /// Work that may leave at once, before anything new.
    queue: VecDeque<Work>,
    /// An event that had no room in the last batch.
    next: Option<Event>,
    stopped: Option<NotSentReason>,
    templates: Templates,
    requests: u64,
    retries: u64,
}

impl Run<'_> {
    fn next_work(&mut self) -> Option<Work> {
        loop {
            let mut work = self.queue.pop_front().or_else(|| self.pack())?;
            let templates = &self.templates;
            let refused = work
                .events
                .extract_if(.., |event| templates.only_refuse(&event.template_id));
            let refused: Vec<Event> = refused.collect();
            for event in refused {
                self.end(event, NotSentReason::TemplateRefused);
            }
            if !work.events.is_empty() {
                return Some(work);
            }
        }
    }

    /// The next batch of the input.
    fn pack(&mut self) -> Option<Work> {
        let mut events: Vec<Event> = Vec::new();
        let mut bytes = 0;
        while let Some(event) = self.next.take().or_else(|| self.next_event()) {
            if !has_room(
                events.len(),
                bytes,
                event.json.len(),
                self.client.inner.batch_size,
            ) {
                self.next = Some(event);
                break;
            }
            bytes += event.json.len();
            events.push(event);
            if events.len() == self.client.inner.batch_size {
                break;
            }
        }
        (!events.is_empty()).then(|| Work::new(events, Kind::Create))
    }

    /// The next event that can be sent; what cannot is booked on the way.
    fn next_event(&mut self) -> Option<Event> {
        loop {
            let (index, packed) = self.packer.next(&self.client.inner)?;
            self.book.open(index);
            match packed {
                Packed::Event(event) => return Some(event),
                Packed::Rejected(rejection) => self.book.close(index, rejection.into()),
                Packed::SameAs(first) => self.book.follow(index, first),
            }
        }
    }

    /// Does what the verdict says.
    fn settle(&mut self, mut work: Work, done: Done) {
        let answer = match done {
            Done::Halted => return self.end_all(work.events),
            Done::Without(answer) => answer,
            Done::Answered { answer, token } => {
                self.requests += 1;
                self.retries += u64::from(work.attempts > 0);
                work.attempts += 1;
                work.refused = match &answer {
                    Answer::Response(response) if response.status == 401 => Some(token),
                    _ => None,
                };
                answer
            }
        };
        let verdict = match (work.kind, &work.events[..]) {
            (Kind::ReadBack, [event]) => judge_read_back(event, work.past, &answer),
            (_, events) => judge(events, work.past, &answer),
        };
        self.carry_out(work, verdict);
    }

    fn carry_out(&mut self, mut work: Work, verdict: Verdict) {
        let (mut later, mut refresh, mut together, mut split) = (vec![], vec![], vec![], vec![]);
        let mut absent = None;
        let mut parts = Parts::Halves;
        let mut unlisted = false;
        let events = std::mem::take(&mut work.events);
        for (mut event, step) in events.into_iter().zip(verdict.steps) {
            match step {
                Step::Created {
                    object_id,
                    created_at,
                } => {
                    self.templates.accepted(&event.template_id);
                    let created = CreatedEvent::new(event.id.to_string(), object_id, created_at);
                    self.book.close(event.index, Outcome::Created(created));
                }
                Step::AlreadyExists => {
                    self.templates.accepted(&event.template_id);
                    let id = event.id.to_string();
                    self.book.close(event.index, Outcome::AlreadyExists { id });
                }
                Step::ReadBack => {
                    // Somebody has the id, perhaps this very event.
                    event.uncertain = Some(UnknownReason::CannotReadBack);
                    self.queue.push_back(Work::new(vec![event], Kind::ReadBack));
                }
                Step::Rejected(reason, body) => {
                    match reason {
                        // Whoever holds the id was accepted.
                        RejectionReason::IdTaken => self.templates.accepted(&event.template_id),
                        _ => self.templates.refused(&event.template_id),
                    }
                    let (id, json) = (event.id.to_string(), event.json.clone());
                    let rejection = Rejection::by_hubspot(id, reason, body, json);
                    self.book.close(event.index, rejection.into());
                }
                Step::Unknown(reason) => {
                    event.uncertain = Some(reason);
                    // Since it is uncertain, the other reason is not used.
                    self.end(event, NotSentReason::Stopped);
                }
                Step::Stop(reason) => {
                    self.stopped.get_or_insert_with(|| reason.clone());
                    self.end(event, reason);
                }
                Step::Refresh => refresh.push(event),
                Step::Together | Step::Split(_) => {
                    if verdict.success {
                        event.uncertain = Some(UnknownReason::NotListed);
                    }
                    if let Step::Split(into) = step {
                        parts = into;
                        split.push(event);
                    } else {
                        together.push(event);
                    }
                }
                Step::Later(doubt) => {
                    match doubt {
                        Doubt::Uncertain(reason) => {
                            unlisted |= reason == UnknownReason::NotListed;
                            event.uncertain = Some(reason);
                        }
                        Doubt::Absent(reason) => absent = Some(reason),
                    }
                    later.push(event);
                }
            }
        }
        if !together.is_empty() {
            self.queue.push_back(Work::create(together, true));
        }
        if !split.is_empty() {
            let parts = divide(split, parts).into_iter();
            self.queue
                .extend(parts.map(|part| Work::create(part, work.past.again)));
        }
        // The rest is the same request once more. No answer asks for both another token and a wait.
        if !refresh.is_empty() {
            work.events = refresh;
            work.past.refused = true;
            work.wait = Duration::ZERO;
            self.queue.push_back(work);
        } else if !later.is_empty() {
            work.events = later;
            work.past = Past {
                again: work.past.again || unlisted,
                refused: false,
                failures: work.past.failures + 1,
            };
            self.try_later(work, verdict.least_wait, absent);
        }
    }

    /// Queues work for after a wait, or ends it if patience is over.
    fn try_later(&mut self, mut work: Work, least: Duration, absent: Option<NotSentReason>) {
        let inner = &self.client.inner;
        let now = inner.clock.elapsed();
        let since = now.saturating_sub(*work.failing_since.get_or_insert(now));
        match inner
            .retry
            .next_wait(work.past.failures, since, least, inner.chance())
        {
            Some(wait) if self.stopped.is_none() => {
                work.wait = wait;
                self.queue.push_back(work);
            }
            _ => {
                // Where nothing says that they are absent, all of them are uncertain, and the reason is not used.
                let reason = absent.unwrap_or(NotSentReason::Stopped);
                for event in work.events {
                    self.end(event, reason.clone());
                }
            }
        }
    }

    /// Ends an event that no answer has named.
    fn end(&mut self, event: Event, absent: NotSentReason) {
        let Event {
            index,
            id,
            json,
            uncertain,
            ..
        } = event;
        let (id, event) = (id.to_string(), Kept(json));
        let outcome = match uncertain {
            Some(reason) => Outcome::Unknown { id, reason, event },
            None => Outcome::NotSent {
                id,
                reason: absent,
                event,
            },
        };
        self.book.close(index, outcome);
    }

    fn end_all(&mut self, events: Vec<Event>) {
        let reason = self.stopped.clone().unwrap_or(NotSentReason::Stopped);
        for event in events {
            self.end(event, reason.clone());
        }
    }

    /// After a stop: what is queued and what the source still has.
    fn end_the_rest(&mut self) {
        while let Some(work) = self.next_work() {
            self.end_all(work.events);
        }
    }
}

/// The parts of a batch, none of them empty if there are two events at least.
fn divide(mut events: Vec<Event>, parts: Parts) -> Vec<Vec<Event>> {
    let mut middle = events.len() / 2;
    match parts {
        Parts::Singles => return events.into_iter().map(|event| vec![event]).collect(),
        Parts::Halves => {}
        Parts::HalvesByBytes => {
            let half = events.iter().map(|event| event.json.len()).sum::<usize>() / 2;
            let mut bytes = 0;
            let below = events.iter().take_while(|event| {
                bytes += event.json.len();
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

/// What this call has learnt about its templates: HubSpot wants fewer than 5 % of its answers to be errors, so one that
/// only refuses is left alone.
#[derive(Default)]
struct Templates(HashMap<Arc<str>, Standing>);

enum Standing {
    Accepts,
    /// So many events refused, and none accepted.
    Refuses(u32),
}

impl Templates {
    /// After so many refusals without one acceptance, nothing more is tried.
    const ENOUGH: u32 = 100;

    fn accepted(&mut self, template_id: &Arc<str>) {
        self.0.insert(Arc::clone(template_id), Standing::Accepts);
    }

    fn refused(&mut self, template_id: &Arc<str>) {
        let standing = self.0.entry(Arc::clone(template_id));
        if let Standing::Refuses(times) = standing.or_insert(Standing::Refuses(0)) {
            *times = times.saturating_add(1);
        }
    }

    fn only_refuse(&self, template_id: &Arc<str>) -> bool {
        let standing = self.0.get(template_id);
        matches!(standing, Some(Standing::Refuses(times)) if *times >= Self::ENOUGH)
    }
}
