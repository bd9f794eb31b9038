//! What is checked before anything is sent: the event is rejected, the others go out.

use std::time::SystemTime;

use timeline_core::{
    Client, EventInput, InvalidEvent, Outcome, RejectionReason, SendBatch, TemplateIds,
    TimelineEvent,
};

use crate::{Order, Seat, order, sandbox, words};

#[tokio::test]
async fn what_hubspot_would_refuse_anyway_does_not_leave() {
    let sandbox = sandbox().await;
    let visit = || EventInput::new("1001298").email("ada@example.com");
    let cases: Vec<(EventInput<'_>, &str)> = vec![
        (
            visit().id("x".repeat(501)),
            "the event's id has 501 bytes; HubSpot allows 500",
        ),
        (
            visit().id(""),
            "`id` is empty: give it a value, or `None` to leave it out",
        ),
        (
            visit().id("a-{{uuid}}"),
            "the event's id contains `{{uuid}}`",
        ),
        (
            visit().token("page", "x".repeat(510_001)),
            "token `page` takes 510001 bytes; HubSpot allows 510000",
        ),
        // The bytes are counted as they are sent: a quote takes two.
        (
            visit().token("page", "\"".repeat(255_001)),
            "token `page` takes 510002 bytes",
        ),
        (
            visit().extra_data("x".repeat(1_000_000)),
            "HubSpot allows 1000000",
        ),
        (
            visit().token("page", f64::INFINITY),
            "token `page` is NaN or infinite, not a number",
        ),
        (
            visit().token("no spaces", "x"),
            "token name \"no spaces\" contains ' '",
        ),
        (visit().token("log", "x"), "a token cannot be named `log`"),
        (
            visit().token("page", "x").token("page", "y"),
            "token `page` is set twice",
        ),
        (
            EventInput::new("1001298").token("page", "x"),
            "the event names no record",
        ),
        (EventInput::new("1001298").email(""), "`email` is empty"),
        (
            EventInput::new("").email("ada@example.com"),
            "the event template's id is empty",
        ),
        (
            EventInput::new("1")
                .email("ada@example.com")
                .object_type("deals"),
            "an event on deals needs an `object_id`",
        ),
        (
            visit().timestamp(
                SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(400_000_000_000),
            ),
            "`timestamp` is outside the years 0 to 9999",
        ),
        (
            visit().extra_data(std::collections::HashMap::from([([1, 2], 3)])),
            "`extra_data` cannot be written as JSON",
        ),
        (
            visit().id("a").key("k", 1),
            "the event has both an `id` and a `key`",
        ),
        (visit().key("k", None::<u8>), "key `k` has no value"),
        (
            EventInput::named("Unknown").email("ada@example.com"),
            "the client knows no id for the template \"Unknown\"",
        ),
    ];
    let count = cases.len();
    let (bad, says): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    // A good one between every two bad ones.
    let inputs = bad
        .into_iter()
        .flat_map(|bad| [bad, visit().token("page", "good")]);
    let report = inputs.send_batch(&sandbox.client()).report().await;

    assert_eq!((report.rejected(), report.created()), (count, count));
    for (index, says) in says.iter().enumerate() {
        let Outcome::Rejected(rejection) = &report.outcomes()[2 * index] else {
            panic!("not rejected: {says}");
        };
        assert!(
            rejection.to_string().contains(says),
            "{rejection}, expected {says}"
        );
        assert!(matches!(rejection.reason(), RejectionReason::Invalid(_)));
        assert!(
            rejection
                .message()
                .is_some_and(|message| message.contains(says))
        );
    }
    assert_eq!(report.requests(), 1);
}

#[tokio::test]
async fn the_largest_allowed_gets_through() {
    let sandbox = sandbox().await;
    let input = EventInput::new("1001298")
        .id("x".repeat(500))
        .email("ada@example.com")
        .token("page", "x".repeat(510_000));
    [input]
        .send_batch(&sandbox.client())
        .await
        .expect("created");
}

/// A hand-written event may return an input that has not been checked.
#[tokio::test]
async fn a_hand_written_event_is_checked_too() {
    struct Careless;
    impl TimelineEvent for Careless {
        fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
            Ok(EventInput::new("1001298").token("page", f64::NAN))
        }
        fn templates() -> Vec<timeline_core::EventTemplate> {
            Vec::new()
        }
    }
    let sandbox = sandbox().await;
    let report = [Careless].send_batch(&sandbox.client()).report().await;
    assert_eq!((report.rejected(), report.requests()), (1, 0));
}

#[tokio::test]
async fn a_key_needs_the_portal_id() {
    let sandbox = sandbox().await;
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .build()
        .expect("good settings");
    let seats = [1, 2].map(|row| Seat {
        row,
        who: "ada@example.com".into(),
    });
    let report = seats.send_batch(&client).report().await;
    assert_eq!((report.rejected(), report.requests()), (2, 0));
    assert!(
        report.outcomes()[0]
            .to_string()
            .contains("call `.portal_id(…)`"),
        "{}",
        report.outcomes()[0]
    );
}

