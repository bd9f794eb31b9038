//! One account: its tokens and its pace. All clients of a root that are for the same account share them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::breaker::CircuitBreaker;
use super::credentials::{Credentials, Tokens};
use super::pacer::{Pacer, RateLimit};

/// What a client knows of its account.
pub(crate) struct Portal {
    pub(crate) id: Option<u64>,
    pub(crate) tokens: Tokens,
    pub(crate) traffic: Traffic,
}

/// How requests get through to the account, whatever their tokens.
#[derive(Clone)]
pub(crate) struct Traffic {
    pub(crate) pacer: Arc<Pacer>,
    pub(crate) breaker: Arc<CircuitBreaker>,
    /// Whether the account has been found to have moved from v3 to app events.
    pub(super) has_moved: Arc<AtomicBool>,
}

impl Traffic {
    pub(super) fn new(rate_limit: RateLimit) -> Self {
        Traffic {
            pacer: Arc::new(Pacer::new(rate_limit)),
            breaker: Arc::default(),
            has_moved: Arc::default(),
        }
    }
}

impl Portal {
    pub(super) fn new(id: Option<u64>, tokens: Tokens, traffic: Traffic) -> Self {
        Portal {
            id,
            tokens,
            traffic,
        }
    }

    fn is_idle(&self, now: Duration) -> bool {
        // Of one that has moved that is remembered.
        !self.traffic.has_moved.load(Ordering::Acquire)
            && self.tokens.is_idle(now)
            && self.traffic.breaker.is_idle(now)
            && self.traffic.pacer.is_idle(now)
    }
}

/// The accounts of a root. An account that no client holds any more is kept as long as there is something to remember:
/// requests in its window, a token that is fresh.
pub(crate) struct Portals(Mutex<Known>);

struct Known {
    portals: HashMap<u64, Arc<Portal>>,
    /// When so many are known, those that can be forgotten are.
    next_look: usize,
}

/// The first look at what can be forgotten.
const MANY: usize = 64;

impl Portals {
    pub(super) fn new(own: &Arc<Portal>) -> Self {
        let own = own.id.map(|id| (id, Arc::clone(own)));
        Portals(Mutex::new(Known {
            portals: own.into_iter().collect(),
            next_look: MANY,
        }))
    }

    /// The account with this id: the one that is known, or a new one with this traffic. Other credentials than those in use
    /// take their place for this and later clients, at the same pace.
    pub(super) fn get(
        &self,
        id: u64,
        credentials: Credentials,
        traffic: impl FnOnce() -> Traffic,
        now: Duration,
    ) -> Arc<Portal> {
        // What is forgotten may hold the user's functions, and what they hold runs code when it is dropped: after the lock.
        let mut forgotten = Vec::new();
        let mut known = self.lock();
        let before = known.portals.get(&id);
        if let Some(portal) = before.filter(|portal| portal.tokens.are_from(&credentials)) {
            portal.tokens.adopt(&credentials);
            return Arc::clone(portal);
        }
        let traffic = before.map_or_else(traffic, |before| before.traffic.clone());
        let tokens = Tokens::new(credentials, Some(id));
        let portal = Arc::new(Portal::new(Some(id), tokens, traffic));
        forgotten.extend(known.portals.insert(id, Arc::clone(&portal)));
        if known.portals.len() >= known.next_look {
            let gone = known.portals.extract_if(|_, portal| is_over(portal, now));
            forgotten.extend(gone.map(|(_, portal)| portal));
            known.next_look = MANY.max(2 * known.portals.len());
        }
        drop(known);
        drop(forgotten);
        portal
    }

    /// The traffic of the account with this id, if it is known.
    pub(super) fn traffic(&self, id: u64) -> Option<Traffic> {
        let known = self.lock();
        Some(known.portals.get(&id)?.traffic.clone())
    }

