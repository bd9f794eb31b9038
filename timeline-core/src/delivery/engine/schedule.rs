//! Requests that may leave as soon as there is a place.

use std::collections::VecDeque;

use crate::delivery::engine::request::Work;

/// What waits, in two lines that take turns: requests that follow from an answer (parts of a split batch, confirmations,
/// read-backs) take at most every second place while whole batches wait, however many there are.
#[derive(Default)]
pub(in crate::delivery) struct Queue {
    batches: VecDeque<Work>,
    follow_ups: VecDeque<Work>,
    /// The last one to leave was a follow-up.
    after_follow_up: bool,
    /// A part of a batch has got through while nothing else did.
    parts_get_through: bool,
}

/// So many probes in a row have failed: events that are tried again have a better chance than new ones, if only answers
/// get lost.
const FAILING: u32 = 1;

/// So many failed probes in a row, or failures of the batch after its first, and a half of it is tried; after one more
/// a single event. That is within eight seconds of an outage's beginning.
const HALF: u32 = 2;

impl Queue {
    pub(in crate::delivery) fn push(&mut self, work: Work) {
        self.line(&work).push_back(work);
    }

    /// Puts back what was taken and has not left.
    pub(in crate::delivery) fn put_back(&mut self, work: Work) {
        self.line(&work).push_front(work);
    }

    fn line(&mut self, work: &Work) -> &mut VecDeque<Work> {
        if work.follows_up {
            &mut self.follow_ups
        } else {
            &mut self.batches
        }
    }

    pub(in crate::delivery) fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.follow_ups.is_empty()
    }

    /// Whether it is a whole batch's turn, and none is here.
    pub(in crate::delivery) fn lacks_a_batch(&self) -> bool {
        self.batches.is_empty() && (self.follow_ups.is_empty() || self.after_follow_up)
    }

    /// The next to leave.
    pub(in crate::delivery) fn take(&mut self) -> Option<Work> {
        let follow_up_first = !self.after_follow_up || self.batches.is_empty();
        let next = if follow_up_first {
            self.follow_ups.pop_front()
        } else {
            None
        };
        let next = next.or_else(|| self.batches.pop_front());
        if let Some(work) = &next {
            self.after_follow_up = work.follows_up;
        }
        next
    }

    /// What finds out whether an outage is over after so many probes have failed, and the rest of the batch that it was
    /// taken from. It is a whole batch as long as that can be what gets through. Events on which the server fails can be
    /// in every batch, so it is a part of one in the end.
    pub(in crate::delivery) fn take_probe(
        &mut self,
        failed_probes: u32,
    ) -> Option<(Work, Option<Work>)> {
        let failed_probes = match self.parts_get_through {
            true => failed_probes.max(HALF + 1),
            false => failed_probes,
        };
        let work = match failed_probes {
            FAILING..=HALF => self.take_by(|work| u32::MAX - work.past.failures),
            _ => self.take_by(|work| work.past.failures),
        }?;
        let size = match work.past.failures.saturating_sub(1).max(failed_probes) {
            ..HALF => work.events.len(),
            HALF => work.events.len().div_ceil(2),
            _ => 1,
        };
        Some(work.probe(size))
    }

    /// A part of a batch got through, so an outage is not all that keeps the rest from it.
    pub(in crate::delivery) fn part_got_through(&mut self) {
        self.parts_get_through = true;
    }

    /// The first one of the lowest rank.
    fn take_by(&mut self, rank: impl Fn(&Work) -> u32) -> Option<Work> {
        let first = |line: &VecDeque<Work>| {
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

    /// The first of which this is true.
    pub(in crate::delivery) fn take_first(
        &mut self,
        mut is_it: impl FnMut(&Work) -> bool,
    ) -> Option<Work> {
        for line in [&mut self.batches, &mut self.follow_ups] {
            if let Some(place) = line.iter().position(&mut is_it) {
                return line.remove(place);
            }
        }
        None
    }

    pub(in crate::delivery) fn iter(&self) -> impl Iterator<Item = &Work> {
        self.batches.iter().chain(&self.follow_ups)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Queue;
    use crate::delivery::engine::request::{Kind, Work};
    use crate::delivery::fuzz::event;
    use crate::event::IdOrigin;

    /// A batch that has failed so often, or what follows from one.
    fn work(failures: u32, follows_up: bool) -> Work {
        let mut work = Work::new(Vec::new(), Kind::Create, Duration::ZERO);
        work.past.failures = failures;
        work.follows_up = follows_up;
        work
    }

    fn queue(batches: &[u32], follow_ups: &[u32]) -> Queue {
        let mut queue = Queue::default();
        for failures in follow_ups {
            queue.push(work(*failures, true));
        }
        for failures in batches {
            queue.push(work(*failures, false));
        }
        queue
    }

    #[test]
    fn batches_and_follow_ups_take_turns() {
        let mut queue = queue(&[1, 2], &[11, 12, 13, 14]);
        let order = std::iter::from_fn(|| queue.take());
        let order: Vec<u32> = order.map(|work| work.past.failures).collect();
        assert_eq!(order, [11, 1, 12, 2, 13, 14]);
        // A follow-up was the last to leave.
        queue.push(work(15, true));
        assert!(queue.lacks_a_batch());
        queue.push(work(3, false));
        assert!(!queue.lacks_a_batch());
        assert_eq!(queue.take().map(|work| work.past.failures), Some(3));
        assert!(!queue.lacks_a_batch(), "it is the follow-up's turn");
    }

    /// A batch of ten that has failed so often.
    fn batch(failures: u32) -> Work {
        let event = event("t", "e", IdOrigin::Made);
        let mut work = work(failures, false);
        work.events = vec![event; 10];
        work
    }

    #[test]
    fn probes_get_smaller_as_they_fail() {
        // Failures of the batches, probes that have failed, whether parts got through → failures of the one that is
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
            let mut queue = Queue::default();
            for failures in batches {
                queue.push(batch(*failures));
            }
            if parts {
                queue.part_got_through();
            }
            let (probe, rest) = queue.take_probe(failed_probes).expect("one of them");
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
        assert!(Queue::default().take_probe(0).is_none());
    }

    /// Of those that have failed equally often it is a batch.
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
            let taken = queue(batches, follow_ups).take_probe(failed_probes);
            let (work, _) = taken.expect("one of them");
            assert_eq!(
                (work.past.failures, work.follows_up),
                (failures, follows_up),
                "{batches:?} {follow_ups:?} after {failed_probes}"
            );
        }
    }

    #[test]
    fn what_is_put_back_is_the_next() {
        let mut queue = queue(&[1, 2], &[]);
        let first = queue.take_first(|work| work.past.failures == 2);
        queue.put_back(first.expect("it is there"));
        assert_eq!(queue.iter().count(), 2);
        assert_eq!(queue.take().map(|work| work.past.failures), Some(2));
    }
}
