//! The pacer: never more requests in any window than the account may make.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::select;
use tokio::sync::{Mutex as Turnstile, Notify};

use super::clock::Clock;

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

/// What HubSpot tells of the account's limit with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) most: usize,
    pub(crate) remaining: usize,
    pub(crate) interval: Duration,
}

/// Hands out slots of the window. A slot is free again one interval after its answer came. So the server cannot see more
/// than the limit in one window, however long the way there and back takes.
///
/// Other processes may share the account. If HubSpot says that more is used up than our own requests, the rest is theirs,
/// and fewer of ours may leave. The free slots are for all processes, so each process has only its share of them under way
/// at once.
#[derive(Debug)]
pub(crate) struct Pacer {
    limit: RateLimit,
    window: Mutex<Window>,
    released: Notify,
    /// Requests that wait are served in their order.
    line: Turnstile<()>,
}

#[derive(Debug, Default)]
struct Window {
    in_flight: usize,
    /// When the answers of the last interval came, oldest first, and whether they were a 429.
    answered: VecDeque<(Duration, bool)>,
    /// Slots handed out since the beginning.
    sent: u64,
    /// The account's limit, as HubSpot said last.
    most: Option<usize>,
    /// How many requests of other processes HubSpot had counted, and when it said so, oldest first. Of the last interval,
    /// only the counts that no later count reaches are kept, so the first is the highest. The highest counts for a whole
    /// interval: others' slots, like ours, come free before they are used again, and a pacer that used them at once would
    /// take them from others.
    others: VecDeque<(Duration, usize)>,
    /// Whether other processes had requests in the window when HubSpot last counted.
    is_shared: bool,
}

#[derive(Debug, PartialEq)]
enum Turn {
    /// With our share of the window at this moment.
    Now(ShareAtDeparture),
    At(Duration),
    WhenOneIsAnswered,
}

/// Our share of the window when a request left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ShareAtDeparture {
    /// Our requests in the window, without those that were refused: HubSpot may not have counted them.
    ours: usize,
    sent: u64,
}

impl Window {
    /// Whether one more request may leave, and if not, what to wait for.
    fn turn(&mut self, now: Duration, requests: usize, interval: Duration) -> Turn {
        self.forget(now, interval);
        let ours = self.in_flight + self.answered.len();
        if ours < requests && self.leaves_room(ours) {
            self.in_flight += 1;
            self.sent += 1;
            let refused = self.refused();
            return Turn::Now(ShareAtDeparture {
                ours: ours + 1 - refused,
                sent: self.sent,
            });
        }
        match self.answered.front() {
            Some((answer, _)) => Turn::At(answer.saturating_add(interval)),
            None => Turn::WhenOneIsAnswered,
        }
    }

    /// Whether what is known of others leaves room for one more of ours.
    fn leaves_room(&self, ours: usize) -> bool {
        // Without a request of ours in the window we would hear nothing of the account's limit, so one may always leave.
        let (Some(most), true) = (self.most, ours > 0) else {
            return true;
        };
        if self.others.is_empty() {
            // What was known of others is too old: one request asks, and the rest wait for its answer.
            return !self.is_shared || self.in_flight == 0;
        }
        let others = self.others();
        let answered = self.answered.len();
        let free = (most - self.margin(most)).saturating_sub(others + answered);
        // Every process sees the free slots and takes them at the same time. So each may use of the free slots the same
        // share that it has of the used ones, and at least one, since without a request it would hear nothing.
        let is_our_part = || (self.in_flight + 1) * (answered + others) <= free * answered;
        free > self.in_flight && (others == 0 || self.in_flight == 0 || is_our_part())
    }

    /// A few slots stay free if there are other processes: what is known of them is as old as the last answer.
    fn margin(&self, most: usize) -> usize {
        if self.others() > 0 { most / 40 } else { 0 }
    }

    fn refused(&self) -> usize {
        self.answered.iter().filter(|(_, refused)| *refused).count()
    }

    fn others(&self) -> usize {
        self.others.front().map_or(0, |(_, others)| *others)
    }

    fn forget(&mut self, now: Duration, interval: Duration) {
        while self
            .others
            .front()
            .is_some_and(|(said, _)| said.saturating_add(interval) <= now)
        {
            self.others.pop_front();
        }
        while self
            .answered
            .front()
            .is_some_and(|(answer, _)| answer.saturating_add(interval) <= now)
        {
            self.answered.pop_front();
        }
    }

