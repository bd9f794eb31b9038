//! Ids: made once, carried by every try, and what "already in use" means.

use timeline_core::sandbox::{BadEvent, ErrorId, Fault, OtherObject, Rules, SameId};
use timeline_core::{Outcome, RejectionReason, SendBatch};

use crate::{Order, Seat, brisk, order, sandbox, sandbox_with, visits, words};

#[tokio::test]
async fn every_try_carries_the_same_ids_and_times() {
    let sandbox = sandbox_with(Rules::default().same_id(SameId::Updates)).await;
    sandbox.inject(Fault::cut_after().times(3));
    visits(5)
        .send_batch(&brisk(&sandbox))
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
        let client = brisk(&sandbox);
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
    let client = brisk(&sandbox);
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
