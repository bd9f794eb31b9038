//! The outcomes of a call as they come.

use std::collections::HashMap;

use super::report::Counts;
use super::{Outcome, Progress};

/// The outcomes so far, by the events' places in the input.
pub(super) struct Book<'e> {
    outcomes: Vec<Option<Outcome>>,
    /// Events that share the outcome of an earlier one, by that one's place.
    followers: HashMap<usize, Vec<usize>>,
    counts: Counts,
    on_progress: Option<Box<dyn FnMut(Progress) + Send + 'e>>,
    reported: usize,
}

impl<'e> Book<'e> {
    pub(super) fn new(on_progress: Option<Box<dyn FnMut(Progress) + Send + 'e>>) -> Self {
        Book {
            outcomes: Vec::new(),
            followers: HashMap::new(),
            counts: Counts::default(),
            on_progress,
            reported: 0,
        }
    }
}

impl Book<'_> {
    pub(super) fn open(&mut self, index: usize) {
        self.outcomes.resize_with(index + 1, || None);
    }

    pub(super) fn close(&mut self, index: usize, outcome: Outcome) {
        for follower in self.followers.remove(&index).unwrap_or_default() {
            self.write(follower, outcome.clone());
        }
        self.write(index, outcome);
    }

    pub(super) fn follow(&mut self, index: usize, first: usize) {
        match self.outcomes.get(first).cloned().flatten() {
            Some(outcome) => self.write(index, outcome),
            None => self.followers.entry(first).or_default().push(index),
        }
    }

    fn write(&mut self, index: usize, outcome: Outcome) {
        self.counts.add(&outcome);
        if let Some(place) = self.outcomes.get_mut(index) {
            debug_assert!(place.is_none(), "event {index} has an outcome already");
            *place = Some(outcome);
        }
    }

    pub(super) fn report(&mut self, expected: Option<usize>) {
        let decided = self.counts.delivered() + self.counts.undelivered();
        if let (Some(on_progress), true) = (&mut self.on_progress, decided > self.reported) {
            self.reported = decided;
            on_progress(Progress {
                delivered: self.counts.delivered(),
                undelivered: self.counts.undelivered(),
                expected,
            });
        }
    }

    /// Every place has been written when a run ends.
    pub(super) fn into_outcomes(self) -> Vec<Outcome> {
        debug_assert!(
            self.outcomes.iter().all(Option::is_some),
            "an event without an outcome"
        );
        self.outcomes.into_iter().flatten().collect()
    }
}