    /// Takes in what HubSpot said with the answer to a request that left at `share`.
    ///
    /// Of our requests, HubSpot may have counted all that were in the window then and all that have left since. What it
    /// counted beyond them is others'. When in doubt, this assumes fewer requests by others. After a 429 it counts only our
    /// accepted requests, so that others are not underestimated.
    fn learn(
        &mut self,
        allowance: Allowance,
        refused: bool,
        share: ShareAtDeparture,
        now: Duration,
    ) {
        let ours = if refused {
            self.answered.len() - self.refused()
        } else {
            let since = self.sent.saturating_sub(share.sent);
            let since = usize::try_from(since).unwrap_or(usize::MAX);
            share.ours.saturating_add(since)
        };
        let used = allowance.most.saturating_sub(allowance.remaining);
        let others = used.saturating_sub(ours);
        self.most = Some(allowance.most);
        while self
            .others
            .back()
            .is_some_and(|(_, before)| *before <= others)
        {
            self.others.pop_back();
        }
        self.others.push_back((now, others));
        self.is_shared = self.others() > 0;
    }
}

/// A slot of the window, for one request. Dropping it says that the answer has come, or that none is waited for any more.
#[derive(Debug)]
pub(crate) struct Slot {
    pacer: Arc<Pacer>,
    clock: Arc<dyn Clock>,
    share: ShareAtDeparture,
    refused: bool,
}

impl Pacer {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Pacer {
            limit,
            window: Mutex::default(),
            released: Notify::new(),
            line: Turnstile::new(()),
        }
    }

    /// Waits for a slot.
    pub(crate) async fn slot(self: &Arc<Self>, clock: &Arc<dyn Clock>) -> Slot {
        let mut share = ShareAtDeparture::default();
        if let Some((requests, interval)) = self.limit.limit {
            let requests = usize::try_from(requests).unwrap_or(usize::MAX);
            let first = self.line.lock().await;
            share = loop {
                // Made before looking, so that a release in between is not missed.
                let released = self.released.notified();
                let now = clock.elapsed();
                let turn = self.window().turn(now, requests, interval);
                match turn {
                    Turn::Now(share) => break share,
                    // What HubSpot says with another answer may make room sooner.
                    Turn::At(time) => {
                        let sleep = clock.sleep(time.saturating_sub(now));
                        select(sleep, Box::pin(released)).await;
                    }
                    Turn::WhenOneIsAnswered => released.await,
                }
            };
            drop(first);
        }
        Slot {
            pacer: Arc::clone(self),
            clock: Arc::clone(clock),
            share,
            refused: false,
        }
    }

    /// Whether the pacer can be dropped: no request counts any more. A new one does not know whether other processes share the
    /// account, and learns that from the next answer.
    pub(super) fn is_idle(&self, now: Duration) -> bool {
        let Some((_, interval)) = self.limit.limit else {
            return true;
        };
        let mut window = self.window();
        window.forget(now, interval);
        window.in_flight == 0 && window.answered.is_empty()
    }

    /// Frees the memory of requests that no longer count.
    pub(super) fn rest(&self, now: Duration) {
        if let Some((_, interval)) = self.limit.limit {
            let mut window = self.window();
            window.forget(now, interval);
            window.answered.shrink_to_fit();
            window.others.shrink_to_fit();
        }
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        // No panic can leave the window half changed.
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Notes that the answer has come: what HubSpot says in it of the account's limit, and whether it is a 429 (`refused`).
    pub(crate) fn answered(mut self, allowance: Option<Allowance>, refused: bool) {
        self.refused = refused;
        // A limit for another interval than ours is another limit, a daily one for instance.
        if let (Some(allowance), Some((_, interval))) = (allowance, self.pacer.limit.limit)
            && allowance.interval == interval
            && allowance.most > 0
        {
            let now = self.clock.elapsed();
            self.pacer
                .window()
                .learn(allowance, refused, self.share, now);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.pacer.limit.limit.is_some() {
            let mut window = self.pacer.window();
            window.in_flight -= 1;
            window
                .answered
                .push_back((self.clock.elapsed(), self.refused));
            drop(window);
            self.pacer.released.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests;
