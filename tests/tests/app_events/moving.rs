//! The move of an account from v3 to app events, before, during and after.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Fault, Sandbox};
use timeline_core::{Api, Client, ClientBuilder, OAuth, Outcome, SendBatch, metrics};

use super::{counted, sandbox, seats, visits};

fn moving(sandbox: &Sandbox) -> ClientBuilder {
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, sandbox.refresh_token());
    sandbox
        .client_builder()
        .oauth(oauth)
        .move_to_app_events(true)
}

fn build(builder: ClientBuilder) -> Client {
    builder.build().expect("good settings")
}

fn through(sandbox: &Sandbox, api: Api) -> usize {
    sandbox
        .events()
        .iter()
        .filter(|event| event.api == api)
        .count()
}

#[tokio::test]
async fn a_call_in_which_the_account_moves_goes_on() {
    let sandbox = sandbox().await;
    let moves = Arc::new(AtomicU64::new(0));
    let counted_moves = Arc::clone(&moves);
    let client = build(
        moving(&sandbox).metrics(move |name: &'static str, by: u64| {
            if name == metrics::MOVES_TO_APP_EVENTS {
                counted_moves.fetch_add(by, Ordering::Relaxed);
            }
        }),
    );
    let before = seats(0..50).send_batch(&client).await.expect("created");
    assert!(!before.has_moved());
    sandbox.move_to_app_events();
    let during = seats(50..1_050).send_batch(&client).await.expect("created");
    assert!(during.has_moved());
    assert!(
        during
            .to_string()
            .ends_with("; the account has moved to app events"),
        "{during}"
    );
    let after = seats(1_050..1_100)
        .send_batch(&client)
        .await
        .expect("created");
    assert!(!after.has_moved());
    assert_eq!(through(&sandbox, Api::V3), 50);
    assert_eq!(through(&sandbox, Api::AppEvents), 1_050);
    assert_eq!(moves.load(Ordering::Relaxed), 1);
    // Once the move is known, no request goes to v3 any more.
    let last = sandbox.seen().pop().expect("a request");
    assert_eq!(last.path, "/integrators/timeline/2026-03/events/batch");
    // Another client of the account knows of the move, too, and the ids are those of before.
    let portal = sandbox.portal_id();
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, sandbox.refresh_token());
    let other = client.for_portal(portal, oauth);
    let requests = sandbox.requests();
    let again = seats(1_050..1_060)
        .send_batch(&other)
        .await
        .expect("there already");
    assert_eq!(again.already_existing(), 10);
    let paths = sandbox.seen();
    let v3 = paths[requests as usize..]
        .iter()
        .filter(|seen| seen.path.contains("/v3/events"));
    assert_eq!(v3.count(), 0);
}

/// Events that v3 may have are not sent through app events: HubSpot would not see that they are the same.
#[tokio::test]
async fn what_was_uncertain_stays_unknown() {
    let sandbox = sandbox().await;
    let client = build(moving(&sandbox).concurrency(1));
    sandbox.inject(Fault::cut_after());
    // The answer to the first batch is lost; when it is sent again, the account has moved.
    sandbox.inject(
        Fault::status(401)
            .forever()
            .on(timeline_core::sandbox::Route::Events)
            .after(0)
            .times(2),
    );
    let report = visits(100).send_batch(&client).report().await;
    assert_eq!(counted(report.outcomes()), "unknown*100");
    assert_eq!(through(&sandbox, Api::V3), 100);
    assert_eq!(through(&sandbox, Api::AppEvents), 0);
    // Nor are they sent again from dead letters.
    let mut letters = Vec::new();
    report
        .write_undelivered(&mut letters)
        .expect("memory takes all");
    let replayed = client.replay(&letters[..]).report().await;
    assert_eq!(counted(replayed.outcomes()), "unknown*100");
    assert_eq!(sandbox.event_count(), 100);
}

