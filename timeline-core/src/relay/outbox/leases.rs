//! Which events are out with a relay, and until when. This is only in memory: after a restart, all events wait again.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

/// An event that a relay has is given to another relay after this time, unless it is held.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// An event's row in the file.
pub(super) type Row = i64;

/// Which events are out, and which have come back.
#[derive(Debug, Default)]
pub(super) struct Leases {
    ends: HashMap<Row, Duration>,
    by_end: BTreeSet<(Duration, Row)>,
    /// Events that came back without a change in the file.
    back: VecDeque<Row>,
}

impl Leases {
    pub(super) fn take(&mut self, row: Row, end: Duration) {
        if let Some(before) = self.ends.insert(row, end) {
            self.by_end.remove(&(before, row));
        }
        self.by_end.insert((end, row));
    }

    /// Prolongs a lease that is still needed. A lease that is over stays over: its event may be out elsewhere.
    pub(super) fn hold(&mut self, row: Row, end: Duration) {
        if self.is_out(row) {
            self.take(row, end);
        }
    }

    /// Lets all leases end so much later.
    pub(super) fn put_off(&mut self, by: Duration) {
        for (row, end) in std::mem::take(&mut self.ends) {
            self.by_end.remove(&(end, row));
            self.take(row, end.saturating_add(by));
        }
    }

    /// Ends the lease of an event that is settled.
    pub(super) fn end(&mut self, row: Row) {
        if let Some(end) = self.ends.remove(&row) {
            self.by_end.remove(&(end, row));
        }
    }

    /// Gives an event back, so that it comes again at once.
    pub(super) fn give_back(&mut self, row: Row) {
        self.end(row);
        self.back.push_back(row);
    }

    /// Gives back the events whose leases are over.
    pub(super) fn expire(&mut self, now: Duration) {
        while let Some((end, row)) = self.by_end.first().copied()
            && end <= now
        {
            self.give_back(row);
        }
    }

    /// The next event that has come back.
    pub(super) fn next_back(&mut self) -> Option<Row> {
        self.back.pop_front()
    }

    pub(super) fn is_out(&self, row: Row) -> bool {
        self.ends.contains_key(&row)
    }

    pub(super) fn out(&self) -> usize {
        self.ends.len()
    }

    /// When the first lease is over.
    pub(super) fn first_end(&self) -> Option<Duration> {
        self.by_end.first().map(|(end, _)| *end)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Leases;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn leases_end_by_their_time_and_come_back_once() {
        let mut leases = Leases::default();
        for (row, end) in [(1, 30), (2, 20), (3, 40), (4, 20)] {
            leases.take(row, s(end));
        }
        leases.hold(2, s(50));
        leases.hold(9, s(50)); // not out
        leases.end(4);
        assert_eq!((leases.out(), leases.first_end()), (3, Some(s(30))));
        leases.expire(s(40));
        assert_eq!(
            std::iter::from_fn(|| leases.next_back()).collect::<Vec<_>>(),
            [1, 3]
        );
        assert_eq!(
            (leases.out(), leases.is_out(2), leases.is_out(3)),
            (1, true, false)
        );
        leases.put_off(s(100));
        leases.expire(s(149));
        assert!(leases.is_out(2));
        assert_eq!(leases.first_end(), Some(s(150)));
        leases.give_back(2);
        assert_eq!((leases.next_back(), leases.out()), (Some(2), 0));
        assert_eq!((leases.next_back(), leases.first_end()), (None, None));
    }
}
