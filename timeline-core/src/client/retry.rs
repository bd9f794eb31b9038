//! How often and how long a request is tried again. A pure value: the loop brings the time and the chance.

use std::time::Duration;

/// How often and how long a request that failed is tried again.
///
/// Waits grow from [`first_wait`](Self::first_wait) by doubling up to [`longest_wait`](Self::longest_wait); each is
/// drawn between nothing and that bound, so that many clients do not come back at the same moment. HubSpot's
/// `Retry-After` is honoured; one that is longer than the patience left ends the request. In an outage, when several
/// requests in a row have failed, one request at a time finds out whether it is over, at most ten seconds after the one before;
/// a `Retry-After` on a failure (5xx) keeps it back for a minute at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    patience: Duration,
    max_attempts: Option<u32>,
    first_wait: Duration,
    longest_wait: Duration,
}

impl Default for RetryPolicy {
    /// 120 s of patience, however many attempts that takes; waits from 0.5 s to 10 s.
    fn default() -> Self {
        RetryPolicy {
            patience: Duration::from_secs(120),
            max_attempts: None,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// One attempt; no retry.
    #[must_use]
    pub fn none() -> Self {
        RetryPolicy {
            max_attempts: Some(1),
            ..Self::default()
        }
    }

    /// How long after its first failure a request is still tried, two minutes by default; the last attempt is made at the end.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How many attempts a request gets, the first among them; 0 counts as 1.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// The bound of the first wait, 0.5 s by default.
    #[must_use]
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }

    /// The bound that no drawn wait exceeds, 10 s by default.
    #[must_use]
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// Whether nothing is ever tried again.
    pub(crate) fn is_single_try(&self) -> bool {
        self.patience.is_zero() || self.max_attempts.is_some_and(|most| most <= 1)
    }

    /// Until when a request is tried that first failed at `since`.
    pub(crate) fn deadline(&self, since: Duration) -> Duration {
        since.saturating_add(self.patience)
    }

    /// How long to wait in an outage before the next probe: it doubles, is at most `longest`, and is drawn from the last
    /// 5 % of that, so that the end of the outage is seen in time and an hour of it costs few requests.
    pub(crate) fn probe_wait(
        &self,
        failed_probes: u32,
        longest: Duration,
        chance: f64,
    ) -> Duration {
        let bound = self.bound(failed_probes).min(longest);
        bound.mul_f64(0.95 + 0.05 * chance.clamp(0.0, 1.0))
    }

    /// The longest wait after the first failure and `more_failures` further ones.
    fn bound(&self, more_failures: u32) -> Duration {
        self.first_wait
            .saturating_mul(2u32.saturating_pow(more_failures))
            .min(self.longest_wait)
    }

    /// How long to wait before the next attempt; `None` to give up.
    ///
    /// `failures` counts the attempts so far, which all failed; `since` is the time from the first failure; `least` is what
    /// HubSpot asked for; `chance` is between 0 and 1.
    pub(crate) fn next_wait(
        &self,
        failures: u32,
        since: Duration,
        least: Duration,
        chance: f64,
    ) -> Option<Duration> {
        let left = self
            .patience
            .checked_sub(since)
            .filter(|left| !left.is_zero())?;
        if self.max_attempts.is_some_and(|most| failures >= most) || least > left {
            return None;
        }
        let bound = self.bound(failures.saturating_sub(1));
        // The largest durations are more than a float can hold; no call waits that long anyway.
        let seconds = bound.as_secs_f64() * chance.clamp(0.0, 1.0);
        let drawn = Duration::try_from_secs_f64(seconds).unwrap_or(bound);
        Some(drawn.max(least).min(left))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::RetryPolicy;

    #[test]
    fn waits() {
        let ms = Duration::from_millis;
        let policy = RetryPolicy::default();
        let brief = || RetryPolicy::default().patience(ms(3000));
        // failures, since, asked for, chance → wait
        for (policy, failures, since, least, chance, wait) in [
            (policy.clone(), 1, ms(0), ms(0), 1.0, Some(ms(500))),
            (policy.clone(), 1, ms(0), ms(0), 0.0, Some(ms(0))),
            (policy.clone(), 2, ms(0), ms(0), 1.0, Some(ms(1000))),
            (policy.clone(), 5, ms(0), ms(0), 0.5, Some(ms(4000))),
            (policy.clone(), 9, ms(0), ms(0), 1.0, Some(ms(10_000))),
            (
                policy.clone(),
                u32::MAX,
                ms(0),
                ms(0),
                1.0,
                Some(ms(10_000)),
            ),
            // What HubSpot asks for is the least, unless patience ends before.
            (policy.clone(), 1, ms(0), ms(7000), 1.0, Some(ms(7000))),
            (
                policy.clone(),
                1,
                ms(0),
                ms(120_000),
                0.0,
                Some(ms(120_000)),
            ),
            (policy.clone(), 1, ms(0), ms(120_001), 0.0, None),
            (policy.clone(), 1, ms(60_000), ms(60_001), 0.0, None),
            // The last attempt is at the end of patience.
            (brief(), 4, ms(2500), ms(0), 1.0, Some(ms(500))),
            (brief(), 4, ms(3000), ms(0), 1.0, None),
            (brief(), 4, ms(9000), ms(0), 1.0, None),
            (brief().patience(ms(0)), 1, ms(0), ms(0), 1.0, None),
            (
                policy
                    .clone()
                    .patience(Duration::MAX)
                    .first_wait(Duration::MAX)
                    .longest_wait(Duration::MAX),
                9,
                ms(0),
                Duration::from_secs(u64::MAX),
                1.0,
                Some(Duration::MAX),
            ),
            (RetryPolicy::none(), 1, ms(0), ms(0), 1.0, None),
            (
                policy.clone().max_attempts(3),
                2,
                ms(0),
                ms(0),
                1.0,
                Some(ms(1000)),
            ),
            (policy.clone().max_attempts(3), 3, ms(0), ms(0), 1.0, None),
            (policy.clone().max_attempts(0), 1, ms(0), ms(0), 1.0, None),
        ] {
            let given = policy.next_wait(failures, since, least, chance);
            assert_eq!(
                given, wait,
                "{failures} failures, {since:?}, {least:?}, {chance}"
            );
        }
    }
}
