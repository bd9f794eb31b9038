//! A relay that looks up accounts' credentials: in a database, which may be slow, or down.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Fault, Sandbox};
use timeline_core::{Client, Clock, OAuth, RelayReport};

use crate::queue::Store;
use crate::{json, order, sandbox, until_empty};

/// The accounts' refresh tokens, and when each account was asked for.
#[derive(Clone)]
struct Database {
    clock: Arc<dyn Clock>,
    tokens: Arc<Mutex<BTreeMap<u64, String>>>,
    asked: Arc<Mutex<Vec<(u64, u64)>>>,
    /// How long an answer takes.
    delay: Duration,
    /// Until when it answers with an error.
    down_until: Duration,
}

impl Database {
    fn new(sandbox: &Sandbox, accounts: &[u64]) -> Self {
        let token = |id: &u64| {
            let token = format!("refresh-{id}");
            sandbox.add_portal(*id, token.clone());
            (*id, token)
        };
        Database {
            clock: sandbox.clock(),
            tokens: Arc::new(Mutex::new(accounts.iter().map(token).collect())),
            asked: Arc::default(),
            delay: Duration::ZERO,
            down_until: Duration::ZERO,
        }
    }

    async fn find(self, id: u64) -> io::Result<Option<OAuth>> {
        let now = self.clock.elapsed();
        self.asked.lock().expect("asked").push((id, now.as_secs()));
        self.clock.sleep(self.delay).await;
        if now < self.down_until {
            return Err(io::Error::other("the database is down"));
        }
        let token = self.tokens.lock().expect("tokens").get(&id).cloned();
        Ok(token.map(|token| OAuth::new(CLIENT_ID, CLIENT_SECRET, token)))
    }

    fn set(&self, id: u64, token: &str) {
        self.tokens
            .lock()
            .expect("tokens")
            .insert(id, token.to_owned());
    }

    fn asked(&self, id: u64) -> Vec<u64> {
        let asked = self.asked.lock().expect("asked");
        let of_id = asked.iter().filter(|(other, _)| *other == id);
        of_id.map(|(_, seconds)| *seconds).collect()
    }
}

/// Events that are sealed without their accounts' credentials.
fn push(store: &Store, root: &Client, id: u64, numbers: std::ops::Range<usize>) {
    for n in numbers {
        let event = root.seal_for(id, &order(n)).expect("a sound event");
        assert_eq!(event.portal_id(), Some(id));
        store.push(json(&event));
    }
}

async fn relay(
    root: &Client,
    store: &Store,
    database: &Database,
    until: impl Future<Output = ()> + Send,
) -> RelayReport {
    let database = database.clone();
    root.relay(store.queue())
        .credentials(move |id| database.clone().find(id))
        .stop_on(until)
        .await
        .expect("a sound queue")
}

fn count_of(sandbox: &Sandbox, id: u64) -> usize {
    let events = sandbox.events();
    events.iter().filter(|event| event.portal_id == id).count()
}

#[tokio::test]
async fn each_account_is_looked_up_once() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let mut database = Database::new(&sandbox, &[71, 72, 73]);
    database.delay = Duration::from_secs(2);
    for id in [71, 72, 73] {
        push(&store, &root, id, 0..150);
    }
    let report = relay(&root, &store, &database, until_empty(&store)).await;
    assert_eq!((report.done(), report.parked()), (450, 0), "{report}");
    // A hundred of each account wait in memory, the rest in the queue.
    assert!(report.given_back() <= 150, "{report}");
    for id in [71, 72, 73] {
        assert_eq!(count_of(&sandbox, id), 150, "{id}");
        assert_eq!(database.asked(id).len(), 1, "{id}");
    }
}

#[tokio::test]
async fn a_slow_lookup_keeps_no_other_account_back() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let database = Database::new(&sandbox, &[71, 72]);
    // The time limit of a lookup is that of a request, in real time. The clock of this one stands still for an hour.
    let slow = database.clone();
    push(&store, &root, 71, 0..2);
    push(&store, &root, 72, 0..2);
    let clock = sandbox.clock();
    let of_second = async {
        while count_of(&sandbox, 72) < 2 {
            clock.sleep(Duration::from_millis(100)).await;
        }
    };
    let report = root
        .relay(store.queue())
        .credentials(move |id| {
            let database = slow.clone();
            async move {
                if id == 71 {
                    std::future::pending::<()>().await;
                }
                database.find(id).await
            }
        })
        .stop_on(of_second)
        .await
        .expect("a sound queue");
    // The stop does not wait for the lookup, and the events come again.
    assert_eq!((report.done(), report.given_back()), (2, 2), "{report}");
}

