//! Sealed events: kept as JSON, and the same event however they are sent.

use std::time::{Duration, UNIX_EPOCH};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use timeline_core::sandbox::{Rules, SameId, Sandbox};
use timeline_core::{
    Client, Credentials, EventInput, Outcome, RejectionReason, SealedEvent, SendBatch, TemplateIds,
    TimelineEvent, TimelineIFrame,
};

use crate::{Seat, order, sandbox, sandbox_with, visits, words};

/// One event with everything that an event can have.
fn whole() -> EventInput<'static> {
    EventInput::new("1001299")
        .id("order-\"1\"")
        .email("ada@example.com")
        .utk("4b1d")
        .object_id("77")
        .domain("example.com")
        .custom_object_type_id("2-3308615")
        .timestamp(UNIX_EPOCH + Duration::from_millis(1_785_585_600_123))
        .token("amount", 12.5)
        .token("note", "a \"quoted\" n\u{f6}te\n")
        .extra_data(json!({"b": [1, 1.0, null], "a": {"x": "y"}}))
        .iframe(TimelineIFrame {
            link_label: "Open".into(),
            header_label: "Order".into(),
            url: "https://example.com/1".into(),
            width: 800,
            height: 600,
        })
}

/// A client that knows neither its account nor a template.
fn unaware(sandbox: &Sandbox) -> Client {
    let builder = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .clock(sandbox.clock());
    builder.build().expect("good settings")
}

fn back(sealed: &SealedEvent) -> SealedEvent {
    let json = serde_json::to_string(sealed).expect("JSON");
    let read: SealedEvent = serde_json::from_str(&json).expect("the same");
    assert_eq!(read, *sealed);
    assert_eq!(SealedEvent::from_json(json.as_bytes()).as_ref(), Ok(sealed));
    read
}

/// Queues hold such JSON for as long as they like. If this test fails, the change needs another version.
#[tokio::test]
async fn the_json_never_changes() {
    let sandbox = sandbox().await;
    let client = unaware(&sandbox);
    let sealed = client.seal(&whole()).expect("a good event");
    assert_eq!(
        serde_json::to_string(&sealed).expect("JSON"),
        concat!(
            r#"{"version":1,"id":"order-\"1\"","idOrigin":"user","template":"1001299","#,
            r#""timestamp":"2026-08-01T12:00:00.123Z","event":{"email":"ada@example.com","utk":"4b1d","#,
            r#""objectId":"77","domain":"example.com","customObjectTypeId":"2-3308615","#,
            r#""tokens":{"amount":"12.5","note":"a \"quoted\" nöte\n"},"extraData":{"a":{"x":"y"},"b":[1,1.0,null]},"#,
            r#""timelineIFrame":{"linkLabel":"Open","headerLabel":"Order","url":"https://example.com/1","#,
            r#""width":800,"height":600}}}"#,
        )
    );
    let portal = sandbox.client();
    let seat = Seat {
        row: 1,
        who: "ada@example.com".into(),
    };
    assert_eq!(
        serde_json::to_string(&portal.seal(&seat).expect("a good event")).expect("JSON"),
        concat!(
            r#"{"version":1,"id":"0244928c-50e1-59a3-8b6b-7bd6274b3844","idOrigin":"keyed","template":"1001300","#,
            r#""portalId":62515,"timestamp":"2026-08-01T12:00:00.000Z","stamped":true,"#,
            r#""event":{"email":"ada@example.com","tokens":{}}}"#,
        )
    );
    let visit = portal.seal(&visits(1)[0]).expect("a good event");
    let json = serde_json::to_value(&visit).expect("JSON");
    assert_eq!(json["idOrigin"], "made");
    assert_eq!(json["id"], visit.id());
}

/// The parts that can be read are what was sealed.
#[tokio::test]
async fn it_is_the_event_that_was_sealed() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let sealed = back(&client.seal(&whole()).expect("a good event"));
    assert_eq!(sealed.id(), "order-\"1\"");
    assert_eq!(sealed.template_id(), Some("1001299"));
    assert_eq!(
        (sealed.template_name(), sealed.portal_id()),
        (None, Some(62515))
    );
    assert_eq!(sealed.timestamp(), Some(1_785_585_600_123));
    let json = |event: &EventInput<'_>| serde_json::to_value(event).expect("JSON");
    let input = sealed.event_input().expect("a good event");
    assert_eq!(json(&input), json(&whole()));
    assert_eq!(input.get_email(), Some("ada@example.com"));
    assert_eq!(client.event_id(&sealed).expect("it has one"), "order-\"1\"");
    let again = client.seal(&sealed).expect("a good event");
    assert_eq!(again, sealed);
    // An input that is changed is another event.
    let changed = client.seal(&input.token("more", 1)).expect("a good event");
    let changed = serde_json::to_value(&changed).expect("JSON");
    assert_eq!(changed["event"]["tokens"]["more"], "1");
}

