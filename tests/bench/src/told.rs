//! What a way of sending says in the end about its events.

use serde_json::{Value, json};
use timeline_core::Outcome;

#[derive(Clone, Copy)]
pub(crate) enum Word {
    Created,
    /// The event was there before.
    Existing,
    Rejected,
    /// The event is known not to be there.
    NotSent,
    /// It is known that the answer was lost.
    Unknown,
    /// There is an error for its whole batch, which says nothing about the event.
    Nothing,
}

const WORDS: [&str; 6] = [
    "created", "existing", "rejected", "not_sent", "unknown", "nothing",
];

#[derive(Default)]
pub(crate) struct Told {
    counts: [usize; WORDS.len()],
    /// Empty where outcomes are only counted.
    ids: [Vec<String>; WORDS.len()],
}

impl Told {
    pub(crate) fn count(&mut self, word: Word, events: usize) {
        self.counts[word as usize] += events;
    }

    pub(crate) fn tell(&mut self, word: Word, id: &str) {
        self.count(word, 1);
        self.ids[word as usize].push(id.to_owned());
    }

    pub(crate) fn add(&mut self, other: Told) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        for (ids, more) in self.ids.iter_mut().zip(other.ids) {
            ids.extend(more);
        }
    }

    pub(crate) fn outcome(&mut self, outcome: &Outcome) {
        let word = match outcome {
            Outcome::Created(_) => Word::Created,
            Outcome::AlreadyExists { .. } => Word::Existing,
            Outcome::Rejected(_) => Word::Rejected,
            Outcome::NotSent { .. } => Word::NotSent,
            Outcome::Unknown { .. } => Word::Unknown,
        };
        self.tell(word, outcome.id().unwrap_or_default());
    }

    /// For each word the number of events, and their ids.
    pub(crate) fn json(&self) -> Value {
        let words = WORDS.iter().zip(self.counts).zip(&self.ids);
        words
            .map(|((word, count), ids)| ((*word).to_owned(), json!([count, ids])))
            .collect()
    }
}
