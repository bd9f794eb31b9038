//! The full names of event types, looked up in the client's project.

use std::time::Duration;

use timeline_core::sandbox::{Fault, Route, Sandbox};
use timeline_core::{
    Api, Client, ErrorKind, EventInput, EventTemplate, EventTypes, NotSentReason, ObjectType,
    Outcome, RetryPolicy, SendBatch, TimelineEvent, TokenDefinition,
};

use super::{builder, counted, orders, sandbox, visits};

const PATH: &str = "/integrators/timeline/2026-03/types/projects";

/// A sandbox whose event types have full names.
async fn with_project() -> Sandbox {
    let sandbox = sandbox().await;
    for (symbol, token) in [("visited", "page"), ("ordered", "amount")] {
        let full = format!("a0001_{symbol}");
        let template = EventTemplate::new(symbol, ObjectType::Contacts);
        let token = TokenDefinition::new::<str>(token, token).expect("a good name");
        sandbox.add_event_type(&full, template.token(token));
        sandbox.add_project_type("pet-shelter", symbol, &full);
    }
    sandbox
}

fn client(sandbox: &Sandbox) -> Client {
    let retry = RetryPolicy::default().patience(Duration::from_secs(20));
    let builder = builder(sandbox).project("pet-shelter").retry(retry);
    builder.build().expect("good settings")
}

fn lookups(sandbox: &Sandbox) -> usize {
    sandbox
        .seen()
        .iter()
        .filter(|seen| seen.path == PATH)
        .count()
}

#[tokio::test]
async fn each_name_is_looked_up_once_for_all_tasks() {
    let sandbox = with_project().await;
    let client = client(&sandbox);
    let (many, others) = (visits(4_000), orders(3));
    let (one, other) = tokio::join!(many.send_batch(&client), others.send_batch(&client));
    let (one, other) = (one.expect("created"), other.expect("created"));
    assert_eq!((one.created(), other.created()), (4_000, 3));
    // Sending the events after the lookup of their name is no second try.
    assert_eq!((one.retries(), other.retries()), (0, 0));
    visits(1).send_batch(&client).await.expect("created");
    assert_eq!(lookups(&sandbox), 2);
    let events = sandbox.events();
    let full = events
        .iter()
        .filter(|event| event.template_id == "a0001_visited");
    assert_eq!(full.count(), 4_001);
}

#[tokio::test]
async fn a_type_that_the_project_does_not_have_is_refused() {
    let sandbox = with_project().await;
    let client = client(&sandbox);
    let input =
        |name: &'static str, n: usize| EventInput::of_type(name).email(format!("v{n}@example.com"));
    let mixed = [
        input("visited", 0),
        input("vanished", 1),
        input("visited", 2),
        input("gone", 3),
        input("vanished", 4),
    ];
    let report = mixed.iter().send_batch(&client).report().await;
    assert_eq!(counted(report.outcomes()), "created*2 rejected*3");
    assert_eq!((report.requests(), report.retries()), (4, 0));
    let text = report.outcomes()[4].to_string();
    assert!(
        text.contains("the project \"pet-shelter\" has no event type \"vanished\": compare `type_name` with the `uid`"),
        "{text}"
    );
    assert_eq!(lookups(&sandbox), 3);
    let again = mixed.iter().send_batch(&client).report().await;
    assert_eq!(counted(again.outcomes()), "created*2 rejected*3");
    assert_eq!(lookups(&sandbox), 3);
}