/// A sealed event goes out under its own id and time, by every way of sending.
#[tokio::test]
async fn every_way_of_sending_takes_it() {
    let sandbox = sandbox_with(Rules::default().same_id(SameId::Updates)).await;
    let sealer = sandbox.client();
    let sealed = back(&sealer.seal(&visits(1)[0]).expect("a good event"));
    // As another process, later.
    sandbox.clock().sleep(Duration::from_secs(3600)).await;
    let client = sandbox.client();
    client.send(&sealed).await.expect("created");
    [sealed.clone()].send_batch(&client).await.expect("created");
    let boxed: Vec<Box<dyn TimelineEvent + Send + Sync>> = vec![Box::new(sealed.clone())];
    boxed.send_batch(&client).await.expect("created");
    let outcomes: Vec<_> = client.send_stream(stream::iter([&sealed])).collect().await;
    assert!(outcomes[0].1.is_delivered());
    let sender = client.sender().build();
    let pending = sender.send(&sealed).await;
    sender.flush().await;
    assert!(pending.await.is_delivered());
    let answer = client.batch_create(std::slice::from_ref(&sealed)).await;
    assert_eq!(answer.expect("created").results.len(), 1);
    let events = sandbox.events();
    assert_eq!(events.len(), 1, "one event on HubSpot");
    assert_eq!(events[0].id, sealed.id());
    assert_eq!(events[0].timestamp, Some(1_785_585_600_000));
    assert_eq!(events[0].writes, 6);
}

/// Whose id it is decides what "already in use" means.
#[tokio::test]
async fn its_id_stays_whose_it_is() {
    let sandbox = sandbox_with(Rules::default().same_id(SameId::InUse)).await;
    let client = sandbox.client();
    for event in [
        back(&client.seal(&visits(1)[0]).expect("a good event")),
        back(&client.seal(&order("a")).expect("a good event")),
    ] {
        client.send(&event).await.expect("created");
        let before = sandbox.requests();
        let again = [&event].send_batch(&client).await.expect("it is there");
        assert_eq!(words(again.outcomes()), "exists");
        // The user's own id is read back.
        let is_made = event.id().len() == 36;
        assert_eq!(sandbox.requests() - before, if is_made { 1 } else { 2 });
    }
}

/// The same sealed event twice in one call is one event, and another one with its id is refused.
#[tokio::test]
async fn the_same_one_twice_is_sent_once() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let made = client.seal(&visits(1)[0]).expect("a good event");
    let own = client.seal(&order("a")).expect("a good event");
    let events = [&made, &own, &made, &own];
    let report = events.send_batch(&client).await.expect("all created");
    assert_eq!(words(report.outcomes()), "created*4");
    assert_eq!(sandbox.event_count(), 2);
    let mut other = serde_json::to_value(&made).expect("JSON");
    other["event"]["tokens"]["page"] = json!("/elsewhere");
    let other: SealedEvent = serde_json::from_value(other).expect("a sealed event");
    let report = [&made, &other].send_batch(&sandbox.client()).report().await;
    let Outcome::Rejected(rejection) = &report.outcomes()[1] else {
        panic!("{report}");
    };
    assert_eq!(rejection.reason(), &RejectionReason::SameIdTwice);
}

#[tokio::test]
async fn it_goes_to_its_own_account_alone() {
    let sandbox = sandbox().await;
    let root = sandbox.client_builder().portal_id(1).build();
    let root = root.expect("good settings");
    let token = || Credentials::access_token(sandbox.access_token());
    let unaware = unaware(&sandbox);
    let ours = root.seal(&order("ours")).expect("a good event");
    let anybodys = unaware.seal(&order("any")).expect("a good event");
    assert_eq!((ours.portal_id(), anybodys.portal_id()), (Some(1), None));
    let refusal = |client: Client, event: SealedEvent| async move {
        client.send(&event).await.expect_err("refused").to_string()
    };
    let words = refusal(root.for_portal(2, token()), ours.clone()).await;
    assert!(
        words.contains("sealed for account 1, and the client is for 2"),
        "{words}"
    );
    let words = refusal(unaware.clone(), ours.clone()).await;
    assert!(words.contains("sealed for account 1"), "{words}");
    assert_eq!(sandbox.requests(), 0);
    let rejection = unaware.seal(&ours).expect_err("refused");
    assert_eq!(rejection.id(), Some("ours"));
    root.send(&ours).await.expect("created");
    root.send(&anybodys).await.expect("created");
}

