//! The events that a call takes in, until a batch of them can leave.

use std::task::{Context, Poll};
use std::time::Duration;

use crate::delivery::engine::options::Options;
use crate::delivery::engine::outcome_log::OutcomeLog;
use crate::delivery::engine::request::{BatchRequest, Kind};
use crate::delivery::intake::event::Event;
use crate::delivery::intake::pack::{Packed, Packer, has_room};

pub(super) struct Filling<'e> {
    packer: Packer<'e>,
    filling: Batch,
    batch_size: usize,
    linger: Duration,
    /// Events that have been taken and have no outcome yet, and how many there may be.
    undecided: usize,
    window: usize,
    /// How many events may still be taken or ended before other tasks get their turn.
    budget: usize,
    source_ended: bool,
    started: Duration,
}

/// A batch being put together.
#[derive(Default)]
struct Batch {
    events: Vec<Event>,
    bytes: usize,
    since: Duration,
}

/// Events that are taken or ended in one go, which takes a few milliseconds.
const BUDGET: usize = 1024;

impl<'e> Filling<'e> {
    pub(super) fn new(packer: Packer<'e>, options: &Options<'_>, started: Duration) -> Self {
        Filling {
            packer,
            filling: Batch::default(),
            batch_size: options.batch_size,
            linger: options.linger,
            undecided: 0,
            // Twice what can be under way, so that events that wait for another try do not keep others from leaving.
            window: options
                .concurrency
                .saturating_mul(options.batch_size)
                .saturating_mul(2),
            budget: BUDGET,
            source_ended: false,
            started,
        }
    }

    /// When the call began.
    pub(super) fn started(&self) -> Duration {
        self.started
    }

    pub(super) fn renew_budget(&mut self) {
        self.budget = BUDGET;
    }

    pub(super) fn has_budget(&self) -> bool {
        self.budget > 0
    }

    /// Notes that an event is taken or ended.
    pub(super) fn spend(&mut self) {
        self.budget = self.budget.saturating_sub(1);
    }

    /// Whether every event of the source has its outcome.
    pub(super) fn is_done(&self) -> bool {
        self.source_ended && self.undecided == 0
    }

    /// How many events there are in all, if the source knows.
    pub(super) fn expected(&mut self) -> Option<usize> {
        self.packer.expected()
    }

    /// Notes that an event has its outcome. `count` includes the equal events that share it.
    pub(super) fn decided(&mut self, event: &Event, count: usize) {
        if !self.packer.is_always_ready() {
            self.packer.forget(event);
        }
        self.undecided -= count;
    }

    /// Ends the source, and leaves the rest of its events in it, if they are still the caller's.
    pub(super) fn end_source(&mut self) {
        if !self.packer.is_accounted_for() {
            self.source_ended = true;
        }
    }

    /// The next batch of the source. `is_idle`: no other event has a request under way or to come.
    pub(super) fn next_batch(
        &mut self,
        context: &mut Context<'_>,
        now: Duration,
        is_idle: bool,
        outcomes: &mut OutcomeLog<'_>,
    ) -> Option<BatchRequest> {
        while !self.source_ended && self.undecided < self.window && !outcomes.has_next() {
            if self.budget == 0 {
                return None;
            }
            self.budget -= 1;
            match self.packer.poll_next(context) {
                Poll::Pending => break,
                Poll::Ready(Packed::End) => self.source_ended = true,
                Poll::Ready(Packed::Flush) => {
                    if let Some(batch) = self.take_filling() {
                        return Some(batch);
                    }
                }
                Poll::Ready(Packed::Rejected(index, rejection)) => {
                    outcomes.open(index);
                    outcomes.close(index, rejection.into());
                }
                Poll::Ready(Packed::SameAs { index, first }) => {
                    outcomes.open(index);
                    self.undecided += usize::from(outcomes.follow(index, first));
                }
                Poll::Ready(Packed::Event(event)) => {
                    outcomes.open(event.index);
                    self.undecided += 1;
                    if let Some(batch) = self.put(event, now) {
                        return Some(batch);
                    }
                }
            }
        }
        // Events that are equal to those in the batch can fill the window.
        let is_stuck = self.undecided >= self.window && is_idle;
        if leaves_now(self.source_ended || is_stuck, self.lingers_until(), now) {
            self.take_filling()
        } else {
            None
        }
    }

    /// When the batch leaves although it is not full. `None` if it is empty, or if the source's events are at hand: they
    /// wait only for room.
    pub(super) fn lingers_until(&self) -> Option<Duration> {
        let waits = !self.packer.is_always_ready() && !self.filling.events.is_empty();
        waits.then(|| self.filling.since.saturating_add(self.linger))
    }

    /// Adds an event. Returns the batch if the event fills it, or the earlier batch if that had no room for the event.
    fn put(&mut self, event: Event, now: Duration) -> Option<BatchRequest> {
        let bytes = event.bytes();
        let filling = &self.filling;
        let has_room = has_room(filling.events.len(), filling.bytes, bytes, self.batch_size);
        let full = if has_room { None } else { self.take_filling() };
        if self.filling.events.is_empty() {
            self.filling.since = if self.packer.is_always_ready() {
                self.started
            } else {
                now
            };
        }
        self.filling.bytes += bytes;
        self.filling.events.push(event);
        if full.is_none() && self.filling.events.len() >= self.batch_size {
            return self.take_filling();
        }
        full
    }

    pub(super) fn take_filling(&mut self) -> Option<BatchRequest> {
        // The next batch is likely to be as large.
        let next = Batch {
            events: Vec::with_capacity(self.filling.events.len()),
            ..Batch::default()
        };
        let Batch { events, since, .. } = std::mem::replace(&mut self.filling, next);
        (!events.is_empty()).then(|| BatchRequest::new(events, Kind::Create, since))
    }
}

/// Whether a batch leaves although it has room for more: there will be no more, or it has waited long enough.
fn leaves_now(no_more: bool, lingers_until: Option<Duration>, now: Duration) -> bool {
    no_more || lingers_until.is_some_and(|end| now >= end)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::leaves_now;

    #[test]
    fn a_batch_that_has_room_leaves_at_the_end_or_when_it_has_waited() {
        let second = Duration::from_secs;
        for (no_more, lingers_until, now, leaves) in [
            (true, None, 0, true),
            (true, Some(2), 1, true),
            (false, None, 9, false),
            (false, Some(2), 1, false),
            (false, Some(2), 2, true),
            (false, Some(2), 3, true),
        ] {
            let until = lingers_until.map(second);
            let what = format!("{no_more} {lingers_until:?} {now}");
            assert_eq!(leaves_now(no_more, until, second(now)), leaves, "{what}");
        }
    }
}
