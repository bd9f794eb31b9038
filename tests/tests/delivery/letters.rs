//! Dead letters: written, corrected, sent again.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use futures_util::{StreamExt, stream};
use serde_json::json;
use timeline_core::sandbox::{Rules, SameId};
use timeline_core::{
    BatchReport, Client, EventInput, Fault, InvalidEvent, Outcome, RetryPolicy, Sandbox,
    SealedEvent, SendBatch, TemplateIds, TimelineEvent,
};

use crate::{Order, Seat, order, orders, sandbox, sandbox_with, visits, words};

fn impatient(sandbox: &Sandbox) -> Client {
    sandbox
        .client_builder()
        .retry(RetryPolicy::none())
        .concurrency(1)
        .build()
        .expect("good settings")
}

pub(super) fn write(report: &BatchReport) -> Vec<u8> {
    let mut file = Vec::new();
    let lines = report.write_undelivered(&mut file).expect("room");
    assert_eq!(lines, file.iter().filter(|byte| **byte == b'\n').count());
    file
}

fn ids(outcomes: &[Outcome]) -> BTreeSet<String> {
    outcomes
        .iter()
        .filter_map(Outcome::id)
        .map(str::to_owned)
        .collect()
}

/// The answer to the second batch is lost, the third is not let through.
#[tokio::test]
async fn what_is_not_there_is_sent_again_under_the_same_ids_and_nothing_else() {
    let sandbox = sandbox().await;
    let client = impatient(&sandbox);
    sandbox.inject(Fault::cut_after().after(1));
    sandbox.inject(Fault::status(429));
    let report = visits(300).send_batch(&client).report().await;
    assert_eq!(
        words(report.outcomes()),
        "created*100 unknown*100 not-sent*100"
    );
    let file = write(&report);

    let before = sandbox.events();
    let replayed = client.replay(&file[..]).await.expect("all there");
    assert_eq!(words(replayed.outcomes()), "exists*100 created*100");
    assert_eq!(
        ids(replayed.outcomes()),
        ids(&report.outcomes()[100..]),
        "the same ids"
    );
    let after = sandbox.events();
    assert_eq!((before.len(), after.len()), (200, 300));
    assert!(after.iter().all(|event| event.writes == 1));
}

#[tokio::test]
async fn a_line_has_all_that_is_needed_and_reads_well() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(403));
    let report = [order("order-7")]
        .send_batch(&sandbox.client())
        .report()
        .await;
    let line: serde_json::Value = serde_json::from_slice(&write(&report)).expect("JSON");
    assert_eq!(
        line,
        serde_json::json!({
            "version": 1,
            "index": 0,
            "template": "1001299",
            "portalId": 62515,
            "id": "order-7",
            "timestamp": "2026-08-01T12:00:00.000Z",
            "stamped": true,
            "outcome": "notSent",
            "reason": "the access token may not do this (403): it lacks the scope `timeline`",
            "message": "This app has not been granted all required scopes to make this call",
            "idOrigin": "user",
            "event": {
                "eventTemplateId": "1001299",
                "id": "order-7",
                "email": "ada@example.com",
                "timestamp": "2026-08-01T12:00:00.000Z",
                "tokens": {"amount": "12.5"},
            },
        })
    );
}

/// So a queue of sealed events takes such a line as it is, and a file of dead letters takes events that were sealed and
/// never sent.
#[tokio::test]
async fn the_line_of_an_encoded_event_is_a_sealed_event() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let seat = Seat {
        row: 7,
        who: "ada@example.com".into(),
    };
    let sealed = [client.seal(&order("order-7")), client.seal(&seat)];
    let sealed = sealed.map(|sealed| sealed.expect("good events"));
    sandbox.inject(Fault::status(403));
    let report = sealed.iter().send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*2");
    let file = String::from_utf8(write(&report)).expect("text");
    for (line, before) in file.lines().zip(&sealed) {
        let read = SealedEvent::from_json(line.as_bytes()).expect("a sealed event");
        assert_eq!(read.id(), before.id());
        assert_eq!(read.timestamp(), before.timestamp());
        assert_eq!(read.portal_id(), before.portal_id());
    }

    let lines = sealed.map(|sealed| serde_json::to_string(&sealed).expect("JSON"));
    let replayed = client.replay(lines.join("\n").as_bytes()).await;
    assert_eq!(words(replayed.expect("all there").outcomes()), "created*2");
    let newer = lines.map(|line| line.replacen("\"version\":1", "\"version\":2", 1));
    let refused = client.replay(newer.join("\n").as_bytes()).report().await;
    assert_eq!(words(refused.outcomes()), "rejected*2");
    assert!(
        refused.outcomes()[1].to_string().contains(
            "line 2 is in version 2 of its format, and this program reads version 1: update it"
        ),
        "{}",
        refused.outcomes()[1]
    );
}