/// What was refused for its account can be sent from its dead letter, by a client of that account.
#[tokio::test]
async fn a_refused_one_keeps_its_account() {
    let sandbox = sandbox().await;
    let root = sandbox.client_builder().portal_id(1).build();
    let root = root.expect("good settings");
    let ours = root.seal(&order("ours")).expect("a good event");
    let report = [&ours].send_batch(&sandbox.client()).report().await;
    let mut letters = Vec::new();
    let lines = report.write_undelivered(&mut letters).expect("a vector");
    assert_eq!(lines, 1);
    let replayed = root.replay(&*letters).await.expect("created");
    assert_eq!(replayed.created(), 1);
    assert_eq!(sandbox.events()[0].id, "ours");
}

/// A template's name is looked up when the event is sealed, and where no id is known it is refused.
#[tokio::test]
async fn a_templates_name_is_looked_up() {
    let sandbox = sandbox().await;
    let named = || EventInput::named("Order").id("a").email("ada@example.com");
    let rejection = unaware(&sandbox).seal(&named()).expect_err("no id");
    assert!(rejection.to_string().contains("\"Order\""), "{rejection}");
    let ids = TemplateIds::from([("Order", "1001299")]);
    let knowing = sandbox.client_builder().template_ids(ids).build();
    let knowing = knowing.expect("good settings");
    let sealed = knowing.seal(&named()).expect("a good event");
    assert_eq!(sealed.template_id(), Some("1001299"));
    // An event that was sealed where the id was not known.
    let mut json = serde_json::to_value(&sealed).expect("JSON");
    json["template"] = json!("Order");
    json["templateIsName"] = json!(true);
    let sealed: SealedEvent = serde_json::from_value(json.clone()).expect("a sealed event");
    assert_eq!(sealed.template_name(), Some("Order"));
    assert_eq!(serde_json::to_value(&sealed).expect("JSON"), json);
    knowing.send(&sealed).await.expect("created");
    json.as_object_mut().expect("an object").remove("portalId");
    let sealed: SealedEvent = serde_json::from_value(json).expect("a sealed event");
    let error = unaware(&sandbox).send(&sealed).await.expect_err("no id");
    assert!(error.to_string().contains("\"Order\""), "{error}");
}

fn base() -> Value {
    json!({
        "version": 1, "id": "a", "idOrigin": "user", "template": "1001299",
        "timestamp": "2026-08-01T12:00:00.000Z",
        "event": {"email": "ada@example.com", "tokens": {"amount": "1"}},
    })
}

