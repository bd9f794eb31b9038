//! The calls that wait for the end of an outage, in the order of their last probes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// A place in the line. It belongs to one call, and a call is for one account, so the place is in one line only.
#[derive(Debug, Default)]
pub(crate) struct Waiter(AtomicU64);

/// Every operation takes logarithmic time, so that thousands of calls can wait for one account.
#[derive(Debug)]
pub(super) struct WaitingLine {
    waiting: BTreeMap<u64, Weak<Waiter>>,
    last: u64,
    /// When so many wait, the calls that have ended are taken out.
    next_look: usize,
}

/// The length of the line at which ended calls are taken out for the first time.
const MANY: usize = 64;

impl Default for WaitingLine {
    fn default() -> Self {
        WaitingLine {
            waiting: BTreeMap::new(),
            last: 0,
            next_look: MANY,
        }
    }
}

impl WaitingLine {
    /// Puts the waiter at the end, unless it is in the line already. Returns whether it is the first.
    pub(super) fn join(&mut self, waiter: &Arc<Waiter>) -> bool {
        let mut number = waiter.0.load(Ordering::Relaxed);
        if !self.waiting.contains_key(&number) {
            self.last += 1;
            number = self.last;
            waiter.0.store(number, Ordering::Relaxed);
            self.waiting.insert(number, Arc::downgrade(waiter));
            if self.waiting.len() >= self.next_look {
                self.waiting.retain(|_, other| other.strong_count() > 0);
                self.next_look = MANY.max(2 * self.waiting.len());
            }
        }
        while let Some(first) = self.waiting.first_entry() {
            if first.get().strong_count() > 0 {
                return *first.key() == number;
            }
            first.remove();
        }
        false
    }

    pub(super) fn leave(&mut self, waiter: &Waiter) {
        self.waiting.remove(&waiter.0.load(Ordering::Relaxed));
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{MANY, Waiter, WaitingLine};

    #[test]
    fn the_first_stays_the_first_until_it_leaves_or_is_gone() {
        let mut line = WaitingLine::default();
        let seats: Vec<Arc<Waiter>> = (0..3).map(|_| Arc::default()).collect();
        let firsts = |line: &mut WaitingLine, seats: &[Arc<Waiter>]| -> Vec<bool> {
            seats.iter().map(|waiter| line.join(waiter)).collect()
        };
        assert_eq!(firsts(&mut line, &seats), [true, false, false]);
        assert_eq!(firsts(&mut line, &seats), [true, false, false]);
        line.leave(&seats[0]);
        // It joins again, at the end.
        assert_eq!(firsts(&mut line, &seats), [false, true, false]);
        let [first, _, third] = &seats[..] else {
            panic!("three");
        };
        let left = [Arc::clone(first), Arc::clone(third)];
        drop(seats);
        assert_eq!(firsts(&mut line, &left), [false, true]);
        line.clear();
        assert_eq!(firsts(&mut line, &left), [true, false]);
    }

    #[test]
    fn those_that_have_gone_take_no_memory_for_ever() {
        let mut line = WaitingLine::default();
        let first = Arc::default();
        assert!(line.join(&first));
        for _ in 0..10 * MANY {
            assert!(!line.join(&Arc::default()));
        }
        assert!(line.waiting.len() <= MANY, "{}", line.waiting.len());
    }
}
