//! The last requests, with what became of each event.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::sandbox::event::StoredEvent;
use crate::sandbox::refusal::Refusal;

/// At most this many requests are kept.
const KEPT: usize = 200;

/// The last requests.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    count: u64,
    /// What became of the events of the request that is being served.
    events: EventOutcomes,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// When it came, in milliseconds since 1970 on the sandbox's clock.
    pub(crate) at: i64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) portal_id: Option<u64>,
    /// `None` if a fault suppressed the answer.
    pub(crate) status: Option<u16>,
    /// Why it was refused as a whole.
    pub(crate) reason: Option<String>,
    /// A fault happened to it.
    pub(crate) is_faulty: bool,
    /// How long it took on the sandbox's clock; unknown while its answer is delayed.
    pub(crate) took: Option<Duration>,
    pub(crate) events: EventOutcomes,
}

/// What became of a request's events.
#[derive(Debug, Default)]
pub(crate) struct EventOutcomes {
    pub(crate) taken: Vec<Arc<StoredEvent>>,
    /// The events' ids, and why they were refused.
    pub(crate) refused: Vec<(String, String)>,
}

impl Log {
    /// Notes what becomes of the events of this request.
    pub(crate) fn note(&mut self, taken: &[Arc<StoredEvent>], refused: &[Refusal]) {
        let why = |refusal: &Refusal| {
            let id = refusal.event_id.clone().unwrap_or_default();
            (id, refusal.message.clone())
        };
        self.events = EventOutcomes {
            taken: taken.to_vec(),
            refused: refused.iter().map(why).collect(),
        };
    }

    /// Keeps a request with what was noted about its events, and returns its number.
    pub(crate) fn push(&mut self, mut entry: Entry) -> u64 {
        self.count += 1;
        entry.number = self.count;
        entry.events = std::mem::take(&mut self.events);
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.count
    }

    /// Notes that the answer to the request of this number was sent, and how long it took.
    pub(crate) fn answered(&mut self, number: u64, took: Duration) {
        let mut entries = self.entries.iter_mut().rev();
        if let Some(entry) = entries.find(|entry| entry.number == number) {
            entry.took = Some(took);
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// For how many of the kept requests the answer was sent.
    pub(crate) fn answers(&self) -> usize {
        let answered = |entry: &&Entry| entry.took.is_some();
        self.entries.iter().filter(answered).count()
    }

    /// The requests, the last one first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }
}