/// A line names its row, also where the events are told one by one.
#[tokio::test]
async fn a_line_names_its_row() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let events = || {
        let mut events = orders(5);
        events[1].amount = f64::NAN;
        events
    };
    let refusal = Fault::status(400).with_event("order-3");
    sandbox.inject(refusal.forever());
    let report = events().send_batch(&client).report().await;
    assert_eq!(
        words(report.outcomes()),
        "created rejected created rejected created"
    );
    let rows = |file: &[u8]| -> Vec<(u64, String)> {
        let text = std::str::from_utf8(file).expect("text");
        let row = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            (
                line["index"].as_u64().expect("an index"),
                line["id"].as_str().expect("an id").to_owned(),
            )
        };
        text.lines().map(row).collect()
    };
    let expected = [(1, "order-1".to_owned()), (3, "order-3".to_owned())];
    assert_eq!(rows(&write(&report)), expected);

    let mut file = Vec::new();
    let mut outcomes = client.send_stream(stream::iter(events()));
    while let Some((index, outcome)) = outcomes.next().await {
        outcome
            .write_undelivered_row(index, &mut file)
            .expect("room");
    }
    let mut rows = rows(&file);
    rows.sort_unstable();
    assert_eq!(rows, expected);
}

fn lines(file: &[u8]) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(file).expect("text");
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("JSON")
}

/// The event is kept without the value that is at fault. The line is refused as it is, and sent once it is corrected.
#[tokio::test]
async fn an_event_that_could_not_be_encoded_can_be_mended() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let bad = |id| Order {
        amount: f64::NAN,
        ..order(id)
    };
    let events = [bad("bad"), order("good"), bad("worse")];
    let report = events.send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "rejected created rejected");
    let requests = sandbox.requests();
    let reason = "token `amount` is NaN or infinite, not a number";
    assert_eq!(
        report.outcomes()[2].to_string(),
        format!("worse rejected: {reason} (template 1001299)")
    );
    let file = write(&report);
    let mut written = lines(&file);
    let mut event = written[1]["event"].take();
    let stamp = event["timestamp"].take();
    assert_eq!(stamp, written[1]["timestamp"].take());
    assert_eq!(
        written[1],
        serde_json::json!({
            "index": 2, "template": "1001299", "portalId": 62515, "id": "worse", "timestamp": null,
            "outcome": "rejected", "reason": reason, "idOrigin": "user", "missing": ["tokens.amount"], "event": null,
            "stamped": true,
        })
    );
    assert_eq!(
        event,
        serde_json::json!({
            "eventTemplateId": "1001299", "id": "worse", "email": "ada@example.com", "timestamp": null, "tokens": {},
        })
    );

    let replayed = client.replay(&file[..]).report().await;
    assert_eq!(words(replayed.outcomes()), "rejected*2");
    assert_eq!(
        replayed.outcomes()[1].to_string(),
        format!(
            "worse rejected: line 2: {reason}: `event.tokens.amount` is still missing; put it in, or take it out of the \
             line's `missing`"
        )
    );
    assert_eq!(write(&replayed), file, "it is not lost");
    assert_eq!(sandbox.requests(), requests);

    let mended: Vec<String> = lines(&file)
        .into_iter()
        .map(|mut line| {
            line["event"]["tokens"]["amount"] = "7".into();
            format!("{line:#}").split_whitespace().collect()
        })
        .collect();
    client
        .replay(mended.join("\n").as_bytes())
        .await
        .expect("created");
    let stored = sandbox.events();
    assert_eq!(stored.len(), 3);
    assert_eq!(stored[2].id, "worse");
    assert_eq!(stored[2].tokens["amount"], "7");
}