#[tokio::test]
async fn a_named_template_is_looked_up() {
    #[derive(TimelineEvent)]
    #[timeline(template = "Pet adopted")]
    struct PetAdopted {
        #[timeline(email)]
        owner: String,
        name: String,
    }
    let pet = || PetAdopted {
        owner: "ada@example.com".into(),
        name: "Rex".into(),
    };
    let sandbox = sandbox().await;
    let ids = sandbox.register::<PetAdopted>();
    let id = ids.get("Pet adopted").expect("registered").to_owned();
    let client = sandbox
        .client_builder()
        .template_ids(ids)
        .build()
        .expect("good settings");
    client.send(&pet()).await.expect("created");
    assert_eq!(sandbox.events()[0].template_id, id);

    // A client of another sandbox does not know the template.
    let stranger = crate::sandbox().await;
    let client = stranger
        .client_builder()
        .template_ids(TemplateIds::new())
        .build()
        .expect("good settings");
    let report = [pet(), pet()].send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "rejected*2");
    assert_eq!(report.requests(), 0);
}

#[tokio::test]
async fn the_same_id_twice_in_one_call() {
    let sandbox = sandbox().await;
    let other = Order {
        amount: 13.0,
        ..order("a")
    };
    let events = [order("a"), order("b"), order("a"), other];
    let report = events.send_batch(&sandbox.client()).report().await;
    assert_eq!(words(report.outcomes()), "created*3 rejected");
    let Outcome::Rejected(rejection) = &report.outcomes()[3] else {
        panic!("not rejected");
    };
    assert_eq!(rejection.reason(), &RejectionReason::SameIdTwice);
    assert_eq!(sandbox.event_count(), 2);
    assert!(sandbox.events().iter().all(|event| event.sent == 1));
}

/// The second one is taken from the iterator when the first one's outcome is known already.
#[tokio::test]
async fn the_same_id_twice_in_batches_far_apart() {
    let sandbox = sandbox().await;
    let client = sandbox
        .client_builder()
        .batch_size(1)
        .concurrency(1)
        .build()
        .expect("good settings");
    let events = [order("a"), order("b"), order("c"), order("a")];
    let report = events.send_batch(&client).await.expect("all there");
    assert_eq!((report.created(), report.requests()), (4, 3));
}

/// Time passes while the events are taken; an event without a time of its own does not become another one by it.
#[tokio::test]
async fn the_same_event_twice_with_time_in_between() {
    use std::sync::Arc;
    use timeline_core::TestClock;
    let clock = TestClock::new();
    let sandbox = timeline_core::Sandbox::builder()
        .clock(Arc::new(clock.clone()))
        .start()
        .await
        .expect("a free port");
    sandbox.register::<Order>();
    let events = (0..2).map(|_| {
        clock.advance(std::time::Duration::from_secs(60));
        order("a")
    });
    let report = events
        .send_batch(&sandbox.client())
        .await
        .expect("all there");
    assert_eq!((report.created(), sandbox.event_count()), (2, 1));
}

/// A row that cannot be read is rejected in its own place, with its own words, and the others are sent.
#[tokio::test]
async fn events_that_could_not_be_made() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let rows = [
        Ok(order("order-1")),
        Err(InvalidEvent::new("row 2 has no customer")),
        Ok(order("order-3")),
        Err(InvalidEvent::new("row 4 is empty")),
    ];
    let report = rows.iter().send_batch(&client).report().await;
    assert_eq!(
        words(report.outcomes()),
        "created rejected created rejected"
    );
    for (index, text) in [(1, "row 2 has no customer"), (3, "row 4 is empty")] {
        let outcome = report.outcomes()[index].to_string();
        assert!(outcome.contains(text), "{outcome}");
    }
    let mut letters = Vec::new();
    report.write_undelivered(&mut letters).expect("memory");
    let letters = String::from_utf8(letters).expect("UTF-8");
    assert_eq!(letters.lines().count(), 2, "{letters}");
    // What the type needs of the client is known all the same.
    type Row = Result<Seat, InvalidEvent>;
    assert_eq!(Row::templates(), Seat::templates());
    let no_account = Client::builder().access_token("token").build();
    let seat: [Row; 1] = [Ok(Seat {
        row: 1,
        who: "ada@example.com".to_owned(),
    })];
    let report = seat.send_batch(&no_account.expect("good settings"));
    let outcome = report.report().await.outcomes()[0].to_string();
    assert!(outcome.contains("portal_id"), "{outcome}");
}