/// A project may be uploaded while a service runs.
#[tokio::test]
async fn a_type_that_was_missing_is_asked_for_again_after_a_minute() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let both = [
        EventInput::of_type("bought").email("ada@example.com"),
        EventInput::of_type("returned").email("ada@example.com"),
    ];
    let report = both.iter().send_batch(&client).report().await;
    assert_eq!(counted(report.outcomes()), "rejected*2");
    for symbol in ["bought", "returned"] {
        let full = format!("a0001_{symbol}");
        sandbox.add_event_type(&full, EventTemplate::new(symbol, ObjectType::Contacts));
        sandbox.add_project_type("pet-shelter", symbol, &full);
    }
    let clock = sandbox.clock();
    for (seconds, outcomes, asked) in [(55, "rejected*2", 2), (10, "created*2", 4)] {
        clock.sleep(Duration::from_secs(seconds)).await;
        let report = both.iter().send_batch(&client).report().await;
        assert_eq!(counted(report.outcomes()), outcomes);
        assert_eq!(lookups(&sandbox), asked);
    }
}

#[tokio::test]
async fn a_lookup_that_fails_is_tried_again() {
    for fault in [
        Fault::status(503),
        Fault::cut_after(),
        Fault::status(200).body("{}"),
        Fault::status(401),
    ] {
        let sandbox = with_project().await;
        let oauth = timeline_core::OAuth::new(
            timeline_core::sandbox::CLIENT_ID,
            timeline_core::sandbox::CLIENT_SECRET,
            sandbox.refresh_token(),
        );
        let builder = builder(&sandbox).project("pet-shelter").oauth(oauth);
        let client = builder.build().expect("good settings");
        sandbox.inject(fault.on(Route::Templates));
        let report = visits(3).send_batch(&client).await.expect("created");
        assert_eq!(report.created(), 3);
        assert_eq!(lookups(&sandbox), 2);
    }
}

/// Nothing has left, so nothing is uncertain.
#[tokio::test]
async fn a_lookup_that_fails_for_good_leaves_its_events_not_sent() {
    let sandbox = with_project().await;
    let client = client(&sandbox);
    sandbox.inject(Fault::cut_after().on(Route::Templates).forever());
    let report = visits(3).send_batch(&client).report().await;
    assert_eq!(counted(report.outcomes()), "not-sent*3");
    for outcome in report.outcomes() {
        let is_right = matches!(
            outcome,
            Outcome::NotSent {
                reason: NotSentReason::EventTypeUnknown,
                ..
            }
        );
        assert!(is_right, "{outcome}");
    }
    assert_eq!(sandbox.event_count(), 0);
    sandbox.clear_faults();
    let mut letters = Vec::new();
    report
        .write_undelivered(&mut letters)
        .expect("memory takes all");
    let replayed = client.replay(&letters[..]).await.expect("delivered");
    assert_eq!(replayed.created(), 3);
}

#[tokio::test]
async fn a_refused_lookup_refuses_its_events() {
    let sandbox = with_project().await;
    let client = client(&sandbox);
    sandbox.inject(Fault::status(400).on(Route::Templates));
    let report = visits(3).send_batch(&client).report().await;
    assert_eq!(counted(report.outcomes()), "rejected*3");
    sandbox.inject(Fault::status(403).on(Route::Templates));
    let report = visits(3).send_batch(&client).report().await;
    assert_eq!(counted(report.outcomes()), "not-sent*3");
}

/// A lookup that hangs belongs to one call. Another call that waits for the same name can be stopped meanwhile.
#[tokio::test]
async fn a_stop_waits_for_no_lookup_of_others() {
    let sandbox = with_project().await;
    let client = client(&sandbox);
    sandbox.inject(Fault::slow(Duration::from_secs(20)).on(Route::Templates));
    let clock = sandbox.clock();
    let (hangs, waits) = (visits(2), visits(3));
    let stop = clock.sleep(Duration::from_secs(3));
    let stopped = async {
        let report = waits.send_batch(&client).stop_on(stop).report().await;
        (counted(report.outcomes()), clock.elapsed())
    };
    let (first, (outcomes, at)) = tokio::join!(hangs.send_batch(&client).report(), stopped);
    assert_eq!(first.created(), 2, "{first}");
    assert_eq!(outcomes, "not-sent*3");
    assert!(at < Duration::from_secs(10), "{at:?}");
    assert_eq!(lookups(&sandbox), 1);
}

