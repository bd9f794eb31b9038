//! The trouble of one account, or of one template, does not keep back other events.

use std::time::Duration;

use timeline_core::sandbox::{Fault, Sandbox};
use timeline_core::{
    Client, Credentials, EventInput, EventTemplate, NotSentReason, ObjectType, Outcome, RateLimit,
};

use crate::queue::Store;
use crate::{Order, Visit, bad, json, order, sandbox, seal, until_empty};

fn client_of(sandbox: &Sandbox, root: &Client, id: u64) -> Client {
    sandbox.add_portal(id, format!("refresh-{id}"));
    let token = sandbox
        .access_token_of(id)
        .expect("an account of the sandbox");
    root.for_portal(id, Credentials::access_token(token))
}

fn known(clients: &[Client], id: u64) -> Option<Client> {
    let is_its = |client: &&Client| client.portal_id() == Some(id);
    clients.iter().find(is_its).cloned()
}

fn orders_of(client: &Client, account: u64, count: usize) -> Vec<Vec<u8>> {
    let order = |n: usize| Order {
        id: format!("{account}-{n}"),
        ..order(n)
    };
    (0..count).map(|n| json(&seal(client, &order(n)))).collect()
}

#[tokio::test]
async fn each_account_by_its_own_client() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let accounts = [71, 72, 73];
    let clients = accounts.map(|id| client_of(&sandbox, &root, id));
    for (client, account) in clients.iter().zip(accounts) {
        for message in orders_of(client, account, 150) {
            store.push(message);
        }
    }
    let mut asked = Vec::new();
    let report = root
        .relay(store.queue())
        .for_portals(|id| {
            asked.push(id);
            let at = accounts.iter().position(|account| *account == id)?;
            clients.get(at).cloned()
        })
        .stop_on(until_empty(&store))
        .await
        .expect("a sound queue");
    assert_eq!((report.received(), report.done()), (450, 450), "{report}");
    for account in accounts {
        let of = sandbox.events();
        let of = of.iter().filter(|event| event.portal_id == account);
        assert_eq!(of.count(), 150);
    }
    // Two requests for each of them, and each client was asked for once.
    assert_eq!(sandbox.requests(), 6);
    asked.sort_unstable();
    assert_eq!(asked, accounts);
}

/// One account is in an outage, and one has lost its token: the third waits for neither. When both work again,
/// everything gets there.
#[tokio::test]
async fn troubles_of_two_accounts_are_their_own() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let accounts = [71, 72, 73];
    let clients = accounts.map(|id| client_of(&sandbox, &root, id));
    sandbox.inject(
        Fault::status(503)
            .in_portal(71)
            .lasting(Duration::from_secs(600)),
    );
    sandbox.inject(
        Fault::status(401)
            .in_portal(72)
            .lasting(Duration::from_secs(600)),
    );
    for (client, account) in clients.iter().zip(accounts) {
        for message in orders_of(client, account, 1_500) {
            store.push(message);
        }
    }
    let of = |account: u64| {
        let events = sandbox.events();
        events
            .iter()
            .filter(|event| event.portal_id == account)
            .count()
    };
    let watch = async {
        sandbox.clock().sleep(Duration::from_secs(60)).await;
        assert_eq!((of(71), of(72), of(73)), (0, 0, 1_500));
        until_empty(&store).await;
    };
    let report = root
        .relay(store.queue())
        .for_portals(|id| {
            let at = accounts.iter().position(|account| *account == id)?;
            clients.get(at).cloned()
        })
        .stop_on(watch)
        .await
        .expect("a sound queue");
    assert_eq!((report.done(), report.parked()), (4_500, 0), "{report}");
    assert_eq!(sandbox.event_count(), 4_500);
    assert!(sandbox.clock().elapsed() < Duration::from_secs(800));
}

/// HubSpot's template is another one than the program's: after a hundred refusals its events are given back for a
/// while. The other template's events go on, and once the template is corrected, so do its own.
#[tokio::test]
async fn a_template_that_only_refuses_is_tried_again() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let store = Store::new(sandbox.clock());
    let visit = |n: usize| Visit {
        who: format!("visitor-{n}@example.com"),
        page: "/a".to_owned(),
    };
    for n in 0..2_000 {
        store.push(json(&client.seal(&visit(n)).expect("sound")));
        store.push(json(&seal(&client, &order(n))));
    }
    let mending = async {
        sandbox.clock().sleep(Duration::from_secs(30)).await;
        assert_eq!(sandbox.event_count(), 2_000);
        sandbox.add_template(EventTemplate::new("Visit", ObjectType::Contacts).with_id("2002"));
        sandbox.register::<Visit>();
        until_empty(&store).await;
    };
    let report = client
        .relay(store.queue())
        .stop_on(mending)
        .await
        .expect("a sound queue");
    // Events that HubSpot refused by name are parked; the rest got there in the end.
    assert_eq!(report.done() + report.parked(), 4_000, "{report}");
    assert!(report.parked() < 1_500, "{report}");
    assert!(report.done() > 2_000, "{report}");
    let reason = NotSentReason::TemplateRefused.to_string();
    assert!(!store.dead().iter().any(|(_, why)| why.contains(&reason)));
}

