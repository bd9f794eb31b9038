//! What goes out, under which name, and what cannot go out.

use timeline_core::{
    Api, Client, EventInput, EventTypes, Outcome, SendBatch, TemplateIds, TimelineEvent,
};
use timeline_core::{ErrorKind, EventTemplate, ObjectType};

use super::{Seat, Visit, builder, client, counted, orders, sandbox, seats, visits};

#[tokio::test]
async fn the_same_type_goes_out_through_either_api() {
    let sandbox = sandbox().await;
    let report = visits(1_200)
        .send_batch(&client(&sandbox))
        .await
        .expect("created");
    assert_eq!((report.created(), report.requests()), (1_200, 3));
    let report = visits(200)
        .send_batch(&sandbox.client())
        .await
        .expect("created");
    assert_eq!((report.created(), report.requests()), (200, 2));

    let events = sandbox.events();
    let through = |api: Api| events.iter().filter(|event| event.api == api).count();
    assert_eq!((through(Api::AppEvents), through(Api::V3)), (1_200, 200));
    assert_eq!(events[0].template_id, "visited");
    assert!(events[0].tokens["page"].starts_with("/page/"));
    let paths: Vec<String> = sandbox.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths[0], "/integrators/timeline/2026-03/events/batch");
    assert_eq!(paths[3], "/integrators/timeline/v3/events/batch/create");
}

#[tokio::test]
async fn the_version_is_a_setting() {
    let sandbox = sandbox().await;
    for version in ["2026-09", "v4"] {
        let client = builder(&sandbox)
            .api_version(version)
            .build()
            .expect("good settings");
        client.send(&visits(1)[0]).await.expect("created");
        let path = sandbox.seen().pop().expect("a request").path;
        assert_eq!(
            path,
            format!("/integrators/timeline/{version}/events/batch")
        );
    }
}

#[tokio::test]
async fn every_way_of_sending() {
    use futures_util::{StreamExt, stream};
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.send(&orders(1)[0]).await.expect("one event");
    let streamed: Vec<(usize, Outcome)> =
        client.send_stream(stream::iter(visits(3))).collect().await;
    assert!(streamed.iter().all(|(_, outcome)| outcome.is_delivered()));
    let sender = client.sender().build();
    let pending = sender.send(&visits(1)[0]).await;
    assert!(pending.await.is_delivered());
    let sealed = client.seal(&seats(0..1)[0]).expect("it can be sent");
    assert_eq!(sealed.type_name(), Some("seat_taken"));
    let json = serde_json::to_string(&sealed).expect("JSON");
    let read: timeline_core::SealedEvent = serde_json::from_str(&json).expect("sealed");
    assert_eq!(read, sealed);
    client.send(&read).await.expect("a sealed event");
    assert_eq!(sandbox.event_count(), 6);
}

/// A name of the client's comes before the type's own: by the template's id, or by its name.
#[tokio::test]
async fn event_types_of_the_client_come_first() {
    let sandbox = sandbox().await;
    let template = || {
        let template = EventTemplate::new("Visited", ObjectType::Contacts);
        template.token(timeline_core::TokenDefinition::new::<str>("page", "Page").expect("a name"))
    };
    for name in ["by_id", "by_name", "by_reverse"] {
        sandbox.add_event_type(name, template());
    }
    let named = || EventInput::named("Pet adopted").email("ada@example.com");
    let ids = || TemplateIds::from([("Pet adopted", "7")]);
    for (client, event, name) in [
        (
            builder(&sandbox).event_types(EventTypes::from([("1001298", "by_id")])),
            EventInput::new("1001298")
                .type_name("visited")
                .email("ada@example.com"),
            "by_id",
        ),
        (
            builder(&sandbox).event_types(EventTypes::from([("Pet adopted", "by_name")])),
            named(),
            "by_name",
        ),
        (
            builder(&sandbox)
                .template_ids(ids())
                .event_types(EventTypes::from([("Pet adopted", "by_reverse")])),
            EventInput::new("7").email("ada@example.com"),
            "by_reverse",
        ),
        (
            builder(&sandbox)
                .template_ids(ids())
                .event_types(EventTypes::from([("7", "by_id")])),
            named(),
            "by_id",
        ),
    ] {
        sandbox.clear_events();
        let client = client.build().expect("good settings");
        client.send(&event).await.expect(name);
        assert_eq!(sandbox.events()[0].template_id, name);
    }
}

#[derive(TimelineEvent)]
#[timeline(template_id = "5", object_type = "2-3308615")]
struct Unnamed {
    #[timeline(object_id)]
    car: u32,
}