/// What is kept of an event does not depend on what is wrong with it. An id that is at fault is left out, for the user
/// to correct.
#[tokio::test]
async fn what_is_kept_of_events_with_all_kinds_of_mistakes() {
    let sandbox = sandbox().await;
    let visit = || EventInput::new("1001298").email("ada@example.com");
    let page = || visit().token("page", "home");
    let long = "x".repeat(510_001);
    let map = std::collections::HashMap::from([([1, 2], 3)]);
    let good = serde_json::json!({"page": "home"});
    let late = UNIX_EPOCH + Duration::from_secs(400_000_000_000);
    let bad = || page().token("n", f64::NAN);
    // The event, what is missing, and whose id it has.
    let cases: Vec<(EventInput<'_>, &[&str], Option<&str>)> = vec![
        (bad().id("a"), &["tokens.n"], Some("user")),
        (bad(), &["tokens.n"], Some("made")),
        (bad().key("k", 1), &["tokens.n"], Some("keyed")),
        (
            bad().token("m", f64::NAN).id("a"),
            &["tokens.n", "tokens.m"],
            Some("user"),
        ),
        (
            bad().token("m", &long),
            &["tokens.n", "tokens.m"],
            Some("made"),
        ),
        (
            bad().extra_data(&map).id("a"),
            &["tokens.n", "extraData"],
            Some("user"),
        ),
        (
            page().token("n", &long).token("m", &long),
            &["tokens.n", "tokens.m"],
            Some("made"),
        ),
        (
            page().token("n", 1).token("n", 2),
            &["tokens.n"],
            Some("made"),
        ),
        (page().token("a b", 1), &["tokens.a b"], Some("made")),
        (
            page().extra_data(&map).id("a"),
            &["extraData"],
            Some("user"),
        ),
        (
            page().extra_data("x".repeat(1_000_000)),
            &["extraData"],
            Some("made"),
        ),
        (page().timestamp(late).id("a"), &["timestamp"], Some("user")),
        (page().email("").id("a"), &["email"], Some("user")),
        (
            page().object_id("").domain(""),
            &["objectId", "domain"],
            Some("made"),
        ),
        (page().object_type("deals"), &["objectId"], Some("made")),
        (page().key("k", None::<u8>), &["id"], None),
        (
            bad().key("j", 1).key("k", f64::NAN),
            &["tokens.n", "id"],
            None,
        ),
        (page().key("j", 1).key("j", 2), &["id"], None),
        (page().id(""), &["id"], None),
        (page().id("a-{{uuid}}"), &["id"], None),
        (page().id("x".repeat(501)), &["id"], None),
        (page().id("a").key("k", 1), &["id"], None),
    ];
    for (input, missing, origin) in cases {
        let shown = format!("{input:?}");
        let client = sandbox.client();
        // Three ways in.
        let by_batch = [&input].send_batch(&client).report().await;
        let mut by_stream = Vec::new();
        let mut outcomes = client.send_stream(stream::iter([&input]));
        while let Some((index, outcome)) = outcomes.next().await {
            outcome
                .write_undelivered_row(index, &mut by_stream)
                .expect("room");
        }
        let sender = client.sender().build();
        let mut by_sender = Vec::new();
        let outcome = sender.send(&input).await.await;
        outcome
            .write_undelivered_row(0, &mut by_sender)
            .expect("room");
        for file in [write(&by_batch), by_stream, by_sender] {
            let [line] = &lines(&file)[..] else {
                panic!("{shown}");
            };
            assert_eq!(line["template"], "1001298", "{shown}");
            assert_eq!(line["idOrigin"].as_str(), origin, "{shown}");
            assert_eq!(line["id"].is_string(), origin.is_some(), "{shown}");
            assert_eq!(line["event"]["id"], line["id"], "{shown}");
            assert_eq!(line["event"]["tokens"], good, "{shown}");
            assert_eq!(line["missing"], serde_json::json!(missing), "{shown}");
            let has_time = !missing.contains(&"timestamp");
            assert_eq!(line["event"]["timestamp"].is_string(), has_time, "{shown}");
            let replayed = client.replay(&file[..]).report().await;
            assert_eq!(words(replayed.outcomes()), "rejected", "{shown}");
        }
    }
    assert_eq!(sandbox.requests(), 0);
}

