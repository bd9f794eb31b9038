//! A clock for tests, which moves without real waiting.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::client::Clock;

/// A clock that moves only while all tasks sleep, and then at once to the end of the shortest sleep.
///
/// Give the same clock to the client and to the sandbox: a test of an outage of an hour then takes milliseconds, and
/// everything happens in the same order as in real time. While a request is under way the time stands still, except
/// during the delay that a fault asks for. The time moves on while a function of yours works, such as `on_refresh`: a
/// function that waits for a disk can call [`hold`](Clock::hold) before and [`release`](Clock::release) after. Clones
/// share the time.
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
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    elapsed: Duration,
    /// The requests under way, without those in a delay. Negative after a client hangs up during a delay.
    held: i64,
    /// The number of changes so far.
    changes: u64,
    /// How often the sleep that ends first was polled.
    beats: u64,
    /// The key is the end of the sleep and a unique number.
    sleepers: BTreeMap<(Duration, u64), Option<Waker>>,
    next: u64,
}

impl Shared {
    /// Counts a change and wakes the sleeps that are over, and the next one.
    fn change(&mut self) {
        self.changes += 1;
        let elapsed = self.elapsed;
        let due = self
            .sleepers
            .iter_mut()
            .enumerate()
            .take_while(|(place, ((end, _), _))| *place == 0 || *end <= elapsed);
        for (_, (_, waker)) in due {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }
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
            shared: Arc::default(),
        }
    }

    /// Moves the time forward.
    pub fn advance(&self, time: Duration) {
        let mut shared = self.lock();
        shared.elapsed = shared.elapsed.saturating_add(time);
        shared.change();
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // No code panics between two changes that belong together, so the state is whole.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
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
            .field("elapsed", &self.lock().elapsed)
            .finish_non_exhaustive()
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        let elapsed = self.lock().elapsed;
        self.start.checked_add(elapsed).unwrap_or(self.start)
    }

    fn elapsed(&self) -> Duration {
        self.lock().elapsed
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut shared = self.lock();
        let key = (shared.elapsed.saturating_add(time), shared.next);
        shared.next += 1;
        shared.change();
        shared.sleepers.insert(key, None);
        Box::pin(Sleep {
            clock: self,
            key,
            seen: shared.changes,
            polls: 0,
            since: Instant::now(),
            patience: None,
        })
    }

    fn hold(&self) {
        let mut shared = self.lock();
        shared.held += 1;
        shared.change();
    }

    fn release(&self) {
        let mut shared = self.lock();
        shared.held -= 1;
        shared.change();
    }
}

struct Sleep<'c> {
    clock: &'c TestClock,
    key: (Duration, u64),
    /// The last change that this sleep has seen, and the number of polls and the time since.
    seen: u64,
    polls: u32,
    since: Instant,
    /// For a sleep that does not end first: a real time limit, and how often the one that ends first had been polled
    /// when the limit began.
    patience: Option<(Pin<Box<tokio::time::Sleep>>, u64)>,
}

/// All tasks count as asleep if nothing changes for this many polls and this time: every other task can be polled in
/// between, and another thread can run. A runtime of one thread polls its tasks 61 times before it polls the future of
/// `block_on`.
const QUIET_POLLS: u32 = 150;
const QUIET_TIME: Duration = Duration::from_micros(100);

/// Polls for each yield of the thread: on a busy machine, a yield takes as long as all other threads want to run.
const POLLS_A_YIELD: u32 = 25;

/// After this real time without a change the sleep that ends first counts as abandoned, if no task has polled it meanwhile.
const DORMANT: Duration = Duration::from_secs(1);

