//! Events of several kinds in one call, and what a type as a whole asks of the client.

use timeline_core::{
    Client, EventInput, Outcome, RejectionReason, Sandbox, SendBatch, TemplateIds, TimelineEvent,
    TimelineFields, TokenEnum,
};

use crate::{sandbox, words};

#[derive(Clone, Copy, TokenEnum)]
#[timeline(rename_all = "lowercase")]
enum Plan {
    Free,
    Pro,
}

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    mail: String,
    plan: Plan,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "2001")]
struct Visit {
    #[timeline(email)]
    who: String,
}

#[derive(TimelineEvent)]
enum AppEvent {
    #[timeline(
        template_id = "2002",
        id = "order-{number}",
        header = "Ordered {{amount}}"
    )]
    Ordered {
        #[timeline(skip)]
        number: u64,
        #[timeline(flatten)]
        customer: Customer,
        #[timeline(type = "number")]
        amount: String,
    },
    #[timeline(template = "Seat taken")]
    Seat(
        #[timeline(email)] String,
        #[timeline(key, token = "row")] u32,
    ),
    #[timeline(template_id = "2003", object_type = "deals")]
    Won(#[timeline(object_id)] u64),
    Visit(Box<Visit>),
}

fn mail() -> String {
    "ada@example.com".to_owned()
}

fn ordered(number: u64, amount: &str) -> AppEvent {
    AppEvent::Ordered {
        number,
        customer: Customer {
            mail: mail(),
            plan: if number == 1 { Plan::Free } else { Plan::Pro },
        },
        amount: amount.to_owned(),
    }
}

/// One of each kind.
fn mixed() -> Vec<AppEvent> {
    vec![
        ordered(1, "12.5"),
        AppEvent::Seat(mail(), 7),
        AppEvent::Won(451),
        AppEvent::Visit(Box::new(Visit { who: mail() })),
        ordered(2, "0"),
    ]
}

async fn registered() -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.register::<AppEvent>();
    sandbox
}

/// A client that lacks something.
fn client(sandbox: &Sandbox, portal: Option<u64>, ids: TemplateIds) -> Client {
    let builder = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .template_ids(ids);
    let builder = match portal {
        Some(portal) => builder.portal_id(portal),
        None => builder,
    };
    builder.build().expect("good settings")
}

/// Asserts that every event is rejected for this reason.
fn all_rejected(outcomes: &[Outcome], says: &str) {
    for outcome in outcomes {
        let Outcome::Rejected(rejection) = outcome else {
            panic!("not rejected: {outcome}");
        };
        assert!(matches!(rejection.reason(), RejectionReason::Invalid(_)));
        assert!(rejection.to_string().contains(says), "{rejection}");
    }
}

#[tokio::test]
async fn events_of_all_kinds_go_out_in_one_request() {
    let sandbox = registered().await;
    let report = mixed()
        .send_batch(&sandbox.client())
        .await
        .expect("all created");
    assert_eq!((report.created(), report.requests()), (5, 1));

    let seat = sandbox.template_ids();
    let seat = seat.get("Seat taken").expect("registered");
    let events = sandbox.events();
    let mut seen: Vec<(&str, Option<&str>, Option<&str>)> = events
        .iter()
        .map(|event| {
            (
                event.template_id.as_str(),
                event.tokens.get("plan").map(String::as_str),
                event.tokens.get("amount").map(String::as_str),
            )
        })
        .collect();
    seen.sort_unstable();
    let mut expected = [
        ("2001", None, None),
        ("2002", Some("free"), Some("12.5")),
        ("2002", Some("pro"), Some("0")),
        ("2003", None, None),
        (seat, None, None),
    ];
    expected.sort_unstable();
    assert_eq!(seen, expected);
    assert!(sandbox.event("2002", "order-1").is_some());
    assert!(sandbox.event("2002", "order-2").is_some());
}

#[tokio::test]
async fn ids_from_patterns_and_keys_make_a_second_sending_harmless() {
    let sandbox = registered().await;
    let client = sandbox.client();
    let two = || [ordered(1, "12.5"), AppEvent::Seat(mail(), 7)];
    assert_eq!(client.event_id(&two()[0]).expect("good"), "order-1");
    two().send_batch(&client).await.expect("created");
    two().send_batch(&client).await.expect("there");
    assert_eq!(sandbox.event_count(), 2);
}