/// A setting that the client lacks can be added to the client.
#[tokio::test]
async fn an_event_whose_template_the_client_did_not_know() {
    let sandbox = sandbox().await;
    let event = |id| {
        EventInput::named("Pet adopted")
            .id(id)
            .email("ada@example.com")
    };
    let events = [event("a"), event("b")];
    let report = events.send_batch(&sandbox.client()).report().await;
    assert_eq!(words(report.outcomes()), "rejected*2");
    assert!(
        report.outcomes()[0]
            .to_string()
            .ends_with(r#"(template "Pet adopted")"#),
        "{}",
        report.outcomes()[0]
    );
    let file = write(&report);
    assert_eq!(lines(&file)[1]["template"], "Pet adopted");
    let ids = TemplateIds::from([("Pet adopted", "1001298")]);
    let client = sandbox.client_builder().template_ids(ids);
    let client = client.build().expect("good settings");
    client.replay(&file[..]).await.expect("created");
    assert_eq!(sandbox.event_count(), 2);
}

/// The dead letter of a hand-written event that gives only an error has only the reason.
#[tokio::test]
async fn an_event_that_gives_nothing_but_an_error() {
    struct Broken;
    impl TimelineEvent for Broken {
        fn event_input(&self) -> Result<EventInput<'_>, InvalidEvent> {
            Err(InvalidEvent::new("it is broken"))
        }
        fn templates() -> Vec<timeline_core::EventTemplate> {
            Vec::new()
        }
    }
    let sandbox = sandbox().await;
    let report = [Broken, Broken]
        .send_batch(&sandbox.client())
        .report()
        .await;
    let file = write(&report);
    assert_eq!(
        lines(&file)[1],
        serde_json::json!({"index": 1, "outcome": "rejected", "reason": "it is broken"})
    );
    let replayed = sandbox.client().replay(&file[..]).report().await;
    assert_eq!(
        replayed.outcomes()[1].to_string(),
        "rejected: line 2: it is broken"
    );
    assert_eq!(sandbox.requests(), 0);
}

