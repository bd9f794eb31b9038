//! The sending loop: takes batches from the packer, keeps several requests under way, and does with each answer what
//! the verdict says. It is polled by whoever wants outcomes; the requests themselves are tasks of the client.

mod apply;
pub(super) mod outcomes;
pub(super) mod request;
mod schedule;
mod waiting;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::futures::OwnedNotified;
use tokio::sync::watch;
use tokio::task::coop::poll_proceed;

use crate::client::{Admission, Attempt, Client, Hold, Permit, Tried, Waiter};
use crate::delivery::engine::outcomes::Book;
use crate::delivery::engine::request::{Kind, Templates, Work};
use crate::delivery::engine::schedule::Queue;
use crate::delivery::intake::pack::{Packed, Packer, has_room};
use crate::delivery::intake::seal::{Encoder, Event};
use crate::delivery::intake::source::Source;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::reason::{NotSentReason, UnknownReason};
use crate::delivery::outcome::report::BatchReport;

pub(in crate::delivery) type Later<'e> = Pin<Box<dyn Future<Output = ()> + Send + 'e>>;

/// What the caller wants beside delivery.
pub(in crate::delivery) struct Options<'e> {
    pub(in crate::delivery) concurrency: usize,
    pub(in crate::delivery) stop_on: Option<Later<'e>>,
    /// How many events make a batch.
    pub(in crate::delivery) batch_size: usize,
    /// How long a batch that does not fill waits for more.
    pub(in crate::delivery) linger: Duration,
    /// After a refusal that stops everything, how long until what comes then is tried again; `None` for never.
    pub(in crate::delivery) recover: Option<Duration>,
}

impl<'e> Options<'e> {
    pub(in crate::delivery) fn new(client: &Client) -> Self {
        Options {
            concurrency: client.root.concurrency,
            stop_on: None,
            batch_size: client.root.batch_size,
            linger: Duration::from_secs(1),
            recover: None,
        }
    }
}

/// A batch being put together.
#[derive(Default)]
pub(in crate::delivery) struct Filling {
    pub(in crate::delivery) events: Vec<Event>,
    bytes: usize,
    pub(in crate::delivery) since: Duration,
}

/// A request on its way, and what it is for.
pub(in crate::delivery) struct OnTheWay {
    /// `None` once it is done.
    work: Option<Work>,
    /// What it was taken from, if it is a probe.
    rest: Option<Work>,
    attempt: Attempt,
}

impl Future for OnTheWay {
    type Output = (Work, Option<Work>, Tried);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let tried = ready!(Pin::new(&mut self.attempt).poll(context));
        match self.work.take() {
            Some(work) => Poll::Ready((work, self.rest.take(), tried)),
            None => Poll::Pending,
        }
    }
}

/// Why nothing new leaves, and since when.
pub(in crate::delivery) struct Stopped {
    pub(in crate::delivery) reason: NotSentReason,
    pub(in crate::delivery) since: Duration,
    /// The caller's own wish, not HubSpot's.
    pub(in crate::delivery) wished: bool,
}

pub(in crate::delivery) struct Engine<'e> {
    pub(in crate::delivery) client: Client,
    pub(in crate::delivery) book: Book<'e>,
    pub(in crate::delivery) templates: Templates,
    pub(in crate::delivery) requests: u64,
    pub(in crate::delivery) retries: u64,
    pub(in crate::delivery) stopped: Option<Stopped>,
    /// Work that may leave as soon as there is a place.
    pub(in crate::delivery) queue: Queue,
    /// Work that waits for its time.
    pub(in crate::delivery) parked: Vec<Work>,
    packer: Packer<'e>,
    pub(in crate::delivery) options: Options<'e>,
    pub(in crate::delivery) filling: Filling,
    source_ended: bool,
    pub(in crate::delivery) on_the_way: FuturesUnordered<OnTheWay>,
    /// Events that have been taken and have no outcome yet, and how many there may be.
    undecided: usize,
    window: usize,
    /// How many events may still be taken or ended before other tasks get their turn.
    pub(in crate::delivery) budget: usize,
    halt: watch::Sender<bool>,
    pub(in crate::delivery) waiter: Arc<Waiter>,
    pub(in crate::delivery) hold: Option<Hold>,
    pub(in crate::delivery) breaker_changed: Option<Pin<Box<OwnedNotified>>>,
    pub(in crate::delivery) timer: Option<(Duration, Later<'static>)>,
    pub(in crate::delivery) started: Duration,
}

