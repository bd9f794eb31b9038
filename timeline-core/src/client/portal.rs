//! One account: its tokens and its pace. All clients of a root that are for the same account share them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::breaker::CircuitBreaker;
use super::credentials::Credentials;
use super::oauth::Hooks;
use super::pacer::{Pacer, RateLimit};
use super::tokens::Tokens;

/// What a client knows of its account.
pub(crate) struct Portal {
    pub(crate) id: Option<u64>,
    pub(crate) tokens: Tokens,
    pub(crate) traffic: Traffic,
}

/// What controls the requests to an account, whatever their tokens.
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

    /// Whether the traffic can be dropped: nothing that it remembers is needed any more.
    fn is_idle(&self, now: Duration) -> bool {
        // The move of an account is never forgotten.
        !self.has_moved.load(Ordering::Acquire) && self.is_quiet(now)
    }

    /// Whether neither requests nor an outage count any more.
    fn is_quiet(&self, now: Duration) -> bool {
        self.breaker.is_idle(now) && self.pacer.is_idle(now)
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
        self.tokens.is_idle(now) && self.traffic.is_idle(now)
    }

    /// Whether only the root holds the account. Clients with other credentials do not hold it, but they hold its pacer.
    fn is_let_go(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1 && Arc::strong_count(&self.traffic.pacer) == 1
    }
}

/// The accounts of a root. An account that no client holds any more is kept as long as there is something to remember:
/// requests in its window, a token that is fresh.
pub(crate) struct Portals(Mutex<PortalTable>);

struct PortalTable {
    portals: HashMap<u64, Entry>,
    /// When so many accounts are known, those that can be forgotten are removed.
    next_look: usize,
}

enum Entry {
    Whole(Arc<Portal>),
    /// No client holds the account, and nothing of its traffic counts any more but a move.
    Resting(Box<Resting>),
}

/// What is remembered of an account at rest.
struct Resting {
    tokens: Tokens,
    has_moved: bool,
}

impl Entry {
    fn tokens(&self) -> &Tokens {
        match self {
            Entry::Whole(portal) => &portal.tokens,
            Entry::Resting(resting) => &resting.tokens,
        }
    }

    /// The account's traffic; a new one if the account is at rest.
    fn traffic(&self, fresh: impl FnOnce() -> Traffic) -> Traffic {
        match self {
            Entry::Whole(portal) => portal.traffic.clone(),
            Entry::Resting(resting) => {
                let traffic = fresh();
                if resting.has_moved {
                    traffic.has_moved.store(true, Ordering::Release);
                }
                traffic
            }
        }
    }

    /// Whether no client holds the account, and there is nothing to remember.
    fn is_over(&self, now: Duration) -> bool {
        match self {
            Entry::Whole(portal) => portal.is_let_go() && portal.is_idle(now),
            Entry::Resting(resting) => !resting.has_moved && resting.tokens.is_idle(now),
        }
    }

    /// The entry without what it does not need as long as no client holds the account.
    fn at_rest(self, now: Duration) -> Self {
        let portal = match self {
            Entry::Whole(portal) => portal,
            resting @ Entry::Resting(_) => return resting,
        };
        portal.traffic.pacer.rest(now);
        if !portal.is_let_go() || !portal.traffic.is_quiet(now) {
            return Entry::Whole(portal);
        }
        match Arc::try_unwrap(portal) {
            Ok(portal) => Entry::Resting(Box::new(Resting {
                has_moved: portal.traffic.has_moved.load(Ordering::Acquire),
                tokens: portal.tokens,
            })),
            Err(portal) => Entry::Whole(portal),
        }
    }
}

/// The number of accounts at which some are removed for the first time.
const MANY: usize = 64;

impl Portals {
    pub(super) fn new(own: &Arc<Portal>) -> Self {
        let own = own.id.map(|id| (id, Entry::Whole(Arc::clone(own))));
        Portals(Mutex::new(PortalTable {
            portals: own.into_iter().collect(),
            next_look: MANY,
        }))
    }