/// If the event were sent again, it would count as the event whose id it has.
#[tokio::test]
async fn an_event_with_anothers_id_is_refused_again() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let other = Order {
        amount: 7.0,
        ..order("a")
    };
    let report = [order("a"), other].send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "created rejected");
    let file = write(&report);
    let replayed = client.replay(&file[..]).report().await;
    assert_eq!(words(replayed.outcomes()), "rejected");
    assert_eq!(write(&replayed), file, "it is not lost");
    // With another id in its place it is an event of its own.
    let mended = String::from_utf8(file).expect("text");
    let event = mended.find(r#""event":"#).expect("an event");
    let (line, event) = mended.split_at(event);
    let mended = format!("{line}{}", event.replacen(r#""id":"a""#, r#""id":"b""#, 1));
    client.replay(mended.as_bytes()).await.expect("created");
    assert_eq!(sandbox.event_count(), 2);
}

/// Raw JSON may come with line breaks.
#[tokio::test]
async fn an_event_is_one_line() {
    let sandbox = sandbox().await;
    let raw: Box<serde_json::value::RawValue> =
        serde_json::from_str("{\n  \"a\": \"b\\nc\"\r\n}").expect("JSON");
    let event = EventInput::new("1001299")
        .email("ada@example.com")
        .token("amount", 1)
        .extra_data(&raw);
    sandbox.inject(Fault::status(403));
    let client = sandbox.client();
    let report = [event].send_batch(&client).report().await;
    let file = write(&report);
    assert_eq!(file.iter().filter(|byte| **byte == b'\n').count(), 1);
    client.replay(&file[..]).await.expect("created");
    let stored = sandbox.events().remove(0);
    assert_eq!(stored.extra_data, Some(serde_json::json!({"a": "b\nc"})));
}

/// A line break in a dead letter makes no new line in a log.
#[tokio::test]
async fn control_characters_are_not_shown() {
    let sandbox = sandbox().await;
    let line = "{\"outcome\":\"rejected\",\"reason\":\"a\\nERROR b\\u001b[31m\"}\n";
    let report = sandbox.client().replay(line.as_bytes()).report().await;
    let shown = report.outcomes()[0].to_string();
    assert_eq!(shown, "rejected: line 1: a ERROR b [31m");
}

#[tokio::test]
async fn a_line_of_another_account_is_refused_and_not_lost() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(403));
    let report = orders(2).send_batch(&sandbox.client()).report().await;
    let file = write(&report);
    for (client, says) in [
        (
            sandbox.client_builder().portal_id(7),
            "line 1 is of account 62515, not of 7",
        ),
        (
            Client::builder()
                .base_url(sandbox.base_url())
                .access_token("token"),
            "line 1 is of account 62515; tell the client that this is its `portal_id`",
        ),
    ] {
        let client = client.build().expect("good settings");
        let refused = client.replay(&file[..]).report().await;
        assert_eq!(words(refused.outcomes()), "rejected*2");
        assert!(
            refused.outcomes()[0].to_string().contains(says),
            "{}",
            refused.outcomes()[0]
        );
        // Written again, the lines are still of their own account.
        let again = write(&refused);
        let report = sandbox.client().replay(&again[..]).await.expect("theirs");
        assert_eq!(report.total(), 2);
    }
    assert_eq!(sandbox.event_count(), 2);
}

/// What "already in use" means depends on whose id it is, also later.
#[tokio::test]
async fn whose_id_it_is_is_remembered() {
    let sandbox = sandbox_with(Rules::default().same_id(SameId::Conflict)).await;
    let client = impatient(&sandbox);
    sandbox.inject(Fault::stall_after().stored().delay(Duration::ZERO));
    sandbox.clear_faults();
    sandbox.inject(Fault::cut_after().times(1));
    let seat = Seat {
        row: 1,
        who: "ada@example.com".into(),
    };
    let report = [seat].send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "unknown");
    let requests = sandbox.requests();
    let report = client
        .replay(&write(&report)[..])
        .await
        .expect("there already");
    assert_eq!(words(report.outcomes()), "exists");
    // One batch; an id of the user's own would have been read back.
    assert_eq!(sandbox.requests() - requests, 1);
}

/// An uncertain event stays uncertain until an answer names it.
#[tokio::test]
async fn what_was_unknown_is_never_called_absent_by_a_later_call() {
    let sandbox = sandbox().await;
    let client = impatient(&sandbox);
    sandbox.inject(Fault::cut_after());
    sandbox.inject(Fault::status(521));
    let report = orders(1).send_batch(&client).report().await;
    let report = client.replay(&write(&report)[..]).report().await;
    assert_eq!(words(report.outcomes()), "unknown");
    let report = client.replay(&write(&report)[..]).await.expect("there");
    assert_eq!(words(report.outcomes()), "exists");
}

/// A row keeps its number, however often it is replayed.
#[tokio::test]
async fn a_row_keeps_its_number() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(429).with_event("order-2").forever());
    let client = sandbox
        .client_builder()
        .batch_size(1)
        .retry(RetryPolicy::none());
    let client = client.build().expect("good settings");
    let report = orders(4).send_batch(&client).report().await;
    let mut file = write(&report);
    for _ in 0..2 {
        assert_eq!(lines(&file)[0]["index"], 2);
        let report = client.replay(&file[..]).report().await;
        assert_eq!(words(report.outcomes()), "not-sent");
        file = write(&report);
    }
    sandbox.clear_faults();
    client.replay(&file[..]).await.expect("created");
}