#[tokio::test]
async fn a_fixed_token_proves_nothing() {
    let sandbox = sandbox().await;
    sandbox.move_to_app_events();
    let client = build(sandbox.client_builder().move_to_app_events(true));
    let report = visits(3).send_batch(&client).report().await;
    assert_eq!(counted(report.outcomes()), "not-sent*3");
    assert!(!report.has_moved());
    // A client without `move_to_app_events` does not move.
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, sandbox.refresh_token());
    let client = build(sandbox.client_builder().oauth(oauth));
    let report = visits(3).send_batch(&client).report().await;
    assert_eq!(counted(report.outcomes()), "not-sent*3");
    assert_eq!(sandbox.event_count(), 0);
}

#[tokio::test]
async fn a_provider_gives_fresh_tokens_too() {
    let sandbox = sandbox().await;
    sandbox.move_to_app_events();
    let token = sandbox.access_token();
    let provide = move || {
        let token = token.clone();
        async move { Ok::<_, std::io::Error>(token) }
    };
    let client = build(
        sandbox
            .client_builder()
            .token_provider(provide)
            .move_to_app_events(true),
    );
    let report = visits(3).send_batch(&client).await.expect("created");
    assert!(report.has_moved());
}

/// Events without an event type are rejected; all others go on.
#[tokio::test]
async fn types_without_an_event_type_are_refused_from_then_on() {
    use timeline_core::EventInput;
    let sandbox = sandbox().await;
    let client = build(moving(&sandbox));
    sandbox.move_to_app_events();
    let input = |n: usize| EventInput::new("1001298").email(format!("v{n}@example.com"));
    let events: Vec<EventInput<'_>> = (0..6)
        .map(|n| match n % 3 {
            0 => input(n),
            _ => input(n).type_name("visited"),
        })
        .collect();
    let report = events.send_batch(&client).report().await;
    assert_eq!(counted(report.outcomes()), "created*4 rejected*2");
    let refused = report
        .outcomes()
        .iter()
        .find(|outcome| matches!(outcome, Outcome::Rejected(_)));
    let text = refused.expect("one of them").to_string();
    assert!(
        text.contains("no event type for the template \"1001298\""),
        "{text}"
    );
    // Their dead letters go out when the client knows the type.
    let mut letters = Vec::new();
    report
        .write_undelivered(&mut letters)
        .expect("memory takes all");
    let types = timeline_core::EventTypes::from([("1001298", "visited")]);
    let knows = build(
        sandbox
            .client_builder()
            .api(Api::AppEvents)
            .event_types(types),
    );
    let replayed = knows.replay(&letters[..]).await.expect("delivered");
    assert_eq!(replayed.created(), 2);
}

#[tokio::test]
async fn one_account_moves_and_the_others_stay() {
    let sandbox = sandbox().await;
    sandbox.add_portal(7, "their-refresh-token");
    sandbox.move_portal_to_app_events(7);
    let root = build(moving(&sandbox));
    let theirs = root.for_portal(
        7,
        OAuth::new(CLIENT_ID, CLIENT_SECRET, "their-refresh-token"),
    );
    let report = visits(5).send_batch(&theirs).await.expect("created");
    assert!(report.has_moved());
    let report = visits(5).send_batch(&root).await.expect("created");
    assert!(!report.has_moved());
    assert_eq!(
        (
            through(&sandbox, Api::V3),
            through(&sandbox, Api::AppEvents)
        ),
        (5, 5)
    );
}

#[tokio::test]
async fn a_sender_goes_on() {
    let sandbox = sandbox().await;
    let client = build(moving(&sandbox));
    let sender = client.sender().build();
    let first = sender.send(&visits(1)[0]).await.await;
    assert!(first.is_delivered(), "{first}");
    sandbox.move_to_app_events();
    let mut pending = Vec::new();
    for seat in seats(0..20) {
        pending.push(sender.send(&seat).await);
    }
    for outcome in pending {
        let outcome = outcome.await;
        assert!(outcome.is_delivered(), "{outcome}");
    }
    assert_eq!(through(&sandbox, Api::AppEvents), 20);
    let report = sender.shutdown(std::time::Duration::from_secs(9)).await;
    assert!(report.has_moved(), "{report}");
    assert_eq!(report.total(), 21);
}