/// The key is named, and never its value.
#[test]
fn what_is_wrong_is_told() {
    let text = base().to_string();
    let with = |key: &str, value: Value| {
        let mut json = base();
        match key.split_once('.') {
            Some((outer, inner)) => json[outer][inner] = value,
            None => json[key] = value,
        }
        json.to_string()
    };
    let without = |key: &str| {
        let mut json = base();
        json.as_object_mut().expect("an object").remove(key);
        json.to_string()
    };
    for (json, says) in [
        ("ada@example.com".to_owned(), "is no JSON: expected value"),
        (text[..50].to_owned(), "is no JSON: EOF"),
        ("[]".to_owned(), "is a list: expected an object"),
        (without("version"), "has no `version`"),
        (
            with("version", json!("1")),
            "cannot be read: `version` must be a whole number",
        ),
        (with("version", json!(0)), "has a `version` that is not 1"),
        (
            text.replacen("{\"event\":{", "{\"id\":\"a\",\"event\":{", 1),
            "has `id` twice",
        ),
        (without("id"), "has no `id`"),
        (
            with("id", json!(7)),
            "cannot be read: `id` is a number: expected a text",
        ),
        (with("id", json!("")), "cannot be read: `id` is empty"),
        (
            with("id", json!("x".repeat(501))),
            "cannot be read: `id` has 501 bytes",
        ),
        (
            with("id", json!("{{uuid}}")),
            "cannot be read: `id` contains `{{uuid}}`",
        ),
        (without("idOrigin"), "has no `idOrigin`"),
        (
            with("idOrigin", json!("ada")),
            "cannot be read: `idOrigin` must be",
        ),
        (without("template"), "has no `template`"),
        (
            with("templateIsName", json!("ada")),
            "cannot be read: `templateIsName` must be",
        ),
        (without("timestamp"), "has no `timestamp`"),
        (
            with("timestamp", json!("ada")),
            "cannot be read: `timestamp` is no date",
        ),
        (
            with("portalId", json!("ada")),
            "cannot be read: `portalId` must be a whole number",
        ),
        (
            with("portalId", json!(null)),
            "cannot be read: `portalId` is null",
        ),
        (
            with("stamped", json!("ada")),
            "cannot be read: `stamped` must be",
        ),
        (without("event"), "has no `event`"),
        (
            with("event", json!([])),
            "cannot be read: `event` is a list",
        ),
        (
            with("event", json!({"tokens": {}})),
            "names no record: it needs an `event.email`",
        ),
        (
            with("event.email", json!(" ")),
            "cannot be read: `event.email` is empty",
        ),
        (
            with("event.tokens", json!(null)),
            "cannot be read: `event.tokens` is null",
        ),
        (
            with("event.tokens", json!({"a b": "ada"})),
            "cannot be read: in `event.tokens`: token name",
        ),
        (
            with("event.tokens", json!({"a": ["ada"]})),
            "cannot be read: `event.tokens.a` is a list",
        ),
        (
            with("event.tokens", json!({"a": "x".repeat(510_001)})),
            "cannot be read: `event.tokens.a` takes 510001 bytes",
        ),
        (
            with("event.extraData", json!("x".repeat(1_000_000))),
            "cannot be read: `event` takes 1000",
        ),
        (
            with("event.timelineIFrame", json!({})),
            "cannot be read: `event.timelineIFrame.linkLabel` must be a text",
        ),
        (
            with("event.id", json!("ada")),
            "cannot be read: `event.id` is not what `id` says",
        ),
    ] {
        let error = SealedEvent::from_json(json.as_bytes()).expect_err(says);
        let shown = error.to_string();
        assert!(
            shown.starts_with(&format!("the sealed event {says}")),
            "{shown}"
        );
        assert!(!error.is_newer() && !shown.contains("ada"), "{shown}");
    }
}

/// A queue gives such an event back, for a process that understands it.
#[test]
fn a_newer_version_can_be_told() {
    let mut json = base();
    json["version"] = json!(2);
    json["event"] = json!("in a new way");
    let error = SealedEvent::from_json(json.to_string().as_bytes()).expect_err("newer");
    assert!(error.is_newer());
    assert_eq!(
        error.to_string(),
        "the sealed event is in version 2 of its format, and this program reads version 1: update it"
    );
    let error = serde_json::from_value::<SealedEvent>(json).expect_err("newer");
    assert!(error.to_string().contains("version 2"), "{error}");
}

/// Other spellings of the time are sent as they are; keys that are unknown are no reason to refuse an event.
#[tokio::test]
async fn what_is_written_otherwise_is_sent() {
    let sandbox = sandbox().await;
    for (id, timestamp, milliseconds) in [
        ("a", json!("2026-08-01T12:00:00Z"), Some(1_785_585_600_000)),
        (
            "b",
            json!("2026-08-01T14:00:00.5+02:00"),
            Some(1_785_585_600_500),
        ),
        ("c", json!(1_785_585_600_000_i64), Some(1_785_585_600_000)),
        ("d", json!("2026-08-01"), None),
    ] {
        let mut json = base();
        json["id"] = json!(id);
        json["timestamp"] = timestamp.clone();
        json["index"] = json!(7);
        let sealed: SealedEvent = serde_json::from_value(json).expect("a sealed event");
        assert_eq!(sealed.timestamp(), milliseconds, "{timestamp}");
        let written = serde_json::to_value(&sealed).expect("JSON");
        assert_eq!(written["timestamp"], timestamp);
        if milliseconds.is_some() {
            sandbox.client().send(&sealed).await.expect("created");
            let events = sandbox.events();
            let event = events.iter().find(|event| event.id == id).expect("there");
            assert_eq!(event.timestamp, milliseconds, "{timestamp}");
        }
    }
}

#[tokio::test]
async fn debug_shows_no_values() {
    let sandbox: Sandbox = sandbox().await;
    let sealed = sandbox.client().seal(&whole()).expect("a good event");
    let shown = format!("{sealed:?}");
    assert_eq!(
        shown,
        r#"SealedEvent { template: "1001299", id: "order-\"1\"", portal_id: Some(62515), .. }"#
    );
}