/// A service asks when it starts whether the client lacks something, and is told what every event would be.
#[tokio::test]
async fn what_the_client_lacks_for_a_type() {
    #[derive(TimelineEvent)]
    #[timeline(template = "Pet adopted")]
    struct PetAdopted {
        #[timeline(email)]
        owner: String,
    }
    let bare = || Client::builder().access_token("token");
    let named = TemplateIds::from([("Pet adopted", "1001298")]);
    let whole = bare().portal_id(62515).template_ids(named).build();
    let (bare, whole) = (
        bare().build().expect("good settings"),
        whole.expect("good settings"),
    );
    assert_eq!(bare.check::<Order>(), Ok(()));
    assert_eq!(whole.check::<Seat>(), Ok(()));
    assert_eq!(whole.check::<PetAdopted>(), Ok(()));
    let pet = PetAdopted {
        owner: "ada@example.com".to_owned(),
    };
    let outcome = bare.send(&pet).await.expect_err("no id").to_string();
    for (lacking, setting) in [
        (bare.check::<PetAdopted>(), "template_ids"),
        (bare.check::<Seat>(), "portal_id"),
    ] {
        let lacking = lacking.expect_err("missing").to_string();
        assert!(lacking.contains(setting), "{lacking}");
    }
    let lacking = bare.check::<PetAdopted>().expect_err("no id").to_string();
    assert!(outcome.contains(&lacking), "{outcome}");
}

/// Everything that is missing is said at once, once for each setting.
#[tokio::test]
async fn all_that_the_client_lacks_is_said_at_once() {
    #[derive(TimelineEvent)]
    enum Pet {
        #[timeline(template = "Pet adopted")]
        Adopted {
            #[timeline(email)]
            owner: String,
            #[timeline(key)]
            pet: u32,
        },
        #[timeline(template = "Pet returned")]
        Returned {
            #[timeline(email)]
            owner: String,
            #[timeline(key)]
            pet: u32,
        },
    }
    /// An enum of two types that lack the same setting.
    #[derive(TimelineEvent)]
    #[expect(dead_code, reason = "only its type is asked about")]
    enum Either {
        Pet(Pet),
        Seat(Seat),
    }
    let client = Client::builder().access_token("token").build();
    let client = client.expect("good settings");
    let both = client.check::<Either>().expect_err("missing").to_string();
    assert_eq!(both.matches("`.portal_id(…)`").count(), 1, "{both}");
    let said = client.check::<Pet>().expect_err("missing").to_string();
    for setting in ["`.portal_id(…)`", "\"Pet adopted\"", "\"Pet returned\""] {
        assert_eq!(said.matches(setting).count(), 1, "{setting}: {said}");
    }
    let pets = [1, 2].map(|pet| Pet::Adopted {
        owner: "ada@example.com".to_owned(),
        pet,
    });
    let report = pets.send_batch(&client).report().await;
    assert_eq!(report.rejected(), 2);
    for outcome in report.outcomes() {
        assert!(outcome.to_string().contains(&said), "{outcome}");
    }
    let returned = Pet::Returned {
        owner: "ada@example.com".to_owned(),
        pet: 1,
    };
    let error = client
        .send(&returned)
        .await
        .expect_err("the same is missing");
    assert!(error.to_string().contains(&said), "{error}");
}

/// The client does not know the name, and knows a similar one.
#[test]
fn a_misspelt_template_is_compared_with_those_that_are_known() {
    #[derive(TimelineEvent)]
    #[timeline(template = "Pet adoptd")]
    struct PetAdopted {
        #[timeline(email)]
        owner: String,
    }
    let client = |builder: timeline_core::ClientBuilder| {
        let client = builder.access_token("token").build();
        client.expect("good settings")
    };
    let ids = |name: &str| client(Client::builder().template_ids(TemplateIds::from([(name, "7")])));
    let types = |name: &str| {
        let types = timeline_core::EventTypes::from([(name, "pet")]);
        let builder = Client::builder().api(timeline_core::Api::AppEvents);
        client(builder.event_types(types))
    };
    for (client, near) in [
        (ids("Pet adopted"), true),
        (ids("Order shipped"), false),
        (types("pet-adopted"), true),
        (types("Order shipped"), false),
    ] {
        let lacking = client.check::<PetAdopted>().expect_err("misspelt");
        let lacking = lacking.to_string();
        assert_eq!(lacking.contains("did you mean \""), near, "{lacking}");
    }
    // A similar id is no hint: ids are alike by chance.
    let input = EventInput::new("1001298").email("ada@example.com");
    let error = types("1001299").seal(&input).expect_err("another id");
    assert!(!error.to_string().contains("did you mean"), "{error}");
    let pet = PetAdopted {
        owner: "ada@example.com".to_owned(),
    };
    assert!(ids("Pet adoptd").event_id(&pet).is_ok());
    let error = ids("Pet adopted").event_id(&pet).expect_err("misspelt");
    assert!(error.to_string().contains("did you mean \"Pet adopted\""));
}