/// Events that are taken or ended in one go, which takes a few milliseconds.
const BUDGET: usize = 1024;

impl<'e> Engine<'e> {
    pub(in crate::delivery) fn new(
        encoder: Encoder,
        source: Box<dyn Source + 'e>,
        book: Book<'e>,
        options: Options<'e>,
    ) -> Self {
        let client = encoder.client.clone();
        Engine {
            book,
            templates: Templates::default(),
            requests: 0,
            retries: 0,
            stopped: None,
            queue: Queue::default(),
            parked: Vec::new(),
            packer: Packer::new(source, encoder),
            filling: Filling::default(),
            source_ended: false,
            on_the_way: FuturesUnordered::new(),
            undecided: 0,
            // As much again as is under way: work that waits to be tried again must not keep the rest from leaving.
            window: options
                .concurrency
                .saturating_mul(options.batch_size)
                .saturating_mul(2),
            budget: BUDGET,
            halt: watch::channel(false).0,
            waiter: Arc::default(),
            hold: None,
            breaker_changed: None,
            timer: None,
            started: client.root.clock.elapsed(),
            client,
            options,
        }
    }

    /// The next outcome that the book passes on; `None` when there will be no more.
    pub(in crate::delivery) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<(usize, Outcome)>> {
        // Outcomes that need no request could be passed on without end; the runtime says when others get their turn.
        let turn = ready!(poll_proceed(context));
        self.budget = BUDGET;
        loop {
            if let Some(decided) = self.book.next() {
                turn.made_progress();
                return Poll::Ready(Some(decided));
            }
            if self.stopped.is_none()
                && let Some(stop) = &mut self.options.stop_on
                && stop.as_mut().poll(context).is_ready()
            {
                self.options.stop_on = None;
                self.stop(NotSentReason::Stopped, true);
            }
            let again = match self.stopped {
                None => self.fill(context),
                Some(_) => self.wind_down(context),
            };
            self.book.report(self.packer.expected());
            if let Poll::Ready(Some((work, rest, tried))) = self.on_the_way.poll_next_unpin(context)
            {
                self.settle(work, rest, tried);
                continue;
            }
            if self.book.has_next() {
                continue;
            }
            if self.is_done() {
                return Poll::Ready(None);
            }
            if again {
                // Others get their turn.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            if self.poll_waits(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    pub(in crate::delivery) fn into_report(self) -> BatchReport {
        let elapsed = self.now().saturating_sub(self.started);
        BatchReport::new(
            self.book.into_outcomes(),
            self.requests,
            self.retries,
            elapsed,
        )
    }

    fn is_done(&self) -> bool {
        self.source_ended && self.undecided == 0 && self.on_the_way.is_empty()
    }

    pub(in crate::delivery) fn now(&self) -> Duration {
        self.client.root.clock.elapsed()
    }

    /// Sends what may leave. Whether there is more to do at once.
    fn fill(&mut self, context: &mut Context<'_>) -> bool {
        let now = self.now();
        self.unpark(now);
        self.hold = None;
        while self.on_the_way.len() < self.options.concurrency {
            if self.queue.lacks_a_batch()
                && let Some(work) = self.pack(context, now)
            {
                self.queue.push(work);
            }
            if self.queue.is_empty() || self.budget == 0 {
                return self.budget == 0;
            }
            let permit = if self.client.root.retry.is_single_try() {
                Permit::free()
            } else {
                match self.client.portal.traffic.breaker.admit(&self.waiter, now) {
                    Admission::Go(permit) => permit,
                    Admission::Hold(hold) => {
                        if self.breaker_changed.is_none() {
                            // Made before looking once more, so that no change in between is missed.
                            let changed = self.client.portal.traffic.breaker.changed();
                            self.breaker_changed = Some(Box::pin(changed));
                            continue;
                        }
                        self.hold = Some(hold);
                        // What comes meanwhile joins those that wait: it may be what gets through.
                        while let Some(work) = self.pack(context, now) {
                            self.queue.push(work);
                        }
                        if !self.expire(now, hold) || self.book.has_next() {
                            return self.budget == 0 || self.book.has_next();
                        }
                        continue;
                    }
                }
            };
            self.send_next(permit, now);
        }
        false
    }

    /// Sends what is next, or nothing if all of it is refused by what is known of its templates.
    fn send_next(&mut self, permit: Permit, now: Duration) {
        let next = match permit.probe() {
            Some(failed_probes) => self.queue.take_probe(failed_probes),
            None => self.queue.take().map(|work| (work, None)),
        };
        let Some((work, rest)) = next else {
            return;
        };
        match self.weed_out(work, now) {
            Some(work) => self.start(work, rest, permit, now),
            None => rest.into_iter().for_each(|rest| self.queue.put_back(rest)),
        }
    }

    /// Takes from the work what is not to be sent any more; `None` if nothing is left of it.
    fn weed_out(&mut self, mut work: Work, now: Duration) -> Option<Work> {
        let (templates, recovers) = (&self.templates, self.options.recover.is_some());
        // What has left before is asked after: it may have been created.
        let refused = work.events.extract_if(.., |event| {
            event.uncertain.is_none() && templates.only_refuse(&event.template_id, now, recovers)
        });
        let refused: Vec<Event> = refused.collect();
        for event in refused {
            self.end(event, &NotSentReason::TemplateRefused, work.last.as_ref());
        }
        (!work.events.is_empty()).then_some(work)
    }

    pub(in crate::delivery) fn start(
        &mut self,
        mut work: Work,
        rest: Option<Work>,
        mut permit: Permit,
        now: Duration,
    ) {
        work.begun.get_or_insert(now);
        permit.repeats(&mut work.last_try);
        let halted = Some(self.halt.subscribe());
        let request = work.request();
        let span = work.attempt_span(&request, self.client.portal.id);
        let refused = work.refused.take();
        let attempt = self.client.attempt(request, refused, halted, span, permit);
        self.on_the_way.push(OnTheWay {
            work: Some(work),
            rest,
            attempt,
        });
    }

    /// The next batch of the input.
    fn pack(&mut self, context: &mut Context<'_>, now: Duration) -> Option<Work> {
        while !self.source_ended && self.undecided < self.window && !self.book.has_next() {
            if self.budget == 0 {
                return None;
            }
            self.budget -= 1;
            match self.packer.poll_next(context) {
                Poll::Pending => break,
                Poll::Ready(Packed::End) => self.source_ended = true,
                Poll::Ready(Packed::Flush) => {
                    if let Some(work) = self.take_filling() {
                        return Some(work);
                    }
                }
                Poll::Ready(Packed::Rejected(index, rejection)) => {
                    self.book.open(index);
                    self.book.close(index, rejection.into());
                }
                Poll::Ready(Packed::SameAs { index, first }) => {
                    self.book.open(index);
                    self.undecided += usize::from(self.book.follow(index, first));
                }
                Poll::Ready(Packed::Event(event)) => {
                    self.book.open(event.index);
                    self.undecided += 1;
                    if let Some(work) = self.put(event, now) {
                        return Some(work);
                    }
                }
            }
        }
        let is_over = self.lingers_until().is_some_and(|end| now >= end);
        // Events that are equal to those in the batch can fill the window.
        let is_full = self.undecided >= self.window && self.is_idle();
        if self.source_ended || is_over || is_full {
            self.take_filling()
        } else {
            None
        }
    }

    /// When the batch leaves although it is not full. What is at hand waits for nothing but room.
    pub(in crate::delivery) fn lingers_until(&self) -> Option<Duration> {
        let waits = !self.packer.is_at_hand() && !self.filling.events.is_empty();
        waits.then(|| self.filling.since.saturating_add(self.options.linger))
    }

    /// Whether no event that was taken has a request under way or to come.
    fn is_idle(&self) -> bool {
        self.on_the_way.is_empty() && self.queue.is_empty() && self.parked.is_empty()
    }

    /// Adds an event to the batch; the batch that is full by it, or had no room for it.
    fn put(&mut self, event: Event, now: Duration) -> Option<Work> {
        let bytes = event.json.len();
        let Filling {
            events,
            bytes: before,
            ..
        } = &self.filling;
        let full = if has_room(events.len(), *before, bytes, self.options.batch_size) {
            None
        } else {
            self.take_filling()
        };
        if self.filling.events.is_empty() {
            self.filling.since = if self.packer.is_at_hand() {
                self.started
            } else {
                now
            };
        }
        self.filling.bytes += bytes;
        self.filling.events.push(event);
        if full.is_none() && self.filling.events.len() >= self.options.batch_size {
            return self.take_filling();
        }
        full
    }

    fn take_filling(&mut self) -> Option<Work> {
        let Filling { events, since, .. } = std::mem::take(&mut self.filling);
        (!events.is_empty()).then(|| Work::new(events, Kind::Create, since))
    }

    pub(in crate::delivery) fn stop(&mut self, reason: NotSentReason, wished: bool) {
        if self.stopped.is_none() {
            let since = self.now();
            self.stopped = Some(Stopped {
                reason,
                since,
                wished,
            });
            // Waits and turns end now; what has left is waited for.
            self.halt.send_replace(true);
        }
    }

    /// After a stop: ends what is queued and what the source still has. Whether there is more to do at once.
    fn wind_down(&mut self, context: &mut Context<'_>) -> bool {
        let now = self.now();
        if let (Some(stopped), Some(pause)) = (&self.stopped, self.options.recover)
            && !stopped.wished
            && self.on_the_way.is_empty()
            && now >= stopped.since.saturating_add(pause)
        {
            self.stopped = None;
            self.halt = watch::channel(false).0;
            return true;
        }
        // What a stream still has stays there, if the caller wants no more.
        if self.stopped.as_ref().is_some_and(|stopped| stopped.wished) && !self.packer.is_ours() {
            self.source_ended = true;
        }
        loop {
            for work in std::mem::take(&mut self.parked) {
                self.queue.push(work);
            }
            let reason = match &self.stopped {
                Some(stopped) => stopped.reason.clone(),
                None => NotSentReason::Stopped,
            };
            while let Some(work) = self.queue.take() {
                self.end_work(work, &reason);
            }
            if self.budget == 0 || self.book.has_next() {
                return true;
            }
            let next = self.pack(context, now).or_else(|| self.take_filling());
            match next {
                Some(work) => self.queue.push(work),
                None => return self.budget == 0,
            }
        }
    }

    /// Work goes again at this time.
    pub(in crate::delivery) fn park(&mut self, mut work: Work, until: Duration) {
        work.not_before = until;
        self.parked.push(work);
    }

    /// Ends work of which no answer has told.
    pub(in crate::delivery) fn end_work(&mut self, work: Work, absent: &NotSentReason) {
        for event in work.events {
            self.end(event, absent, work.last.as_ref());
        }
    }

    /// An event has its outcome.
    pub(in crate::delivery) fn close(&mut self, event: &Event, outcome: Outcome) {
        if !self.packer.is_at_hand() {
            self.packer.forget(event);
        }
        self.undecided -= self.book.close(event.index, outcome);
    }

    /// Gives up: every event that has no outcome gets the one that is known by now. They are the
    /// [`next_abandoned`](Self::next_abandoned).
    pub(in crate::delivery) fn abandon(&mut self) {
        self.stop(NotSentReason::Stopped, true);
        for on_the_way in std::mem::take(&mut self.on_the_way) {
            let has_left = on_the_way.attempt.give_up();
            if let Some(rest) = on_the_way.rest {
                self.end_work(rest, &NotSentReason::Stopped);
            }
            if let Some(mut work) = on_the_way.work {
                if has_left {
                    for event in &mut work.events {
                        if event.uncertain.is_none() {
                            event.doubt(UnknownReason::Stopped, true);
                        }
                    }
                }
                self.end_work(work, &NotSentReason::Stopped);
            }
        }
    }

    pub(in crate::delivery) fn next_abandoned(&mut self) -> Option<(usize, Outcome)> {
        let mut context = Context::from_waker(Waker::noop());
        while !self.book.has_next() {
            self.budget = BUDGET;
            if !self.wind_down(&mut context) {
                break;
            }
        }
        self.book.next()
    }
}
