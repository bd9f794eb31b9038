//! What leaves next: requests that may leave as soon as there is room, and those that wait for their time.

use std::collections::VecDeque;
use std::time::Duration;

use crate::delivery::engine::request::BatchRequest;

/// The requests that wait, in two lines that take turns. Requests that follow from an answer (parts of a split batch,
/// confirmations, read-backs) take at most every second turn while whole batches wait, however many there are.
#[derive(Default)]
pub(super) struct Schedule {
    batches: VecDeque<BatchRequest>,
    follow_ups: VecDeque<BatchRequest>,
    /// The last request to leave was a follow-up.
    after_follow_up: bool,
    /// A part of a batch got through as a probe.
    parts_get_through: bool,
    /// Requests that wait for their time.
    parked: Vec<BatchRequest>,
}

/// From this many failed probes in a row on, up to `HALF_FROM`, the request that failed most often is the next probe: if only
/// answers get lost, its events may have arrived already.
const RETRIED_FIRST_FROM: u32 = 1;

/// After this many failed probes in a row, or this many failures of the batch after its first, half of the batch is
/// tried; after one more, a single event.
const HALF_FROM: u32 = 2;

impl Schedule {
    pub(super) fn push(&mut self, request: BatchRequest) {
        self.line(&request).push_back(request);
    }

    /// Puts a request back in front.
    pub(super) fn put_back(&mut self, request: BatchRequest) {
        self.line(&request).push_front(request);
    }