    /// The account with this id: the one that is known, or a new one with this traffic. Credentials that differ from those
    /// in use take their place for this and later clients, at the same pace.
    pub(super) fn get(
        &self,
        id: u64,
        credentials: Credentials,
        traffic: impl FnOnce() -> Traffic,
        now: Duration,
    ) -> Arc<Portal> {
        // Forgotten entries are dropped after the lock: they may hold the user's functions, which run code when they are
        // dropped.
        let mut forgotten: Vec<Entry> = Vec::new();
        let replaced;
        let mut known = self.lock();
        let before = known.portals.remove(&id);
        let is_same = before
            .as_ref()
            .is_some_and(|before| before.tokens().are_from(&credentials));
        if let Some(Entry::Whole(portal)) = &before
            && is_same
        {
            let portal = Arc::clone(portal);
            replaced = portal.tokens.adopt(&credentials);
            known.portals.extend(before.map(|before| (id, before)));
            drop(known);
            drop(replaced);
            return portal;
        }
        let traffic = match &before {
            Some(before) => before.traffic(traffic),
            None => traffic(),
        };
        let tokens = match before {
            Some(Entry::Resting(resting)) if is_same => {
                replaced = resting.tokens.adopt(&credentials);
                resting.tokens
            }
            before => {
                replaced = Hooks::default();
                let tokens = Tokens::new(credentials, Some(id));
                if let Some(before) = &before {
                    tokens.remember(before.tokens());
                }
                forgotten.extend(before);
                tokens
            }
        };
        let portal = Arc::new(Portal::new(Some(id), tokens, traffic));
        let whole = Entry::Whole(Arc::clone(&portal));
        known.portals.insert(id, whole);
        if known.portals.len() >= known.next_look {
            let gone = known.portals.extract_if(|_, entry| entry.is_over(now));
            forgotten.extend(gone.map(|(_, entry)| entry));
            known.next_look = MANY.max(2 * known.portals.len());
        }
        drop(known);
        drop((forgotten, replaced));
        portal
    }

    /// The traffic of the account with this id; a new one if the account is not known.
    pub(super) fn traffic(&self, id: u64, fresh: impl FnOnce() -> Traffic) -> Traffic {
        match self.lock().portals.get(&id) {
            Some(entry) => entry.traffic(fresh),
            None => fresh(),
        }
    }

    /// Frees what an idle account does not need: all of it, if there is nothing to remember.
    pub(super) fn rest(&self, id: u64, now: Duration) {
        let mut known = self.lock();
        let mut entry = known.portals.remove(&id);
        if let Some(resting) = entry.take_if(|entry| !entry.is_over(now)) {
            known.portals.insert(id, resting.at_rest(now));
        }
        drop(known);
        // The entry may hold the user's functions, so it is dropped after the lock.
        drop(entry);
    }

    fn lock(&self) -> MutexGuard<'_, PortalTable> {
        // Nothing between the locks panics. If it did, an account could be missing, and would be made anew.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Entry, MANY, Ordering, Portal, Portals, Tokens, Traffic};
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

    /// Each of the things that are remembered is enough to keep an account.
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

    /// At rest, an account keeps its access token and functions, and as little else as there is to remember.
    #[test]
    fn an_account_at_rest_is_found_again() {
        let (portals, now) = (portals(), Duration::from_secs(100));
        let oauth = |refresh| OAuth::new("app", "secret", refresh);
        let is_resting = |id| match portals.lock().portals.get(&id) {
            Some(Entry::Resting(_)) => Some(true),
            Some(Entry::Whole(_)) => Some(false),
            None => None,
        };
        for id in [7, 8] {
            let held = get(&portals, id, oauth("a"));
            held.tokens.keep_token("token");
            portals.rest(id, now);
            assert_eq!(is_resting(id), Some(false), "a client holds it");
            let other = get(&portals, id, oauth("b"));
            other.tokens.keep_token("token");
            drop(other);
            portals.rest(id, now);
            assert_eq!(is_resting(id), Some(false), "a client holds its pace");
            drop(held);
            portals.rest(id, now);
            assert_eq!(is_resting(id), Some(true));
        }
        let again = get(&portals, 7, oauth("b"));
        assert!(!again.tokens.is_idle(now), "its token is remembered");
        // A move is remembered, too.
        again.traffic.has_moved.store(true, Ordering::Release);
        drop(again);
        portals.rest(7, now);
        assert_eq!(is_resting(7), Some(true));
        let has_moved = |traffic: &Traffic| traffic.has_moved.load(Ordering::Acquire);
        assert!(has_moved(&portals.traffic(7, traffic)));
        assert!(has_moved(&get(&portals, 7, oauth("b")).traffic));
        portals.rest(7, now);
        assert!(has_moved(&get(&portals, 7, oauth("d")).traffic));
        let anew = get(&portals, 8, oauth("c"));
        assert!(anew.tokens.is_idle(now));
        // Nothing to remember.
        drop(anew);
        portals.rest(8, now);
        assert_eq!(is_resting(8), None);
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