/// Events that were sealed without an account go out by the client that relays.
#[tokio::test]
async fn events_without_an_account() {
    let sandbox = sandbox().await;
    let nobodys = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .build()
        .expect("good settings");
    let store = Store::new(sandbox.clock());
    for n in 0..3 {
        // A key needs the account, so these have ids of their own.
        let event = EventInput::new("1001298")
            .id(format!("order-{n}"))
            .email("ada@example.com");
        store.push(json(&nobodys.seal(&event).expect("sound")));
    }
    let report = sandbox
        .client()
        .relay(store.queue())
        .stop_on(until_empty(&store))
        .await
        .expect("a sound queue");
    assert_eq!(report.done(), 3, "{report}");
}

/// At most a thousand of the account's events are in memory, and meanwhile the others are not given back again and
/// again. The events behind them wait for seconds.
#[tokio::test]
async fn a_long_backlog_of_one_account_gets_on() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::slow(Duration::from_millis(100)).forever());
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let clients = [71, 72].map(|id| client_of(&sandbox, &root, id));
    for (client, account, count) in [(&clients[0], 71, 6_000), (&clients[1], 72, 2)] {
        for message in orders_of(client, account, count) {
            store.push(message);
        }
    }
    let clock = sandbox.clock();
    let started = clock.elapsed();
    let report = root
        .relay(store.queue())
        .for_portals(|id| known(&clients, id))
        .stop_on(until_empty(&store))
        .await
        .expect("a sound queue");
    assert_eq!(report.done(), 6_002, "{report}");
    assert!(report.given_back() < 6_000, "{report}");
    let took = clock.elapsed().saturating_sub(started);
    assert!(took < Duration::from_secs(15), "{took:?}");
    let events = sandbox.events();
    let of_other = events.iter().rposition(|event| event.portal_id == 72);
    assert!(of_other.is_some_and(|at| at < 5_000), "{of_other:?}");
}

/// At HubSpot's limit no event gets through for most of its ten seconds. That is no outage.
#[tokio::test]
async fn a_long_backlog_goes_at_the_accounts_limit() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::slow(Duration::from_millis(100)).forever());
    let limit = RateLimit::new(20, Duration::from_secs(10));
    let root = sandbox.client_builder().rate_limit(limit).build();
    let root = root.expect("good settings");
    let store = Store::new(sandbox.clock());
    let client = client_of(&sandbox, &root, 71);
    for message in orders_of(&client, 71, 12_000) {
        store.push(message);
    }
    let clock = sandbox.clock();
    let started = clock.elapsed();
    let mut told = 0;
    let report = root
        .relay(store.queue())
        .for_portals(|id| (id == 71).then(|| client.clone()))
        .on_undelivered(|_| told += 1)
        .stop_on(until_empty(&store))
        .await
        .expect("a sound queue");
    assert_eq!(report.done(), 12_000, "{report}");
    // 2,000 events in each ten seconds, and so in 50 seconds; one time of them may be lost.
    let took = clock.elapsed().saturating_sub(started);
    assert!(took < Duration::from_secs(65), "{took:?}");
    assert!(report.given_back() < 30_000, "{report}");
    // Nothing is wrong with events that were given back for lack of room.
    assert_eq!(told, 0);
}