#[tokio::test]
async fn one_bad_variant_does_not_sink_the_others() {
    let sandbox = registered().await;
    let mut events = mixed();
    events.push(ordered(3, "a lot"));
    let report = events.send_batch(&sandbox.client()).report().await;
    assert_eq!(words(report.outcomes()), "created*5 rejected");
    all_rejected(
        &report.outcomes()[5..],
        "token `amount` is not a number, which its `type` says it is",
    );
}

#[tokio::test]
async fn a_key_in_one_variant_needs_the_portal_for_all() {
    let sandbox = registered().await;
    let client = client(&sandbox, None, sandbox.template_ids());
    let says = "call `.portal_id(…)` on the client's builder";

    let report = mixed().send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "rejected*5");
    all_rejected(report.outcomes(), says);

    // Every event is rejected even if none of them has the key: the type says that it is needed.
    let unkeyed = || vec![AppEvent::Won(1), AppEvent::Won(2)];
    let report = unkeyed().send_batch(&client).report().await;
    all_rejected(report.outcomes(), says);
    let report = unkeyed().iter().send_batch(&client).report().await;
    all_rejected(report.outcomes(), says);
    let boxed = unkeyed().into_iter().map(Box::new);
    let report = boxed.send_batch(&client).report().await;
    all_rejected(report.outcomes(), says);
    let error = client.send(&AppEvent::Won(1)).await.expect_err("rejected");
    assert!(error.to_string().contains(says), "{error}");

    assert_eq!((sandbox.requests(), sandbox.event_count()), (0, 0));
}

#[tokio::test]
async fn a_name_in_one_variant_needs_its_id_for_all() {
    let sandbox = registered().await;
    let portal = Some(sandbox.portal_id());
    let ids = TemplateIds::new().with("Seat", "1");
    let client = client(&sandbox, portal, ids);
    let says =
        "the client knows no id for the template \"Seat taken\": add it with `.template_ids(…)`";

    let report = mixed().send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "rejected*5");
    all_rejected(report.outcomes(), says);
    let error = client.send(&AppEvent::Won(1)).await.expect_err("rejected");
    assert!(error.to_string().contains(says), "{error}");
    assert_eq!((sandbox.requests(), sandbox.event_count()), (0, 0));
}

#[tokio::test]
async fn what_the_types_inside_need_counts_too() {
    #[derive(TimelineEvent)]
    enum Outer<'a> {
        Inner(&'a AppEvent),
        #[timeline(template_id = "2003", object_type = "deals")]
        Lost(#[timeline(object_id)] u64),
    }

    let sandbox = registered().await;
    let won = AppEvent::Won(1);
    let events = || vec![Outer::Lost(5), Outer::Inner(&won)];
    let lacking = client(&sandbox, None, sandbox.template_ids());
    let report = events().send_batch(&lacking).report().await;
    all_rejected(report.outcomes(), "call `.portal_id(…)`");
    assert_eq!((report.rejected(), sandbox.requests()), (2, 0));

    let report = events()
        .send_batch(&sandbox.client())
        .await
        .expect("all created");
    assert_eq!(report.created(), 2);
}

/// What a hand-built input needs is not known before it is there.
#[tokio::test]
async fn a_hand_built_input_is_rejected_alone() {
    #[derive(TimelineEvent)]
    #[allow(clippy::large_enum_variant)]
    enum AnyEvent<'a> {
        Visit(Visit),
        Input(EventInput<'a>),
        Boxed(Box<dyn TimelineEvent + Send>),
    }

    let sandbox = registered().await;
    let client = client(&sandbox, None, TemplateIds::new());
    let keyed = || EventInput::new("2001").email(mail()).key("row", 1);
    let named = || EventInput::named("Seat taken").email(mail());
    let plain = || EventInput::new("2001").email(mail());

    let inputs = [plain(), keyed(), plain(), named()];
    let report = inputs.send_batch(&client).report().await;
    assert_eq!(
        words(report.outcomes()),
        "created rejected created rejected"
    );
    all_rejected(&report.outcomes()[1..2], "call `.portal_id(…)`");
    all_rejected(&report.outcomes()[3..], "\"Seat taken\"");

    let events = vec![
        AnyEvent::Input(keyed()),
        AnyEvent::Visit(Visit { who: mail() }),
        AnyEvent::Boxed(Box::new(AppEvent::Seat(mail(), 1))),
        AnyEvent::Input(plain()),
        AnyEvent::Boxed(Box::new(AppEvent::Won(1))),
    ];
    let report = events.send_batch(&client).report().await;
    assert_eq!(
        words(report.outcomes()),
        "rejected created rejected created*2"
    );
}
