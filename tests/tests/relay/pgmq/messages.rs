//! What becomes of each message.

use std::collections::BTreeSet;
use std::time::Duration;

use timeline_core::pgmq::{ENQUEUE_SQL, Pgmq};
use timeline_core::sandbox::Fault;
use timeline_core::{EventInput, Queue, SealedEvent};

use super::{Database, sandbox, server};
use crate::{bad, order, seal};

/// An event is enqueued in the transaction of what has happened: both are there, or none.
#[tokio::test]
async fn enqueued_with_what_has_happened() {
    let Some(url) = server() else { return };
    let (sandbox, client) = sandbox().await;
    let mut database = Database::new(&url).await;
    let queue = database.queue().await;
    database
        .database
        .batch_execute(&format!("CREATE TABLE paid_{} (id int)", database.name))
        .await
        .expect("a table");
    let name = database.name.clone();
    for (n, commits) in [(1, true), (2, false), (3, true), (4, false)] {
        let transaction = database
            .database
            .transaction()
            .await
            .expect("a transaction");
        let event = serde_json::to_string(&seal(&client, &order(n))).expect("JSON");
        let insert = format!("INSERT INTO paid_{name} VALUES ({n})");
        transaction.batch_execute(&insert).await.expect("a row");
        transaction
            .execute(ENQUEUE_SQL, &[&name, &event])
            .await
            .expect("a message");
        match commits {
            true => transaction.commit().await.expect("committed"),
            false => transaction.rollback().await.expect("rolled back"),
        }
    }
    let report = client
        .relay(queue)
        .stop_on(database.until_empty())
        .await
        .expect("a sound queue");
    assert_eq!((report.received(), report.done()), (2, 2), "{report}");
    let there: BTreeSet<String> = sandbox.events().into_iter().map(|event| event.id).collect();
    let paid = [1, 3].map(|n| seal(&client, &order(n)).id().to_owned());
    assert_eq!(there, BTreeSet::from(paid));
}

/// Delivered messages are gone. Refused ones are in the queue of dead messages, whole and with their reasons, and in
/// the archive.
#[tokio::test]
async fn delivered_parked_and_archived() {
    let Some(url) = server() else { return };
    let (sandbox, client) = sandbox().await;
    let database = Database::new(&url).await;
    let queue = database.queue().await;
    let good: Vec<_> = (0..250).map(|n| seal(&client, &order(n))).collect();
    database.enqueue_all(&good).await;
    let bads: Vec<_> = (0..2).map(|n| seal(&client, &bad(n))).collect();
    database.enqueue_all(&bads).await;
    for junk in [r#"{"no": "event"}"#, "[1, 2]"] {
        database.enqueue(junk).await;
    }
    let null = format!("SELECT pgmq.send('{}', NULL::jsonb)", database.name);
    database
        .database
        .batch_execute(&null)
        .await
        .expect("a message");
    let report = client.relay(queue).stop_on(database.until_empty()).await;
    let report = report.expect("a sound queue");
    assert_eq!((report.done(), report.parked()), (250, 5), "{report}");
    assert_eq!(sandbox.event_count(), 250);

    let dead = database.dead().await;
    let of = |words: &str| {
        dead.iter()
            .filter(|(reason, _)| reason.contains(words))
            .count()
    };
    assert_eq!(
        (dead.len(), of("invalid email"), of("no sealed event")),
        (5, 2, 3),
        "{dead:?}"
    );
    let events = dead
        .iter()
        .filter_map(|(_, message)| SealedEvent::from_json(message.as_bytes()).ok());
    let ids: BTreeSet<String> = events.map(|event| event.id().to_owned()).collect();
    assert_eq!(
        ids,
        bads.iter().map(|event| event.id().to_owned()).collect()
    );
    assert_eq!(database.count(&format!("a_{}", database.name)).await, 5);
    assert_eq!(database.waiting().await, 0);
}

