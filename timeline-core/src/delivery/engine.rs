//! The sending loop: takes batches from the packer, keeps several requests under way, and does with each answer what
//! the verdict says. It is polled by whoever wants outcomes; the requests themselves are tasks of the client.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::futures::OwnedNotified;
use tokio::sync::watch;

use super::book::Book;
use super::encode::{Encoder, Event};
use super::pack::{Packed, Packer, has_room};
use super::source::Source;
use super::work::{Kind, Templates, Work};
use super::{BatchReport, NotSentReason, Outcome, UnknownReason};
use crate::client::{Admission, Attempt, Client, Hold, Pass, Seat, Tried};

pub(super) type Later<'e> = Pin<Box<dyn Future<Output = ()> + Send + 'e>>;

/// What the caller wants beside delivery.
pub(super) struct Options<'e> {
    pub(super) concurrency: usize,
    pub(super) stop_on: Option<Later<'e>>,
    /// How many events make a batch.
    pub(super) batch_size: usize,
    /// How long a batch that does not fill waits for more.
    pub(super) linger: Duration,
    /// After a refusal that stops everything, how long until what comes then is tried again; `None` for never.
    pub(super) recover: Option<Duration>,
}

impl<'e> Options<'e> {
    pub(super) fn new(client: &Client) -> Self {
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
pub(super) struct Filling {
    pub(super) events: Vec<Event>,
    bytes: usize,
    pub(super) since: Duration,
}

/// A request on its way, and what it is for.
pub(super) struct OnTheWay {
    /// `None` once it is done.
    work: Option<Work>,
    attempt: Attempt,
}

impl Future for OnTheWay {
    type Output = (Work, Tried);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let tried = ready!(Pin::new(&mut self.attempt).poll(context));
        match self.work.take() {
            Some(work) => Poll::Ready((work, tried)),
            None => Poll::Pending,
        }
    }
}

/// Why nothing new leaves, and since when.
pub(super) struct Stopped {
    pub(super) reason: NotSentReason,
    pub(super) since: Duration,
    /// The caller's own wish, not HubSpot's.
    pub(super) wished: bool,
}

pub(super) struct Engine<'e> {
    pub(super) client: Client,
    pub(super) book: Book<'e>,
    pub(super) templates: Templates,
    pub(super) requests: u64,
    pub(super) retries: u64,
    pub(super) stopped: Option<Stopped>,
    /// Work that may leave as soon as there is a place, before anything new.
    pub(super) queue: VecDeque<Work>,
    /// Work that waits for its time.
    pub(super) parked: Vec<Work>,
    packer: Packer<'e>,
    pub(super) options: Options<'e>,
    pub(super) filling: Filling,
    source_ended: bool,
    pub(super) on_the_way: FuturesUnordered<OnTheWay>,
    /// Events that have been taken and have no outcome yet, and how many there may be.
    undecided: usize,
    window: usize,
    halt: watch::Sender<bool>,
    pub(super) seat: Arc<Seat>,
    pub(super) hold: Option<Hold>,
    pub(super) gate_changed: Option<Pin<Box<OwnedNotified>>>,
    pub(super) timer: Option<(Duration, Later<'static>)>,
    pub(super) started: Duration,
}

/// Pieces of work that may end in one go before others get their turn.
const BUDGET: usize = 64;

impl<'e> Engine<'e> {
    pub(super) fn new(
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
            queue: VecDeque::new(),
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
            halt: watch::channel(false).0,
            seat: Arc::default(),
            hold: None,
            gate_changed: None,
            timer: None,
            started: client.root.clock.elapsed(),
            client,
            options,
        }
    }

