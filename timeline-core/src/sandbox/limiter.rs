//! The rate limit of each account.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// The same limit for each account.
#[derive(Debug)]
pub(super) struct Limits {
    most: usize,
    interval: Duration,
    accounts: HashMap<u64, Limiter>,
}

impl Limits {
    pub(super) fn new(most: usize, interval: Duration) -> Self {
        Limits {
            most,
            interval,
            accounts: HashMap::new(),
        }
    }

    pub(super) fn of(&mut self, portal_id: u64) -> &mut Limiter {
        let (most, interval) = (self.most, self.interval);
        let fresh = || Limiter::new(most, interval);
        self.accounts.entry(portal_id).or_insert_with(fresh)
    }
}

/// At most this many requests in any window of this length.
#[derive(Debug)]
pub(super) struct Limiter {
    most: usize,
    interval: Duration,
    admitted: VecDeque<Duration>,
}

impl Limiter {
    fn new(most: usize, interval: Duration) -> Self {
        Limiter {
            most,
            interval,
            admitted: VecDeque::new(),
        }
    }

    /// Whether one more request is within the limit. Refused requests do not count.
    pub(super) fn admit(&mut self, now: Duration) -> bool {
        while self
            .admitted
            .front()
            .is_some_and(|at| now.saturating_sub(*at) >= self.interval)
        {
            self.admitted.pop_front();
        }
        let admitted = self.admitted.len() < self.most;
        if admitted {
            self.admitted.push_back(now);
        }
        admitted
    }

    pub(super) fn headers(&self) -> Vec<(String, String)> {
        let remaining = self.most.saturating_sub(self.admitted.len());
        [
            ("X-HubSpot-RateLimit-Max", self.most.to_string()),
            ("X-HubSpot-RateLimit-Remaining", remaining.to_string()),
            (
                "X-HubSpot-RateLimit-Interval-Milliseconds",
                self.interval.as_millis().to_string(),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Limiter, Limits};

    #[test]
    fn each_account_has_a_window_of_its_own() {
        let mut limits = Limits::new(1, Duration::from_secs(10));
        let mut admit = |portal_id| limits.of(portal_id).admit(Duration::ZERO);
        assert_eq!([1, 1, 2, 2].map(&mut admit), [true, false, true, false]);
    }

    #[test]
    fn the_window_rolls() {
        let mut limiter = Limiter::new(2, Duration::from_secs(10));
        for (second, admitted) in [
            (0, true),
            (6, true),
            (9, false),
            (10, true),
            (11, false),
            (15, false),
            (16, true),
            (20, true),
            (20, false),
        ] {
            assert_eq!(
                limiter.admit(Duration::from_secs(second)),
                admitted,
                "second {second}"
            );
        }
    }
}