    fn line(&mut self, request: &BatchRequest) -> &mut VecDeque<BatchRequest> {
        if request.follows_up {
            &mut self.follow_ups
        } else {
            &mut self.batches
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.follow_ups.is_empty()
    }

    /// Whether it is the turn of a whole batch, and none is here.
    pub(super) fn lacks_a_batch(&self) -> bool {
        self.batches.is_empty() && (self.follow_ups.is_empty() || self.after_follow_up)
    }

    /// The next to leave.
    pub(super) fn take(&mut self) -> Option<BatchRequest> {
        let follow_up_first = !self.after_follow_up || self.batches.is_empty();
        let next = if follow_up_first {
            self.follow_ups.pop_front()
        } else {
            None
        };
        let next = next.or_else(|| self.batches.pop_front());
        if let Some(request) = &next {
            self.after_follow_up = request.follows_up;
        }
        next
    }

    /// The next probe, and the rest of its batch. After two failed probes it is half a batch, then one event, because events
    /// on which the server fails may be in every batch.
    pub(super) fn take_probe(
        &mut self,
        failed_probes: u32,
    ) -> Option<(BatchRequest, Option<BatchRequest>)> {
        let failed_probes = match self.parts_get_through {
            true => failed_probes.max(HALF_FROM + 1),
            false => failed_probes,
        };
        let request = match failed_probes {
            RETRIED_FIRST_FROM..=HALF_FROM => {
                self.take_by(|request| u32::MAX - request.past.failures)
            }
            _ => self.take_by(|request| request.past.failures),
        }?;
        let size = match request.past.failures.saturating_sub(1).max(failed_probes) {
            ..HALF_FROM => request.events.len(),
            HALF_FROM => request.events.len().div_ceil(2),
            _ => 1,
        };
        Some(request.probe(size))
    }

    /// Notes that a part of a batch got through: then not only an outage keeps the rest from getting through.
    pub(super) fn part_got_through(&mut self) {
        self.parts_get_through = true;
    }

    /// Takes the first request of the lowest rank.
    fn take_by(&mut self, rank: impl Fn(&BatchRequest) -> u32) -> Option<BatchRequest> {
        let first = |line: &VecDeque<BatchRequest>| {
            let ranks = line.iter().map(&rank).enumerate();
            ranks.min_by_key(|(_, rank)| *rank)
        };
        match (first(&self.batches), first(&self.follow_ups)) {
            (Some((_, batch)), Some((place, follow_up))) if follow_up < batch => {
                self.follow_ups.remove(place)
            }
            (Some((place, _)), _) => self.batches.remove(place),
            (None, Some((place, _))) => self.follow_ups.remove(place),
            (None, None) => None,
        }
    }

    /// Takes the first request of which `is_it` is true.
    pub(super) fn take_first(
        &mut self,
        mut is_it: impl FnMut(&BatchRequest) -> bool,
    ) -> Option<BatchRequest> {
        for line in [&mut self.batches, &mut self.follow_ups] {
            if let Some(place) = line.iter().position(&mut is_it) {
                return line.remove(place);
            }
        }
        None
    }

    /// Keeps a request until this time.
    pub(super) fn park(&mut self, mut request: BatchRequest, until: Duration) {
        request.not_before = until;
        self.parked.push(request);
    }

    /// Lets parked requests leave whose time has come.
    pub(super) fn unpark(&mut self, now: Duration) {
        let parked = std::mem::take(&mut self.parked);
        for request in parked {
            if request.not_before <= now {
                self.push(request);
            } else {
                self.parked.push(request);
            }
        }
    }

    /// When the next parked request may leave.
    pub(super) fn next_parked(&self) -> Option<Duration> {
        self.parked.iter().map(|request| request.not_before).min()
    }

    /// Whether nothing is to be sent, now or later.
    pub(super) fn has_nothing(&self) -> bool {
        self.is_empty() && self.parked.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &BatchRequest> {
        self.batches.iter().chain(&self.follow_ups)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Schedule;
    use crate::delivery::engine::request::{BatchRequest, Kind};
    use crate::delivery::fuzz::event;
    use crate::event::IdOrigin;

    /// A batch, or a follow-up, that has failed so often.
    fn request(failures: u32, follows_up: bool) -> BatchRequest {
        let mut request = BatchRequest::new(Vec::new(), Kind::Create, Duration::ZERO);
        request.past.failures = failures;
        request.follows_up = follows_up;
        request
    }

    fn schedule(batches: &[u32], follow_ups: &[u32]) -> Schedule {
        let mut schedule = Schedule::default();
        for failures in follow_ups {
            schedule.push(request(*failures, true));
        }
        for failures in batches {
            schedule.push(request(*failures, false));
        }
        schedule
    }

    #[test]
    fn batches_and_follow_ups_take_turns() {
        let mut schedule = schedule(&[1, 2], &[11, 12, 13, 14]);
        let order = std::iter::from_fn(|| schedule.take());
        let order: Vec<u32> = order.map(|request| request.past.failures).collect();
        assert_eq!(order, [11, 1, 12, 2, 13, 14]);
        // A follow-up was the last to leave.
        schedule.push(request(15, true));
        assert!(schedule.lacks_a_batch());
        schedule.push(request(3, false));
        assert!(!schedule.lacks_a_batch());
        assert_eq!(
            schedule.take().map(|request| request.past.failures),
            Some(3)
        );
        assert!(!schedule.lacks_a_batch(), "it is the follow-up's turn");
    }

    /// A batch of ten that has failed so often.
    fn batch(failures: u32) -> BatchRequest {
        let event = event("t", "e", IdOrigin::Made);
        let mut request = request(failures, false);
        request.events = vec![event; 10];
        request
    }

    #[test]
    fn probes_get_smaller_as_they_fail() {
        // Failures of the batches, probes that have failed, whether parts got through → failures of the batch that is
        // chosen, and how many of its ten events leave.
        for (batches, failed_probes, parts, failures, events) in [
            (&[1, 0, 2][..], 0, false, 0, 10),
            (&[1, 0, 2], 1, false, 2, 10),
            (&[1, 0, 2], 2, false, 2, 5),
            (&[1, 0, 2], 3, false, 0, 1),
            (&[1, 0, 2], 100, false, 0, 1),
            (&[3, 3], 0, false, 3, 5),
            (&[4, 5], 0, false, 4, 1),
            (&[1, 0, 2], 0, true, 0, 1),
        ] {
            let mut schedule = Schedule::default();
            for failures in batches {
                schedule.push(batch(*failures));
            }
            if parts {
                schedule.part_got_through();
            }
            let (probe, rest) = schedule.take_probe(failed_probes).expect("one of them");
            let what = format!("{batches:?} after {failed_probes}");
            assert_eq!(
                (probe.past.failures, probe.events.len()),
                (failures, events),
                "{what}"
            );
            assert_eq!(
                rest.map_or(0, |rest| rest.events.len()),
                10 - events,
                "{what}"
            );
        }
        assert!(Schedule::default().take_probe(0).is_none());
    }

    /// If a batch and a follow-up have failed equally often, the batch is the probe.
    #[test]
    fn probes_are_taken_from_both_lines() {
        for (batches, follow_ups, failed_probes, failures, follows_up) in [
            (&[1][..], &[0][..], 0, 0, true),
            (&[0], &[1], 0, 0, false),
            (&[1], &[1], 0, 1, false),
            (&[0, 2], &[1], 2, 2, false),
            (&[1], &[0, 2], 1, 2, true),
            (&[1], &[0, 2], 3, 0, true),
            (&[], &[4, 3], 0, 3, true),
        ] {
            let taken = schedule(batches, follow_ups).take_probe(failed_probes);
            let (request, _) = taken.expect("one of them");
            assert_eq!(
                (request.past.failures, request.follows_up),
                (failures, follows_up),
                "{batches:?} {follow_ups:?} after {failed_probes}"
            );
        }
    }

    #[test]
    fn what_is_put_back_is_the_next() {
        let mut schedule = schedule(&[1, 2], &[]);
        let first = schedule.take_first(|request| request.past.failures == 2);
        schedule.put_back(first.expect("it is there"));
        assert_eq!(schedule.iter().count(), 2);
        assert_eq!(
            schedule.take().map(|request| request.past.failures),
            Some(2)
        );
    }
}
