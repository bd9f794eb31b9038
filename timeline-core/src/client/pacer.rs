//! The pacer: never more requests in any window than the account may make.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::Clock;

/// How many requests may be made in how long.
///
/// HubSpot allows 110 in any ten seconds to each account that installs the app (documented); that is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// The requests in one interval; `None` for no limit.
    limit: Option<(u32, Duration)>,
}

impl RateLimit {
    /// At most `requests` in any `interval`. 0 requests count as 1.
    #[must_use]
    pub fn new(requests: u32, interval: Duration) -> Self {
        RateLimit {
            limit: Some((requests.max(1), interval)),
        }
    }

    /// No limit, for servers of your own such as the sandbox.
    #[must_use]
    pub fn unlimited() -> Self {
        RateLimit { limit: None }
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        RateLimit::new(110, Duration::from_secs(10))
    }
}

/// Hands out slots of the window. A slot is free again one interval after its answer came: whatever the way to the
/// server and back took, the server cannot see more than the limit in one window.
#[derive(Debug)]
pub(crate) struct Pacer {
    limit: RateLimit,
    window: Mutex<Window>,
    released: Notify,
}

#[derive(Debug, Default)]
struct Window {
    in_flight: usize,
    /// When the answers of the last interval came, oldest first.
    answered: VecDeque<Duration>,
}

#[derive(Debug, PartialEq)]
enum Turn {
    Now,
    At(Duration),
    WhenOneIsAnswered,
}

impl Window {
    /// Whether one more request may leave, and if not, what to wait for.
    fn turn(&mut self, now: Duration, requests: usize, interval: Duration) -> Turn {
        while self
            .answered
            .front()
            .is_some_and(|answer| answer.saturating_add(interval) <= now)
        {
            self.answered.pop_front();
        }
        if self.in_flight + self.answered.len() < requests {
            self.in_flight += 1;
            return Turn::Now;
        }
        match self.answered.front() {
            Some(answer) => Turn::At(answer.saturating_add(interval)),
            None => Turn::WhenOneIsAnswered,
        }
    }
}

/// Leave to make one request. Dropping it says that the answer has come, or that none is waited for any more.
pub(crate) struct Slot<'p> {
    pacer: &'p Pacer,
    clock: &'p dyn Clock,
}

impl Pacer {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Pacer {
            limit,
            window: Mutex::default(),
            released: Notify::new(),
        }
    }

    /// Waits for a slot.
    pub(crate) async fn slot<'p>(&'p self, clock: &'p dyn Clock) -> Slot<'p> {
        if let Some((requests, interval)) = self.limit.limit {
            let requests = usize::try_from(requests).unwrap_or(usize::MAX);
            loop {
                // Made before looking, so that a release in between is not missed.
                let released = self.released.notified();
                let now = clock.elapsed();
                let turn = self.window().turn(now, requests, interval);
                match turn {
                    Turn::Now => break,
                    Turn::At(time) => clock.sleep(time.saturating_sub(now)).await,
                    Turn::WhenOneIsAnswered => released.await,
                }
            }
        }
        Slot { pacer: self, clock }
    }

    fn window(&self) -> std::sync::MutexGuard<'_, Window> {
        // The window is whole between any two lines that could panic.
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if self.pacer.limit.limit.is_some() {
            let mut window = self.pacer.window();
            window.in_flight -= 1;
            window.answered.push_back(self.clock.elapsed());
            drop(window);
            self.pacer.released.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Turn, Window};

    const INTERVAL: Duration = Duration::from_secs(10);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_slot_is_free_again_one_interval_after_its_answer() {
        let mut window = Window::default();
        assert_eq!(window.turn(at(0), 2, INTERVAL), Turn::Now);
        assert_eq!(window.turn(at(0), 2, INTERVAL), Turn::Now);
        assert_eq!(window.turn(at(60), 2, INTERVAL), Turn::WhenOneIsAnswered);
        window.in_flight -= 1;
        window.answered.push_back(at(61));
        assert_eq!(window.turn(at(61), 2, INTERVAL), Turn::At(at(71)));
        assert_eq!(window.turn(at(70), 2, INTERVAL), Turn::At(at(71)));
        assert_eq!(window.turn(at(71), 2, INTERVAL), Turn::Now);
        assert_eq!(window.turn(at(71), 2, INTERVAL), Turn::WhenOneIsAnswered);
        window.answered.push_back(at(72));
        let forever = Turn::At(Duration::MAX);
        assert_eq!(window.turn(at(73), 2, Duration::MAX), forever);
    }
}