/// A database that does not answer for many accounts keeps back none that is known.
#[tokio::test]
async fn many_slow_lookups_leave_room_for_others() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let database = Database::new(&sandbox, &[72]);
    for id in 100..130 {
        push(&store, &root, id, 0..300);
    }
    push(&store, &root, 72, 0..2);
    let clock = sandbox.clock();
    let of_known = async {
        while count_of(&sandbox, 72) < 2 {
            clock.sleep(Duration::from_millis(100)).await;
        }
    };
    let report = root
        .relay(store.queue())
        .credentials(move |id| {
            let database = database.clone();
            async move {
                if id >= 100 {
                    std::future::pending::<()>().await;
                }
                database.find(id).await
            }
        })
        .stop_on(of_known)
        .await
        .expect("a sound queue");
    assert_eq!(report.done(), 2, "{report}");
    assert!(clock.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn events_of_two_accounts_that_are_not_installed_are_parked() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let database = Database::new(&sandbox, &[73]);
    for id in [71, 72, 73] {
        push(&store, &root, id, 0..2);
    }
    let clock = sandbox.clock();
    let later = async {
        clock.sleep(Duration::from_secs(5)).await;
        // It installs the app, which is noticed within ten seconds.
        sandbox.add_portal(71, "refresh-71");
        database.set(71, "refresh-71");
        clock.sleep(Duration::from_secs(6)).await;
        push(&store, &root, 71, 2..4);
        push(&store, &root, 72, 2..4);
        clock.sleep(Duration::from_secs(3)).await;
    };
    let report = relay(&root, &store, &database, later).await;
    assert_eq!((report.done(), report.parked()), (4, 6), "{report}");
    assert_eq!([71, 72, 73].map(|id| count_of(&sandbox, id)), [2, 0, 2]);
    let reasons: Vec<String> = store.dead().into_iter().map(|(_, reason)| reason).collect();
    let words = "no credentials were found for account 71: let it install the app, and the function given to \
                 `Relay::credentials` find them";
    assert!(reasons[0].contains(words), "{}", reasons[0]);
    assert_eq!(database.asked(72).len(), 2);
}

#[tokio::test]
async fn events_wait_while_the_database_is_down() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let mut database = Database::new(&sandbox, &[71, 72]);
    database.down_until = Duration::from_secs(400);
    for id in [71, 72] {
        push(&store, &root, id, 0..2);
    }
    let report = relay(&root, &store, &database, until_empty(&store)).await;
    assert_eq!((report.done(), report.parked()), (4, 0), "{report}");
    // After two minutes of trying, the events are given back for a minute.
    assert!(report.given_back() > 0, "{report}");
    let asked = database.asked(71);
    assert!(asked.len() < 100, "{asked:?}");
}

#[tokio::test]
async fn an_account_that_comes_back_is_noticed() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let database = Database::new(&sandbox, &[71, 72]);
    for id in [71, 72] {
        push(&store, &root, id, 0..2);
    }
    for id in [71, 72] {
        sandbox.revoke(id);
    }
    let clock = sandbox.clock();
    let later = async {
        clock.sleep(Duration::from_secs(30)).await;
        for id in [71, 72] {
            let token = format!("again-{id}");
            sandbox.add_portal(id, token.clone());
            database.set(id, &token);
        }
        until_empty(&store).await;
    };
    let report = relay(&root, &store, &database, later).await;
    assert_eq!((report.done(), report.parked()), (4, 0), "{report}");
    assert_eq!([71, 72].map(|id| count_of(&sandbox, id)), [2, 2]);
    assert!(clock.elapsed() < Duration::from_secs(200));
}

/// The relay's own account, and events without one, go by its own client.
#[tokio::test]
async fn the_relays_own_account_is_not_looked_up() {
    let sandbox = sandbox().await;
    let (root, own) = (sandbox.client(), sandbox.portal_id());
    let store = Store::new(sandbox.clock());
    let database = Database::new(&sandbox, &[]);
    push(&store, &root, own, 0..2);
    sandbox.inject(Fault::status(503));
    let report = relay(&root, &store, &database, until_empty(&store)).await;
    assert_eq!(report.done(), 2, "{report}");
    assert_eq!(database.asked(own), Vec::<u64>::new());
}
