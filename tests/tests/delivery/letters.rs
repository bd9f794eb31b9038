//! Dead letters: written, mended, sent again.

use std::collections::BTreeSet;
use std::io::{self, Read};

use timeline_core::sandbox::{Rules, SameId};
use timeline_core::{BatchReport, Client, Fault, Outcome, RetryPolicy, Sandbox, SendBatch};

use crate::{Order, Seat, order, orders, sandbox, sandbox_with, visits, words};

fn impatient(sandbox: &Sandbox) -> Client {
    sandbox
        .client_builder()
        .retry(RetryPolicy::none())
        .concurrency(1)
        .build()
        .expect("good settings")
}

fn write(report: &BatchReport) -> Vec<u8> {
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
            "portalId": 62515,
            "id": "order-7",
            "timestamp": "2026-08-01T12:00:00.000Z",
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

/// An event that could not be encoded has its reason alone, and is refused for it again.
#[tokio::test]
async fn an_event_that_could_not_be_encoded() {
    let sandbox = sandbox().await;
    let bad = Order {
        amount: f64::NAN,
        ..order("bad")
    };
    let report = [bad].send_batch(&sandbox.client()).report().await;
    let file = write(&report);
    let line: serde_json::Value = serde_json::from_slice(&file).expect("JSON");
    let reason = "token `amount` is NaN or infinite, not a number";
    assert_eq!(
        line,
        serde_json::json!({"outcome": "rejected", "reason": reason})
    );
    let replayed = sandbox.client().replay(&file[..]).report().await;
    assert_eq!(words(replayed.outcomes()), "rejected");
    assert_eq!(
        replayed.outcomes()[0].to_string(),
        format!("rejected: line 1: {reason}")
    );
    assert_eq!(sandbox.requests(), 0);
}

/// Sent again, it would take the place of the event whose id it has.
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
    let event = timeline_core::EventInput::new("1001299")
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

/// A line in a file is no line in the log.
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
    sandbox.inject(
        Fault::stall_after()
            .stored()
            .delay(std::time::Duration::ZERO),
    );
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

/// Uncertain once, uncertain for ever: until an answer names the event.
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

#[tokio::test]
async fn lines_that_are_none() {
    let sandbox = sandbox().await;
    let good = r#"{"outcome":"notSent","reason":"x","event":{"eventTemplateId":"1001299","id":"good","email":"ada@example.com","timestamp":"2026-08-01T12:00:00.000Z","tokens":{"amount":"1"}}}"#;
    let twice = format!("{good}\n\n  \r\n{good}");
    let long = format!("{{\"reason\":\"{}\"}}", "x".repeat(3_000_000));
    for (file, outcomes) in [
        ("", ""),
        ("\n\n", ""),
        (&*twice, "created*2"),
        ("nonsense\n", "rejected"),
        ("[]", "rejected"),
        ("{}", "rejected"),
        (&good[..50], "rejected"),
        (r#"{"outcome":"created","reason":"x"}"#, "rejected"),
        (
            r#"{"outcome":"notSent","reason":"x","event":7}"#,
            "rejected",
        ),
        (
            r#"{"outcome":"notSent","reason":"x","event":{"id":"a"}}"#,
            "rejected",
        ),
        ("\u{0}\u{1}", "rejected"),
    ] {
        let report = sandbox.client().replay(file.as_bytes()).report().await;
        assert_eq!(words(report.outcomes()), outcomes, "{file}");
        if outcomes == "rejected" {
            // Written again, it is what it was: somebody may know how to mend it.
            let again = String::from_utf8(write(&report)).expect("text");
            assert_eq!(again.trim_end(), file.trim_end());
        }
    }
    // One that is too long is read in parts; each part is refused, and nothing is held beyond it.
    let file = format!("{long}\n{good}\n");
    let report = sandbox.client().replay(file.as_bytes()).report().await;
    assert_eq!(words(report.outcomes()), "rejected*2 exists");
}

struct Breaks(usize);

impl Read for Breaks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = b"{\"outcome\":\"notSent\",\"reason\":\"x\"}\n";
        self.0 += 1;
        if self.0 > 1 {
            return Err(io::Error::other("the disk is gone"));
        }
        buffer[..line.len()].copy_from_slice(line);
        Ok(line.len())
    }
}

/// What a reader fails to give is told, not swallowed.
#[tokio::test]
async fn a_reader_that_breaks() {
    let sandbox = sandbox().await;
    let report = sandbox.client().replay(Breaks(0)).report().await;
    assert_eq!(words(report.outcomes()), "rejected*2");
    assert_eq!(
        report.outcomes()[1].to_string(),
        "rejected: the dead letters could not be read from line 2 on: the disk is gone"
    );
}