#[derive(TimelineEvent)]
#[timeline(
    template_id = "5",
    type_name = "sold",
    object_type = "2-3308615",
    object_type_name = "p62515_car"
)]
struct Sold {
    #[timeline(object_id)]
    car: u32,
    #[timeline(custom_object_type_id)]
    other: Option<&'static str>,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "5", type_name = "sold", object_type = "2-3308615")]
struct NoName {
    #[timeline(object_id)]
    car: u32,
}

/// What is known from the type: nothing is sent, and every event says why.
#[tokio::test]
async fn what_a_type_lacks_is_told_before_anything_is_sent() {
    let sandbox = sandbox().await;
    let app_events = client(&sandbox);
    let told = async |report: timeline_core::BatchReport, says: &str| {
        for outcome in report.outcomes() {
            assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome}");
            assert!(outcome.to_string().contains(says), "{outcome}");
        }
        assert_eq!(report.total(), 2);
    };
    let unnamed = [Unnamed { car: 1 }, Unnamed { car: 2 }];
    told(
        unnamed.send_batch(&app_events).report().await,
        "the client knows no event type for the template \"5\": give the event a `type_name`",
    )
    .await;
    let no_name = [NoName { car: 1 }, NoName { car: 2 }];
    told(
        no_name.send_batch(&app_events).report().await,
        "app events need the fully qualified name of the custom object 2-3308615",
    )
    .await;
    told(
        orders(2).send_batch(&sandbox.client()).report().await,
        "the event has no template, only the event type \"ordered\" of app events",
    )
    .await;
    assert_eq!(sandbox.requests(), 0);
    // Of events that are built by hand, only the event itself is rejected.
    let mixed = [
        EventInput::new("9").email("ada@example.com"),
        EventInput::of_type("visited").email("ada@example.com"),
    ];
    let report = mixed.send_batch(&app_events).report().await;
    assert_eq!(counted(report.outcomes()), "created*1 rejected*1");
}

#[tokio::test]
async fn custom_objects_go_by_their_full_names() {
    let sandbox = sandbox().await;
    sandbox.register::<Sold>();
    let sold = |other| Sold { car: 7, other };
    let events = [sold(None), sold(Some("p62515_bike"))];
    events.send_batch(&client(&sandbox)).await.expect("created");
    let events = sandbox.events();
    let names = events
        .iter()
        .map(|event| event.custom_object_type_id.as_deref());
    assert!(names.eq([Some("p62515_car"), Some("p62515_bike")]));
}

/// A key makes the same id whichever API the event goes through, if the template is known.
#[tokio::test]
async fn keyed_ids_are_the_same_through_both() {
    let sandbox = sandbox().await;
    let seat = &seats(7..8)[0];
    let id = |client: &Client| client.event_id(seat).expect("an id");
    let v3 = id(&sandbox.client());
    assert_eq!(v3, id(&client(&sandbox)));
    // Without the template's id the name stands for it, and every client does so alike.
    let stranger = || {
        let builder = Client::builder()
            .access_token("x")
            .portal_id(sandbox.portal_id());
        builder.api(Api::AppEvents).build().expect("good settings")
    };
    assert_eq!(id(&stranger()), id(&stranger()));
    assert_ne!(id(&stranger()), v3);
}

/// What v3 could not send goes out through app events, under the same ids.
#[tokio::test]
async fn dead_letters_of_v3_go_out_through_app_events() {
    let sandbox = sandbox().await;
    sandbox.move_to_app_events();
    let events: Vec<Seat> = seats(0..3);
    let report = events.send_batch(&sandbox.client()).report().await;
    assert_eq!(counted(report.outcomes()), "not-sent*3");
    let mut letters = Vec::new();
    report
        .write_undelivered(&mut letters)
        .expect("memory takes all");
    let replayed = client(&sandbox)
        .replay(&letters[..])
        .await
        .expect("all delivered");
    assert_eq!(replayed.created(), 3);
    let ids = |report: &timeline_core::BatchReport| -> Vec<String> {
        let ids = report.outcomes().iter().map(|outcome| outcome.id());
        ids.map(|id| id.expect("an id").to_owned()).collect()
    };
    assert_eq!(ids(&replayed), ids(&report));

    // And back: a client of v3 rejects an event that has an event type alone, and says so.
    sandbox.inject(timeline_core::sandbox::Fault::status(403));
    let report = orders(1).send_batch(&client(&sandbox)).report().await;
    let mut letters = Vec::new();
    report
        .write_undelivered(&mut letters)
        .expect("memory takes all");
    let back = sandbox.client().replay(&letters[..]).report().await;
    let outcome = back.outcomes()[0].to_string();
    assert!(
        outcome.contains("line 1 has no template, only the event type \"ordered\""),
        "{outcome}"
    );
    let again = client(&sandbox).replay(&letters[..]).report().await;
    assert_eq!(counted(again.outcomes()), "created*1");
}

#[tokio::test]
async fn settings_and_calls_that_app_events_do_not_have() {
    let sandbox = sandbox().await;
    let error = builder(&sandbox)
        .batch_size(501)
        .build()
        .expect_err("too many");
    assert_eq!(
        error.to_string(),
        "`batch_size` is over 500, which is the most that app events take"
    );
    let error = builder(&sandbox)
        .api_version("v4/x")
        .build()
        .expect_err("no segment");
    assert_eq!(
        error.to_string(),
        "`api_version` must be a segment of a path, such as `2026-03`"
    );
    let error = client(&sandbox)
        .event("visited", "a")
        .await
        .expect_err("no such call");
    assert_eq!(error.kind(), ErrorKind::NoSuchCall);
    assert_eq!(sandbox.requests(), 0);
    let response = client(&sandbox)
        .batch_create(&visits(2))
        .await
        .expect("an answer");
    assert_eq!(response.results.len(), 2);
    let nothing: [Visit; 0] = [];
    let response = client(&sandbox)
        .batch_create(&nothing)
        .await
        .expect("an answer");
    assert_eq!(response.results.len(), 0);
}