impl Sleep<'_> {
    /// Ready once nothing has changed for [`DORMANT`], and the sleep that ends first was not polled either: on a busy
    /// machine, a task may take long for the polls that show that all tasks sleep.
    fn poll_patience(&mut self, beats: u64, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let begin = || (Box::pin(tokio::time::sleep(DORMANT)), beats);
            let (patience, began) = self.patience.get_or_insert_with(begin);
            ready!(patience.as_mut().poll(context));
            if *began == beats {
                return Poll::Ready(());
            }
            self.patience = None;
        }
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut shared = this.clock.lock();
        let (end, _) = this.key;
        if shared.elapsed >= end && this.polls > 0 {
            return Poll::Ready(());
        }
        if this.seen != shared.changes {
            this.seen = shared.changes;
            this.polls = 0;
            this.since = Instant::now();
            this.patience = None;
        }
        this.polls += 1;
        let is_due = shared.elapsed >= end;
        let is_first = shared.sleepers.keys().next() == Some(&this.key);
        shared.beats = shared.beats.wrapping_add(u64::from(is_first));
        let is_quiet = this.polls > QUIET_POLLS && this.since.elapsed() > QUIET_TIME;
        let is_next = shared.held <= 0
            && match is_first {
                true => is_quiet,
                false => !is_due && this.poll_patience(shared.beats, context).is_ready(),
            };
        if is_next {
            shared.elapsed = end.max(shared.elapsed);
            shared.change();
            return Poll::Ready(());
        }
        if is_due || (is_first && shared.held <= 0) {
            // Lets other tasks run, and now and then other threads.
            context.waker().wake_by_ref();
            drop(shared);
            if this.polls.is_multiple_of(POLLS_A_YIELD) {
                std::thread::yield_now();
            }
        } else if let Some(waker) = shared.sleepers.get_mut(&this.key) {
            *waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        let mut shared = self.clock.lock();
        shared.sleepers.remove(&self.key);
        shared.change();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use futures_util::future::{join, join_all, select};

    use super::{Clock, TestClock};

    fn run<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.expect("a runtime").block_on(future)
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn sleeps_end_in_the_order_of_their_ends() {
        let clock = TestClock::new();
        let order = Arc::new(Mutex::new(Vec::new()));
        let sleepers = [(1, 70), (2, 30), (3, 50)].map(|(name, step)| {
            let (clock, order) = (clock.clone(), Arc::clone(&order));
            async move {
                for _ in 0..3 {
                    clock.sleep(ms(step)).await;
                    order
                        .lock()
                        .expect("whole")
                        .push((clock.elapsed().as_millis(), name));
                }
            }
        });
        run(join_all(sleepers));
        let order = order.lock().expect("whole").clone();
        let expected = [
            (30, 2),
            (50, 3),
            (60, 2),
            (70, 1),
            (90, 2),
            (100, 3),
            (140, 1),
            (150, 3),
            (210, 1),
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn the_time_stands_still_while_something_is_under_way() {
        let clock = TestClock::new();
        clock.hold();
        let other = clock.clone();
        let released = async {
            for _ in 0..200 {
                tokio::task::yield_now().await;
                assert_eq!(other.elapsed(), ms(0));
            }
            other.release();
        };
        run(join(clock.sleep(ms(10)), released));
        assert_eq!(clock.elapsed(), ms(10));
    }

    #[test]
    fn a_task_that_can_run_runs_before_the_time_moves() {
        let clock = TestClock::new();
        let other = clock.clone();
        let busy = async {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            other.sleep(ms(1)).await;
            other.elapsed()
        };
        let (_, elapsed) = run(join(clock.sleep(ms(1000)), busy));
        assert_eq!(elapsed, ms(1));
    }

    #[test]
    fn a_dropped_sleep_does_not_stop_the_clock() {
        let clock = TestClock::new();
        let (short, long) = (clock.sleep(ms(10)), clock.sleep(ms(50)));
        let waiting = async {
            drop(select(short, Box::pin(tokio::task::yield_now())).await);
        };
        run(join(waiting, long));
        assert_eq!(clock.elapsed(), ms(50));
    }

    #[test]
    fn a_sleep_that_no_task_polls_does_not_stop_the_clock() {
        let clock = TestClock::new();
        let mut dormant = clock.sleep(ms(10));
        let (polled, _) = run(async {
            let once = select(&mut dormant, Box::pin(tokio::task::yield_now())).await;
            drop(once);
            join(clock.sleep(ms(50)), async {}).await
        });
        assert_eq!((polled, clock.elapsed()), ((), ms(50)));
        run(dormant);
        assert_eq!(clock.elapsed(), ms(50));
    }

    #[test]
    fn a_test_can_move_the_time() {
        let clock = TestClock::new();
        clock.hold();
        let other = clock.clone();
        let moved = async {
            tokio::task::yield_now().await;
            other.advance(Duration::from_secs(3600));
        };
        run(join(clock.sleep(ms(10)), moved));
        assert_eq!(clock.elapsed(), Duration::from_secs(3600));
    }
}
