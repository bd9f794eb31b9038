//! Ids: made once, carried by every try, and what "already in use" means.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use timeline_core::sandbox::{BadEvent, ErrorId, Fault, OtherObject, Rules, SameId, Sandbox};
use timeline_core::{
    Client, EventInput, EventTemplate, ObjectType, Outcome, RejectionReason, SendBatch,
    TimelineEvent, TokenDefinition,
};

use crate::{Order, Seat, order, sandbox, sandbox_with, steady, visits, words};

#[tokio::test]
async fn every_try_carries_the_same_ids_and_times() {
    let sandbox = sandbox_with(Rules::default().same_id(SameId::Updates)).await;
    sandbox.inject(Fault::cut_after().times(3));
    visits(5)
        .send_batch(&steady(&sandbox))
        .await
        .expect("all created");
    let events = sandbox.events();
    assert_eq!(events.len(), 5);
    for event in &events {
        assert_eq!(event.writes, 4);
        assert_eq!(event.timestamp, Some(1_785_585_600_000));
    }
}

#[tokio::test]
async fn ids_that_the_client_makes_sort_by_time_and_differ() {
    let sandbox = sandbox().await;
    visits(300)
        .send_batch(&sandbox.client())
        .await
        .expect("all created");
    let mut ids: Vec<String> = sandbox.events().into_iter().map(|event| event.id).collect();
    assert!(
        ids.iter().all(|id| id.starts_with("019fbd32-0600-7")),
        "{ids:?}"
    );
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 300);
}

#[tokio::test]
async fn a_seeded_client_makes_the_same_ids_again() {
    let sandbox = sandbox().await;
    let first_id = |seed| {
        let client = sandbox
            .client_builder()
            .seed(seed)
            .build()
            .expect("good settings");
        client.event_id(&visits(1)[0]).expect("a good event")
    };
    assert_eq!(first_id(7), first_id(7));
    assert_ne!(first_id(7), first_id(8));
}

