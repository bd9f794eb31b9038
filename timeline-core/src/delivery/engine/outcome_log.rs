//! The outcomes of a call as they come.

use std::collections::{HashMap, VecDeque};

use crate::client::Client;
use crate::client::metrics::names;
use crate::delivery::outcome::counts::Counts;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::outcome::packed::PackedOutcomes;
use crate::delivery::outcome::progress::Progress;
use crate::guard::apart;

/// The outcomes so far, by the events' places in the input.
pub(in crate::delivery) struct OutcomeLog<'e> {
    outcomes: Destination,
    /// Events that share the outcome of an earlier event, by the earlier event's place.
    followers: HashMap<usize, Vec<usize>>,
    counts: Counts,
    /// The account was found to have moved to app events.
    has_moved: bool,
    taken: usize,
    on_progress: Option<OnProgress<'e>>,
    reported: usize,
    client: Client,
    /// A queue keeps events that are neither delivered nor refused.
    is_for_a_queue: bool,
}

pub(in crate::delivery) type OnProgress<'e> = Box<dyn FnMut(Progress) + Send + 'e>;

enum Destination {
    /// Kept for a report.
    Kept(PackedOutcomes),
    /// Passed on as they come.
    Passed(VecDeque<(usize, Outcome)>),
}

impl<'e> OutcomeLog<'e> {
    /// A log that keeps all outcomes for a report.
    pub(in crate::delivery) fn keeping(
        client: &Client,
        on_progress: Option<OnProgress<'e>>,
    ) -> Self {
        Self::new(
            client,
            Destination::Kept(PackedOutcomes::default()),
            on_progress,
        )
    }

    /// A log that passes outcomes on. `is_for_a_queue`: a queue keeps undelivered events, so they are not logged as lost.
    pub(in crate::delivery) fn passing(client: &Client, is_for_a_queue: bool) -> Self {
        let mut log = Self::new(client, Destination::Passed(VecDeque::new()), None);
        log.is_for_a_queue = is_for_a_queue;
        log
    }

    fn new(client: &Client, outcomes: Destination, on_progress: Option<OnProgress<'e>>) -> Self {
        OutcomeLog {
            outcomes,
            followers: HashMap::new(),
            counts: Counts::default(),
            has_moved: false,
            taken: 0,
            on_progress,
            reported: 0,
            client: client.clone(),
            is_for_a_queue: false,
        }
    }
}

impl OutcomeLog<'_> {
    /// Makes room for so many outcomes. The number is a hint, which may be wrong.
    pub(in crate::delivery) fn expect(&mut self, events: Option<usize>) {
        const MOST: usize = 1 << 20;
        if let Destination::Kept(outcomes) = &mut self.outcomes {
            outcomes.reserve(events.unwrap_or_default().min(MOST));
        }
    }

    pub(in crate::delivery) fn open(&mut self, index: usize) {
        self.taken += 1;
        self.client.root.metrics.add(names::EVENTS_TAKEN, 1);
        if let Destination::Kept(outcomes) = &mut self.outcomes {
            debug_assert_eq!(outcomes.len(), index, "events are opened in their order");
            outcomes.open();
        }
    }

    /// Writes an event's outcome. Returns how many events have it now: this one and its followers.
    pub(in crate::delivery) fn close(&mut self, index: usize, outcome: Outcome) -> usize {
        let followers = if self.followers.is_empty() {
            Vec::new()
        } else {
            self.followers.remove(&index).unwrap_or_default()
        };
        let closed = 1 + followers.len();
        for follower in followers {
            self.write(follower, outcome.clone());
        }
        self.write(index, outcome);
        closed
    }

    /// Gives an event the outcome of the earlier event that it is equal to. `true` if that outcome is still to come.
    pub(in crate::delivery) fn follow(&mut self, index: usize, first: usize) -> bool {
        let known = match &self.outcomes {
            Destination::Kept(outcomes) => outcomes.get(first),
            // What is passed on is forgotten, so no later event is found to be equal to it.
            Destination::Passed(_) => None,
        };
        match known {
            Some(outcome) => {
                self.write(index, outcome);
                false
            }
            None => {
                self.followers.entry(first).or_default().push(index);
                true
            }
        }
    }

    fn write(&mut self, index: usize, outcome: Outcome) {
        self.counts.add(&outcome);
        self.client.root.metrics.add(outcome.metric(), 1);
        if !outcome.is_delivered() {
            // A subscriber is the user's code, and may panic.
            apart(|| outcome.log(&self.client, self.is_for_a_queue));
        }
        match &mut self.outcomes {
            Destination::Passed(ready) => ready.push_back((index, outcome)),
            Destination::Kept(outcomes) => outcomes.set(index, outcome),
        }
    }

    /// The next outcome to pass on.
    pub(in crate::delivery) fn next(&mut self) -> Option<(usize, Outcome)> {
        match &mut self.outcomes {
            Destination::Passed(ready) => ready.pop_front(),
            Destination::Kept(_) => None,
        }
    }

    pub(in crate::delivery) fn has_next(&self) -> bool {
        matches!(&self.outcomes, Destination::Passed(ready) if !ready.is_empty())
    }

    pub(in crate::delivery) fn report(&mut self, expected: Option<usize>) {
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

    pub(in crate::delivery) fn note_move(&mut self) {
        self.has_moved = true;
    }

    pub(in crate::delivery) fn has_moved(&self) -> bool {
        self.has_moved
    }

    /// Whether most of the events that are decided were there before, or may have been.
    pub(in crate::delivery) fn are_mostly_in_use(&self) -> bool {
        const ENOUGH: usize = 4;
        let in_use = self.counts.already_existing + self.counts.unknown;
        in_use >= ENOUGH && in_use > self.counts.created
    }

    /// All outcomes, and how many there are of each kind.
    pub(in crate::delivery) fn into_outcomes(mut self) -> (PackedOutcomes, Counts) {
        let outcomes = match &mut self.outcomes {
            Destination::Kept(outcomes) => std::mem::take(outcomes),
            Destination::Passed(_) => PackedOutcomes::default(),
        };
        (outcomes, self.counts)
    }
}

impl Drop for OutcomeLog<'_> {
    /// Counts the events without an outcome in a call that is dropped.
    fn drop(&mut self) {
        let decided = self.counts.delivered() + self.counts.undelivered();
        let dropped = self.taken.saturating_sub(decided) as u64;
        self.client.root.metrics.add(names::EVENTS_DROPPED, dropped);
    }
}