#[tokio::test]
async fn two_accounts_in_an_outage_leave_room_for_others() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let accounts = [71, 72, 73];
    let clients = accounts.map(|id| client_of(&sandbox, &root, id));
    for (client, (account, count)) in clients.iter().zip([(71, 3_000), (72, 3_000), (73, 100)]) {
        for message in orders_of(client, account, count) {
            store.push(message);
        }
    }
    for id in [71, 72] {
        sandbox.inject(
            Fault::status(503)
                .in_portal(id)
                .lasting(Duration::from_secs(1_800)),
        );
    }
    let clock = sandbox.clock();
    let started = clock.elapsed();
    let all_of_third = async {
        let of_third = || {
            let events = sandbox.events();
            let of_third = events.iter().filter(|event| event.portal_id == 73);
            of_third.count()
        };
        while of_third() < 100 {
            clock.sleep(Duration::from_millis(500)).await;
        }
    };
    let report = root
        .relay(store.queue())
        .for_portals(|id| known(&clients, id))
        .stop_on(all_of_third)
        .await;
    report.expect("a sound queue");
    let took = clock.elapsed().saturating_sub(started);
    assert!(took < Duration::from_secs(15), "{took:?}");
}

/// Large events of two accounts in an outage leave room for others', too.
#[tokio::test]
async fn large_events_leave_room_for_others() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let clients = [71, 72, 73].map(|id| client_of(&sandbox, &root, id));
    for (client, account) in clients.iter().zip([71, 72]) {
        for n in 0..60 {
            let large = Order {
                id: format!("{account}-{n}-{}", "x".repeat(400_000)),
                ..order(n)
            };
            store.push(json(&seal(client, &large)));
        }
    }
    for message in orders_of(&clients[2], 73, 2) {
        store.push(message);
    }
    for id in [71, 72] {
        let outage = Fault::status(503).in_portal(id);
        sandbox.inject(outage.lasting(Duration::from_secs(1_800)));
    }
    let clock = sandbox.clock();
    let of_third = async {
        let is_there = || sandbox.events().iter().any(|event| event.portal_id == 73);
        while !is_there() {
            clock.sleep(Duration::from_millis(500)).await;
        }
    };
    let report = root
        .relay(store.queue())
        .for_portals(|id| known(&clients, id))
        .stop_on(of_third)
        .await;
    report.expect("a sound queue");
    assert!(
        clock.elapsed() < Duration::from_secs(15),
        "{:?}",
        clock.elapsed()
    );
}

#[tokio::test]
async fn a_panic_over_two_accounts_is_their_own() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let accounts = [71, 72, 73];
    let clients = accounts.map(|id| client_of(&sandbox, &root, id));
    for (client, account) in clients.iter().zip(accounts) {
        for message in orders_of(client, account, 2) {
            store.push(message);
        }
    }
    let mut panics = 0;
    let mut told = Vec::new();
    let report = root
        .relay(store.queue())
        .for_portals(|id| {
            if id != 73 && panics < 4 {
                panics += 1;
                panic!("no database");
            }
            known(&clients, id)
        })
        .on_undelivered(|outcome| told.push(outcome.to_string()))
        .stop_on(until_empty(&store))
        .await
        .expect("a sound queue");
    // The events come again a minute later, when the database may be back.
    let settled = (report.done(), report.given_back(), report.parked());
    assert_eq!(settled, (6, 4, 0), "{report}");
    assert_eq!(told.len(), 4);
    let words = " not sent: the function of `for_portals` has panicked over the account 71";
    assert!(told[0].ends_with(words), "{}", told[0]);
}

/// A service learns which accounts have left, and whose events are put aside.
#[tokio::test]
async fn what_is_not_delivered_is_told_with_its_account() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let store = Store::new(sandbox.clock());
    let accounts = [71, 72, 73, 74];
    let clients = accounts.map(|id| client_of(&sandbox, &root, id));
    for (client, account) in clients.iter().zip(accounts) {
        for message in orders_of(client, account, 2) {
            store.push(message);
        }
    }
    store.push(b"no JSON".to_vec());
    store.push(json(&seal(&clients[3], &bad(0))));
    sandbox.revoke(71);
    let mut told: Vec<(Option<u64>, &str)> = Vec::new();
    let report = root
        .relay(store.queue())
        // The third one is not known.
        .for_portals(|id| match id {
            73 => None,
            _ => known(&clients, id),
        })
        .on_undelivered(|outcome| {
            told.push((outcome.portal_id(), words_of(outcome)));
            panic!("what it does is its own");
        })
        .stop_on(sandbox.clock().sleep(Duration::from_secs(30)))
        .await
        .expect("a sound queue");
    assert_eq!((report.done(), report.parked()), (4, 4), "{report}");
    told.sort_unstable();
    told.dedup();
    let expected = [
        (None, "rejected"),
        (Some(71), "not sent"),
        (Some(73), "rejected"),
        (Some(74), "rejected"),
    ];
    assert_eq!(told, expected);
}

fn words_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Rejected(_) => "rejected",
        Outcome::NotSent { .. } => "not sent",
        _ => "something else",
    }
}