    /// The account is asleep: what it does not need until it wakes is given back. It is forgotten if there is nothing to
    /// remember.
    pub(super) fn rest(&self, id: u64, now: Duration) {
        let mut known = self.lock();
        let Some(portal) = known.portals.get(&id) else {
            return;
        };
        portal.traffic.pacer.rest(now);
        let forgotten = is_over(portal, now).then(|| known.portals.remove(&id));
        drop(known);
        // It may hold the user's functions.
        drop(forgotten);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // A panic in between leaves at most one account too many.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether no client holds the account, and there is nothing to remember.
fn is_over(portal: &Arc<Portal>, now: Duration) -> bool {
    // The pace is also held by clients that have other credentials.
    Arc::strong_count(portal) == 1
        && Arc::strong_count(&portal.traffic.pacer) == 1
        && portal.is_idle(now)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{MANY, Ordering, Portal, Portals, Tokens, Traffic};
    use crate::client::clock::SystemClock;
    use crate::client::{Credentials, OAuth, RateLimit};

    fn traffic() -> Traffic {
        Traffic::new(RateLimit::default())
    }

    fn portals() -> Portals {
        let tokens = Tokens::new(Credentials::access_token("own"), Some(1));
        Portals::new(&Arc::new(Portal::new(Some(1), tokens, traffic())))
    }

    fn get(portals: &Portals, id: u64, credentials: impl Into<Credentials>) -> Arc<Portal> {
        let now = Duration::from_secs(100);
        portals.get(id, credentials.into(), traffic, now)
    }

    #[test]
    fn equal_credentials_share_tokens_and_others_the_pace() {
        let portals = portals();
        let oauth = |refresh| OAuth::new("app", "secret", refresh);
        let first = get(&portals, 7, oauth("a"));
        assert!(Arc::ptr_eq(&first, &get(&portals, 7, oauth("a"))));
        let other = get(&portals, 7, oauth("b"));
        assert!(!Arc::ptr_eq(&first, &other));
        assert!(Arc::ptr_eq(&first.traffic.pacer, &other.traffic.pacer));
        assert!(Arc::ptr_eq(&first.traffic.breaker, &other.traffic.breaker));
        assert!(Arc::ptr_eq(&other, &get(&portals, 7, oauth("b"))));
        let stranger = get(&portals, 8, oauth("a"));
        assert!(!Arc::ptr_eq(&first.traffic.pacer, &stranger.traffic.pacer));
    }

    #[test]
    fn the_roots_own_account_is_known() {
        let portals = portals();
        let own = get(&portals, 1, Credentials::access_token("own"));
        assert!(Arc::ptr_eq(
            &own,
            &get(&portals, 1, Credentials::access_token("own"))
        ));
    }

    #[test]
    fn accounts_that_no_client_holds_are_forgotten_in_time() {
        let portals = portals();
        let held = get(&portals, 2, Credentials::access_token("held"));
        for id in 3..3 + 10 * MANY as u64 {
            drop(get(&portals, id, Credentials::access_token("gone")));
        }
        let known = portals.lock().portals.len();
        assert!(known <= MANY, "{known} accounts");
        assert!(Arc::ptr_eq(
            &held,
            &get(&portals, 2, Credentials::access_token("held"))
        ));
    }

    /// Each of the things that are remembered is enough.
    #[test]
    fn an_account_with_something_to_remember_is_not_idle() {
        let now = Duration::from_secs(100);
        let portal = |credentials: Credentials| {
            let tokens = Tokens::new(credentials, Some(1));
            Portal::new(Some(1), tokens, traffic())
        };
        let fixed = || portal(Credentials::access_token("own"));
        assert!(fixed().is_idle(now));
        let moved = fixed();
        moved.traffic.has_moved.store(true, Ordering::Release);
        assert!(!moved.is_idle(now));
        let busy = fixed();
        let clock: Arc<dyn crate::client::Clock> = Arc::new(SystemClock::new());
        let slot = futures_util::FutureExt::now_or_never(busy.traffic.pacer.slot(&clock));
        assert!(slot.is_some() && !busy.is_idle(now));
    }

    #[test]
    fn the_pace_of_an_account_that_a_client_holds_is_not_forgotten() {
        let portals = portals();
        let held = get(&portals, 2, Credentials::access_token("held"));
        drop(get(&portals, 2, Credentials::access_token("other")));
        for id in 3..3 + 10 * MANY as u64 {
            drop(get(&portals, id, Credentials::access_token("gone")));
        }
        let again = get(&portals, 2, Credentials::access_token("held"));
        assert!(Arc::ptr_eq(&held.traffic.pacer, &again.traffic.pacer));
    }
}