/// A type that the client cannot send is known before any event is looked at; the events are kept all the same.
#[tokio::test]
async fn events_of_a_type_whose_template_the_client_did_not_know() {
    #[derive(Clone, TimelineEvent)]
    #[timeline(template = "Page seen")]
    struct PageSeen {
        #[timeline(id)]
        id: String,
        #[timeline(email)]
        who: String,
        page: String,
        seconds: f64,
    }
    let seen = |id: &str, seconds| PageSeen {
        id: id.to_owned(),
        who: "ada@example.com".to_owned(),
        page: "home".to_owned(),
        seconds,
    };
    let sandbox = sandbox().await;
    let ids = sandbox.register::<PageSeen>();
    // The sandbox's own clients know all names.
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .clock(sandbox.clock());
    let client = client.build().expect("good settings");
    let mut file = Vec::new();
    let report = [seen("a", 1.0), seen("b", f64::NAN)]
        .send_batch(&client)
        .report()
        .await;
    report.write_undelivered(&mut file).expect("room");
    let outcomes: Vec<_> = client
        .send_stream(stream::iter([seen("c", 1.0)]))
        .collect()
        .await;
    outcomes[0].1.write_undelivered(&mut file).expect("room");
    let outcome = client.sender().build().send(seen("d", 1.0)).await.await;
    outcome.write_undelivered(&mut file).expect("room");
    assert_eq!(sandbox.requests(), 0);

    let client = sandbox.client_builder().template_ids(ids).build();
    let report = client
        .expect("good settings")
        .replay(&file[..])
        .report()
        .await;
    assert_eq!(words(report.outcomes()), "created rejected created*2");
    let stored = sandbox.events();
    assert_eq!((&*stored[1].id, &*stored[1].tokens["page"]), ("c", "home"));
}

/// An event that is too long is written down without what makes it so: its extra data, or else its longest tokens.
#[tokio::test]
async fn events_that_are_too_long() {
    let text = |bytes: usize| "x".repeat(bytes);
    let event = |id: &'static str| {
        EventInput::new("1001299")
            .id(id)
            .email("ada@example.com")
            .token("amount", "1")
    };
    let long = [
        event("data").extra_data(text(999_990)),
        event("tokens")
            .token("a", text(300_000))
            .token("b", text(400_000))
            .token("c", text(350_000)),
        event("both")
            .token("a", text(500_000))
            .token("b", text(500_001))
            .extra_data("kept by none"),
        EventInput::new("1001299").id("who").email(text(1_000_001)),
    ];
    let sandbox = sandbox().await;
    let report = long.iter().send_batch(&sandbox.client()).report().await;
    assert_eq!(words(report.outcomes()), "rejected*4");
    assert_eq!(sandbox.requests(), 0);
    let written = lines(&write(&report));
    let left = |line: &serde_json::Value| -> Vec<String> {
        let tokens = line["event"]["tokens"].as_object();
        tokens.map_or_else(Vec::new, |tokens| tokens.keys().cloned().collect())
    };
    for (line, missing, kept) in [
        (&written[0], json!(["extraData"]), &["amount"][..]),
        (&written[1], json!(["tokens.b"]), &["a", "amount", "c"]),
        (
            &written[2],
            json!(["extraData", "tokens.b"]),
            &["a", "amount"],
        ),
    ] {
        assert_eq!(line["missing"], missing);
        assert_eq!(left(line), kept, "{}", line["id"]);
        assert!(line["event"].get("extraData").is_none());
    }
    // If an event has only one text, nothing is left that fits.
    assert_eq!(
        (&written[3]["id"], written[3].get("event")),
        (&json!("who"), None)
    );
}

/// Rejections are compared with the events that they hold, of which they show nothing.
#[tokio::test]
async fn rejections_are_compared() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::refuse_event("a").forever());
    let client = sandbox.client();
    let rejection = async |amount| {
        let event = Order {
            amount,
            ..order("a")
        };
        let report = [event].send_batch(&client).report().await;
        match &report.outcomes()[0] {
            Outcome::Rejected(rejection) => rejection.clone(),
            other => panic!("{other}"),
        }
    };
    let (one, other) = (rejection(1.0).await, rejection(2.0).await);
    assert_eq!(one.to_string(), other.to_string());
    assert_eq!(one, one.clone());
    assert_ne!(one, other);
}