#[tokio::test]
async fn keyed_events_can_be_sent_again_and_again() {
    for same_id in [
        SameId::InUse,
        SameId::Conflict,
        SameId::Updates,
        SameId::Ignored,
    ] {
        for bad_event in [BadEvent::IsRefused, BadEvent::RefusesBatch] {
            let rules = Rules::default().same_id(same_id).bad_event(bad_event);
            let sandbox = sandbox_with(rules).await;
            let client = sandbox.client();
            let seats: Vec<Seat> = (0..5)
                .map(|row| Seat {
                    row,
                    who: "ada@example.com".into(),
                })
                .collect();
            seats.clone().send_batch(&client).await.expect("created");
            let report = seats.send_batch(&client).await.expect("there");
            assert_eq!(sandbox.event_count(), 5, "{same_id:?}");
            let existing = if matches!(same_id, SameId::InUse | SameId::Conflict) {
                5
            } else {
                0
            };
            assert_eq!(
                report.already_existing(),
                existing,
                "{same_id:?} {bad_event:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_id_of_a_keyed_event_is_known_before() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let seat = Seat {
        row: 3,
        who: "ada@example.com".into(),
    };
    let id = client.event_id(&seat).expect("a good event");
    assert_eq!(client.send(&seat).await.expect("created").id, id);
}

/// The user's own id is in use: by this very event, or by another record's.
#[tokio::test]
async fn an_id_of_the_users_own_is_read_back() {
    for error_id in [ErrorId::Nowhere, ErrorId::Id] {
        let sandbox = sandbox_with(
            Rules::default()
                .error_id(error_id)
                .other_object(OtherObject::InUse),
        )
        .await;
        let client = steady(&sandbox);
        client.send(&order("a")).await.expect("created");
        let bobs = Order {
            who: "bob@example.com".into(),
            ..order("a")
        };

        let report = [order("a"), order("b")]
            .send_batch(&client)
            .await
            .expect("both there");
        assert_eq!(words(report.outcomes()), "exists created");

        let report = [bobs].send_batch(&client).report().await;
        let Outcome::Rejected(rejection) = &report.outcomes()[0] else {
            panic!("{:?}", report.outcomes()[0]);
        };
        assert_eq!(rejection.reason(), &RejectionReason::IdTaken);
        // An event that is read back has no message of HubSpot's, so the reason is the message.
        let reason = RejectionReason::IdTaken.to_string();
        assert_eq!(rejection.message(), Some(&*reason));
        assert_eq!(
            sandbox
                .event("1001299", "a")
                .expect("kept")
                .email
                .as_deref(),
            Some("ada@example.com")
        );
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_read_back_is_unknown() {
    use timeline_core::sandbox::Route;
    let sandbox = sandbox().await;
    let client = steady(&sandbox);
    client.send(&order("a")).await.expect("created");
    for fault in [
        Fault::status(404),
        Fault::status(500),
        Fault::status(403),
        Fault::cut_before(),
    ] {
        sandbox.clear_faults();
        sandbox.inject(fault.clone().on(Route::Read).forever());
        let report = [order("a")].send_batch(&client).report().await;
        assert_eq!(words(report.outcomes()), "unknown", "{fault:?}");
    }
}

/// The outcomes of the events in their order, by every way of sending them, also from dead letters.
async fn by_every_way<E: TimelineEvent + Send>(
    sandbox: &Sandbox,
    client: &Client,
    events: impl Fn() -> Vec<E>,
) -> Vec<String> {
    let batch = events().send_batch(client).report().await.into_outcomes();
    sandbox.clear_events();
    let streamed = client.send_stream(stream::iter(events()));
    let mut streamed: Vec<_> = streamed.collect().await;
    streamed.sort_by_key(|(place, _)| *place);
    let streamed: Vec<Outcome> = streamed.into_iter().map(|(_, outcome)| outcome).collect();
    sandbox.clear_events();
    let sender = client.sender().build();
    let mut pending = Vec::new();
    for event in events() {
        pending.push(sender.send(&event).await);
    }
    let sent = join_all(pending).await;
    drop(sender.shutdown(Duration::from_secs(60)).await);
    sandbox.clear_events();
    // Each dead letter is written by a call of its own, at another time.
    let mut letters = Vec::new();
    for event in events() {
        sandbox.clock().sleep(Duration::from_secs(1)).await;
        let stopped = [event].send_batch(client).stop_on(async {});
        for outcome in stopped.report().await.outcomes() {
            outcome
                .write_undelivered(&mut letters)
                .expect("memory takes all");
        }
    }
    let replayed = client.replay(&letters[..]).report().await.into_outcomes();
    [batch, streamed, sent, replayed]
        .map(|outcomes| words(&outcomes))
        .into()
}

/// A map does not promise an order of its keys.
#[tokio::test]
async fn equal_events_are_equal_in_whatever_order_their_maps_are() {
    const TOKENS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let sandbox = sandbox().await;
    let mut template = EventTemplate::new("Wide", ObjectType::Contacts);
    for name in TOKENS {
        let token = TokenDefinition::new::<str>(name, name).expect("a good name");
        template = template.token(token);
    }
    let template_id = sandbox.add_template(template);
    let client = sandbox.client();
    let event = |n: usize| {
        let tokens: HashMap<&str, usize> = TOKENS.into_iter().zip(0..).collect();
        let numbers = || -> HashMap<String, usize> {
            (0..8).map(|line| (format!("sku-{line}"), line)).collect()
        };
        let lines = || -> HashMap<String, HashMap<String, usize>> {
            (0..8)
                .map(|line| (format!("line-{line}"), numbers()))
                .collect()
        };
        let extra: HashMap<&str, Vec<_>> = [("x", vec![lines(), lines()]), ("y", vec![])].into();
        let mut event = EventInput::new(template_id.clone())
            .id(format!("order-{}", n % 20))
            .email("ada@example.com")
            .extra_data(extra);
        for (name, value) in tokens {
            event = event.token(name, value);
        }
        event
    };
    let ways = by_every_way(&sandbox, &client, || (0..40).map(event).collect());
    assert_eq!(ways.await, ["created*40"; 4]);
    assert!(sandbox.events().iter().all(|event| event.sent == 1));
    // One different value makes a different event.
    sandbox.clear_events();
    let other = |n| event(n).timestamp(std::time::SystemTime::UNIX_EPOCH);
    let report = [event(50), other(50)].send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "created rejected");
}

/// HubSpot's contacts are the same in upper and lower case.
#[tokio::test]
async fn equal_events_are_equal_however_the_address_is_written() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let addresses = ["Ada@Example.com", "ada@example.com", " ada@EXAMPLE.com "];
    let seat = |who: &str| Seat {
        row: 5,
        who: who.to_owned(),
    };
    let ids = addresses.map(|who| client.event_id(&seat(who)).expect("an id"));
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let order = |who: &str| Order {
        who: who.to_owned(),
        ..order("a")
    };
    let ways = by_every_way(&sandbox, &client, || addresses.map(seat).into());
    assert_eq!(ways.await, ["created*3"; 4]);
    let ways = by_every_way(&sandbox, &client, || addresses.map(order).into());
    sandbox.clear_events();
    assert_eq!(ways.await, ["created*3"; 4]);
    // In the next call the event is there, and is read back as the same.
    let report = [order(addresses[0])].send_batch(&client).await;
    drop(report.expect("created"));
    for who in addresses {
        let report = [order(who)].send_batch(&client).await.expect("there");
        assert_eq!(words(report.outcomes()), "exists", "{who}");
    }
}

/// If another identifier comes first, the address is only a change to the record. It is a part of the event all the
/// same.
#[tokio::test]
async fn another_address_beside_the_record_is_another_event() {
    let sandbox = sandbox().await;
    let event = |who: &'static str| {
        let event = EventInput::new("1001299").id("a").object_id("77");
        event.email(who).token("amount", 1)
    };
    let events = [
        event("ada@example.com"),
        event("ADA@example.com"),
        event("bob@example.com"),
    ];
    let report = events.send_batch(&sandbox.client()).report().await;
    assert_eq!(words(report.outcomes()), "created*2 rejected");
}

/// "123" of order 1, line 23, and of order 12, line 3: what is there has other tokens, so it is not this one.
#[tokio::test]
async fn an_id_that_another_event_of_the_record_has_is_taken() {
    for rules in [
        Rules::default(),
        Rules::default().same_id(SameId::Conflict),
        Rules::default().bad_event(BadEvent::RefusesBatch),
    ] {
        let sandbox = sandbox_with(rules).await;
        let client = sandbox.client();
        let orders = |amount| {
            [1, 2].map(|n| Order {
                amount,
                ..order(&format!("order-{n}"))
            })
        };
        orders(1.5).send_batch(&client).await.expect("created");
        let report = orders(1.5).send_batch(&client).await.expect("there");
        assert_eq!(words(report.outcomes()), "exists*2");
        let report = orders(2.5).send_batch(&client).report().await;
        for outcome in report.outcomes() {
            let Outcome::Rejected(rejection) = outcome else {
                panic!("{outcome:?}");
            };
            assert_eq!(rejection.reason(), &RejectionReason::IdTaken);
            assert!(
                rejection.to_string().contains("another event"),
                "{rejection}"
            );
        }
    }
}
