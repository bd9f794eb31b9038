//! Time, as the client sees it: injected, so that no test has to wait.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Where the client reads the time and waits.
///
/// The default is the system's clock. Tests give a `TestClock` (feature `sandbox`) to client and sandbox; with it, waits
/// end at once.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time of day, for ids and timestamps. It may jump.
    fn now(&self) -> SystemTime;

    /// The time since some fixed moment, for measuring. It never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Called when something begins that the time must wait for, such as a request.
    fn hold(&self) {}

    /// Called when what [`hold`](Self::hold) announced has ended.
    fn release(&self) {}
}

pub(crate) struct Held(Arc<dyn Clock>);

impl Held {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        clock.hold();
        Held(clock)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// The system's clock and tokio's timer.
#[derive(Debug)]
pub(crate) struct SystemClock(Instant);

impl SystemClock {
    pub(crate) fn new() -> Self {
        SystemClock(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(time))
    }
}