/// The result of a lookup concerns only the events of its type.
#[tokio::test]
async fn a_lookup_holds_up_no_other_type() {
    let input =
        |name: &'static str, n: usize| EventInput::of_type(name).email(format!("v{n}@example.com"));
    let mixed = [
        input("visited", 0),
        input("ordered", 1),
        input("visited", 2),
        input("ordered", 3),
        input("visited", 4),
    ];
    for (fault, outcomes) in [
        (Fault::status(400), "created*3 rejected*2"),
        (Fault::status(503), "created*3 not-sent*2"),
        (Fault::cut_after(), "created*3 not-sent*2"),
    ] {
        let sandbox = with_project().await;
        let client = client(&sandbox);
        visits(1).send_batch(&client).await.expect("created");
        sandbox.inject(fault.on(Route::Templates).forever());
        let report = mixed.iter().send_batch(&client).report().await;
        assert_eq!(counted(report.outcomes()), outcomes);
        assert_eq!(sandbox.event_count(), 4);
    }
}

/// What the client knows needs no lookup.
#[tokio::test]
async fn names_that_the_client_knows_are_full() {
    let sandbox = with_project().await;
    let types = EventTypes::from([("1001298", "a0001_visited")]);
    let builder = builder(&sandbox).project("pet-shelter").event_types(types);
    let client = builder.build().expect("good settings");
    visits(3).send_batch(&client).await.expect("created");
    assert_eq!(lookups(&sandbox), 0);
    assert!(
        sandbox
            .events()
            .iter()
            .all(|event| event.api == Api::AppEvents)
    );
}

/// The call that is one request needs the full names as well.
#[tokio::test]
async fn the_batch_call_as_it_is() {
    let sandbox = with_project().await;
    let client = client(&sandbox);
    let response = client.batch_create(&visits(3)).await.expect("an answer");
    assert_eq!(response.results.len(), 3);
    assert_eq!(lookups(&sandbox), 1);
    let unknown = [EventInput::of_type("gone").email("ada@example.com")];
    let error = client.batch_create(&unknown).await.expect_err("unknown");
    assert_eq!(
        (error.kind(), error.index()),
        (ErrorKind::InvalidEvent, Some(0))
    );
    sandbox.inject(Fault::status(503).on(Route::Templates));
    let error = client
        .batch_create(&orders(1))
        .await
        .expect_err("an outage");
    assert_eq!(error.kind(), ErrorKind::ServerError);
    assert!(error.to_string().contains("/types/projects"), "{error}");
}

/// A type goes by its `uid`, too: what was sent under one name exists under the other.
#[tokio::test]
async fn both_names_of_a_type_are_one() {
    for starts_with_project in [true, false] {
        let sandbox = sandbox().await;
        for template in super::Order::templates() {
            let definition = template.to_definition("ordered").expect("good names");
            let full_name = sandbox.add_definition("pet-shelter", definition);
            assert_eq!(full_name, "a62515_ordered");
        }
        // Another template, which is deleted.
        let template = EventTemplate::new("Gone", ObjectType::Contacts);
        let gone = sandbox.add_template(template);
        let (with, without) = (client(&sandbox), builder(&sandbox).build());
        let without = without.expect("good settings");
        let (first, second) = match starts_with_project {
            true => (with, without),
            false => (without, with),
        };
        let report = orders(2).send_batch(&first).report().await;
        assert_eq!(report.created(), 2, "{report}");
        let v3 = sandbox.client_builder().api(Api::V3).build();
        let templates = v3.expect("good settings").templates(4_711);
        templates.delete(&gone).await.expect("it is there");
        let report = orders(3).send_batch(&second).report().await;
        assert_eq!(
            (report.created(), report.rejected(), report.unknown()),
            (1, 0, 2),
            "{report}"
        );
        assert_eq!(sandbox.event_count(), 3);
    }
}