    /// The next outcome that the book passes on; `None` when there will be no more.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<(usize, Outcome)>> {
        loop {
            if let Some(decided) = self.book.next() {
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
            if let Poll::Ready(Some((work, tried))) = self.on_the_way.poll_next_unpin(context) {
                self.settle(work, tried);
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

    pub(super) fn into_report(self) -> BatchReport {
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

    pub(super) fn now(&self) -> Duration {
        self.client.root.clock.elapsed()
    }

    /// Sends what may leave. Whether there is more to do at once.
    fn fill(&mut self, context: &mut Context<'_>) -> bool {
        let now = self.now();
        self.unpark(now);
        self.hold = None;
        let mut budget = BUDGET;
        while self.on_the_way.len() < self.options.concurrency {
            if self.queue.is_empty() {
                match self.pack(context, now) {
                    Some(work) => self.queue.push_back(work),
                    None => return false,
                }
            }
            if !self.weed_out(now) {
                continue;
            }
            let pass = if self.client.root.retry.is_single_try() {
                Pass::free()
            } else {
                match self.client.portal.traffic.gate.admit(&self.seat, now) {
                    Admission::Go(pass) => pass,
                    Admission::Hold(hold) => {
                        if self.gate_changed.is_none() {
                            // Made before looking once more, so that no change in between is missed.
                            let changed = self.client.portal.traffic.gate.changed();
                            self.gate_changed = Some(Box::pin(changed));
                            continue;
                        }
                        self.hold = Some(hold);
                        // What comes meanwhile joins those that wait: it may be what gets through.
                        while let Some(work) = self.pack(context, now) {
                            self.queue.push_back(work);
                        }
                        if !self.expire(now, hold) {
                            return false;
                        }
                        budget -= 1;
                        if budget == 0 || self.book.has_next() {
                            return true;
                        }
                        continue;
                    }
                }
            };
            if let Some(work) = self.queue.pop_front() {
                self.start(work, pass, now);
            }
        }
        false
    }

    /// Takes from the first work what is not to be sent any more; whether anything is left of it.
    fn weed_out(&mut self, now: Duration) -> bool {
        let Some(mut work) = self.queue.pop_front() else {
            return false;
        };
        let (templates, recovers) = (&self.templates, self.options.recover.is_some());
        let refused = work.events.extract_if(.., |event| {
            templates.only_refuse(&event.template_id, now, recovers)
        });
        let refused: Vec<Event> = refused.collect();
        for event in refused {
            self.end(event, &NotSentReason::TemplateRefused, work.last.as_ref());
        }
        let is_left = !work.events.is_empty();
        if is_left {
            self.queue.push_front(work);
        }
        is_left
    }

    pub(super) fn start(&mut self, mut work: Work, pass: Pass, now: Duration) {
        work.begun.get_or_insert(now);
        let halted = Some(self.halt.subscribe());
        let request = work.request();
        let span = work.attempt_span(&request, self.client.portal.id);
        let refused = work.refused.take();
        let attempt = self.client.attempt(request, refused, halted, span, pass);
        self.on_the_way.push(OnTheWay {
            work: Some(work),
            attempt,
        });
    }

    /// The next batch of the input.
    fn pack(&mut self, context: &mut Context<'_>, now: Duration) -> Option<Work> {
        while !self.source_ended && self.undecided < self.window && !self.book.has_next() {
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
        let is_over = now >= self.filling.since.saturating_add(self.options.linger);
        // Events that are equal to those in the batch can fill the window.
        let is_full = self.undecided >= self.window;
        if self.source_ended || is_over || is_full {
            self.take_filling()
        } else {
            None
        }
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

    pub(super) fn stop(&mut self, reason: NotSentReason, wished: bool) {
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
        let mut budget = BUDGET;
        loop {
            let parked = std::mem::take(&mut self.parked);
            self.queue.extend(parked);
            let reason = match &self.stopped {
                Some(stopped) => stopped.reason.clone(),
                None => NotSentReason::Stopped,
            };
            while let Some(work) = self.queue.pop_front() {
                self.end_work(work, &reason);
            }
            budget -= 1;
            if budget == 0 || self.book.has_next() {
                return true;
            }
            let next = self.pack(context, now).or_else(|| self.take_filling());
            match next {
                Some(work) => self.queue.push_back(work),
                None => return false,
            }
        }
    }

    /// Work goes again at this time.
    pub(super) fn park(&mut self, mut work: Work, until: Duration) {
        work.not_before = until;
        self.parked.push(work);
    }

    /// Ends work of which no answer has told.
    pub(super) fn end_work(&mut self, work: Work, absent: &NotSentReason) {
        for event in work.events {
            self.end(event, absent, work.last.as_ref());
        }
    }

    /// An event has its outcome.
    pub(super) fn close(&mut self, event: &Event, outcome: Outcome) {
        if !self.packer.is_at_hand() {
            self.packer.forget(event);
        }
        self.undecided -= self.book.close(event.index, outcome);
    }

    /// Gives up: every event that has no outcome gets the one that is known by now. They are the
    /// [`next_abandoned`](Self::next_abandoned).
    pub(super) fn abandon(&mut self) {
        self.stop(NotSentReason::Stopped, true);
        for on_the_way in std::mem::take(&mut self.on_the_way) {
            let has_left = on_the_way.attempt.give_up();
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

    pub(super) fn next_abandoned(&mut self) -> Option<(usize, Outcome)> {
        let mut context = Context::from_waker(Waker::noop());
        while !self.book.has_next() && self.wind_down(&mut context) {}
        self.book.next()
    }
}
