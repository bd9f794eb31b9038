//! Time that a test moves.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::client::Clock;

/// A clock that stands still until somebody moves it, and on which nobody waits.
///
/// Give the same one to the client and to the sandbox. Whoever sleeps moves the time to the end of its sleep and goes
/// on at once, so a test of an hour's outage takes milliseconds. Clones share the time.
///
/// The time starts at 2026-08-01T12:00:00Z, or where [`starting_at`](Self::starting_at) says.
///
/// ```
/// use std::time::Duration;
/// use timeline_core::Clock;
/// use timeline_core::sandbox::TestClock;
///
/// let clock = TestClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(1800));
/// assert_eq!(clock.now(), before + Duration::from_secs(1800));
/// assert_eq!(clock.elapsed(), Duration::from_secs(1800));
/// ```
#[derive(Clone)]
pub struct TestClock {
    start: SystemTime,
    elapsed: Arc<Mutex<Duration>>,
}

impl TestClock {
    /// A clock at 2026-08-01T12:00:00Z.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(UNIX_EPOCH + Duration::from_secs(1_785_585_600))
    }

    /// A clock at a time of your choice.
    #[must_use]
    pub fn starting_at(start: SystemTime) -> Self {
        TestClock {
            start,
            elapsed: Arc::default(),
        }
    }

    /// Moves the time on.
    pub fn advance(&self, time: Duration) {
        let mut elapsed = self.lock();
        *elapsed = elapsed.saturating_add(time);
    }

    fn lock(&self) -> MutexGuard<'_, Duration> {
        // A Duration is never left half written, so a panic elsewhere has spoilt nothing.
        self.elapsed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClock")
            .field("elapsed", &*self.lock())
            .finish_non_exhaustive()
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        let elapsed = *self.lock();
        self.start.checked_add(elapsed).unwrap_or(self.start)
    }

    fn elapsed(&self) -> Duration {
        *self.lock()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let end = self.lock().saturating_add(time);
        Box::pin(Jump {
            clock: self,
            end,
            begun: false,
        })
    }
}

/// Moves the time when it is first polled, and lets others run once before it is done: a loop that sleeps must not
/// keep a single-threaded runtime to itself.
struct Jump<'c> {
    clock: &'c TestClock,
    end: Duration,
    begun: bool,
}

impl Future for Jump<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.begun {
            return Poll::Ready(());
        }
        self.begun = true;
        let mut elapsed = self.clock.lock();
        *elapsed = self.end.max(*elapsed);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