/// What did not get there comes again, after its delay.
#[tokio::test]
async fn given_back_with_a_delay() {
    let Some(url) = server() else { return };
    let (sandbox, client) = sandbox().await;
    let database = Database::new(&url).await;
    let queue = database.queue().await;
    for n in 0..3 {
        database.enqueue_all(&[seal(&client, &order(n))]).await;
    }
    sandbox.inject(Fault::status(423).forever());
    let patient = sandbox
        .client_builder()
        .retry(timeline_core::RetryPolicy::none());
    let patient = patient.build().expect("good settings");
    let name = &database.name;
    let mended = async {
        let later = format!(
            "SELECT count(*) FROM pgmq.q_{name} WHERE vt BETWEEN now() + interval '5 s' AND now() + interval '11 s'"
        );
        database.until_count(&later, 3).await;
        sandbox.clear_faults();
        database.until_empty().await;
    };
    let report = patient
        .relay(queue)
        .stop_on(mended)
        .await
        .expect("a sound queue");
    assert_eq!((report.given_back(), report.done()), (3, 3), "{report}");
    assert_eq!(sandbox.event_count(), 3);
}

/// `jsonb` keeps an event's content, although it changes the spelling of its JSON.
#[tokio::test]
async fn events_survive_jsonb() {
    let Some(url) = server() else { return };
    let (_sandbox, client) = sandbox().await;
    let database = Database::new(&url).await;
    let mut queue = database.queue().await;
    let extra: serde_json::Value = serde_json::from_str(
        r#"{"z": [1, 2.50, -0.001], "big": 12345678901234567890, "a": {"text": "ä \"q\" \\ \n \u0001 🐕"}, "null": null}"#,
    )
    .expect("JSON");
    let event = EventInput::new("1001298")
        .id("order-1")
        .email("ada@example.com")
        .timestamp(std::time::UNIX_EPOCH)
        .token("order", "1.10")
        .token("amount", 1e2)
        .extra_data(&extra);
    let sealed = client.seal(&event).expect("sound");
    database.enqueue_all(std::slice::from_ref(&sealed)).await;
    let mut read = queue.receive(10).await.expect("a message");
    let (message, _) = read.pop().expect("a message");
    let back = SealedEvent::from_json(&message).expect("a sealed event");
    let value = |event: &SealedEvent| serde_json::to_value(event).expect("JSON");
    assert_eq!(value(&back), value(&sealed));
    // An event that Postgres cannot hold is an error of the transaction.
    let nul = EventInput::new("1001298")
        .email("ada@example.com")
        .token("order", "\0");
    let nul = serde_json::to_string(&client.seal(&nul).expect("sound")).expect("JSON");
    let refused = database
        .database
        .execute(ENQUEUE_SQL, &[&database.name, &nul])
        .await;
    assert!(refused.is_err());
}

/// A lease that is held does not end; a lease that is not held does.
#[tokio::test]
async fn leases() {
    let Some(url) = server() else { return };
    let (_sandbox, client) = sandbox().await;
    let database = Database::new(&url).await;
    let settings = Pgmq::builder().lease(Duration::from_secs(10));
    let mut queue = settings
        .connect(&url, &database.name)
        .await
        .expect("a queue");
    database
        .enqueue_all(&[seal(&client, &order(1)), seal(&client, &order(2))])
        .await;
    let held = queue.receive(1).await.expect("a message");
    let left = queue.receive(1).await.expect("a message");
    assert_eq!((held.len(), left.len()), (1, 1));
    let visible = format!(
        "SELECT extract(epoch FROM vt - now())::float8 FROM pgmq.q_{} ORDER BY msg_id",
        database.name
    );
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let tickets: Vec<_> = held.iter().map(|(_, ticket)| ticket).collect();
    queue.hold(&tickets).await.expect("held");
    let rows = database
        .database
        .query(&visible, &[])
        .await
        .expect("a table");
    let ends: Vec<f64> = rows.iter().map(|row| row.get(0)).collect();
    assert!(ends[0] > 9.0 && ends[1] < 9.0, "{ends:?}");
}
