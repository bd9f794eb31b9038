//! Batch answers that say something else than what was created: a status, and errors that hold the ids of other events.

use std::time::Duration;

use timeline_core::sandbox::Fault;
use timeline_core::{Outcome, SendBatch, UnknownReason};

use crate::{order, orders, sandbox, steady, words};

/// A body as HubSpot would send it for these orders, with another status.
fn listing(status: &str, ids: &[&str]) -> String {
    let results: Vec<String> = ids
        .iter()
        .map(|id| format!(r#"{{"id":"{id}","eventTemplateId":"1001299"}}"#))
        .collect();
    format!(
        r#"{{"status":"{status}","results":[{}]}}"#,
        results.join(",")
    )
}

/// A listing is believed whatever the status says, but for that of a canceled batch.
#[tokio::test]
async fn the_status_of_a_batch_answer() {
    let second = Duration::from_secs(1);
    for (status, listed, stored, expected, waited) in [
        (
            "COMPLETE",
            &["order-0", "order-1"][..],
            true,
            "created*2",
            false,
        ),
        (
            "PROCESSING",
            &["order-0", "order-1"],
            true,
            "created*2",
            false,
        ),
        ("PROCESSING", &["order-0"], true, "created exists", true),
        ("PENDING", &[], true, "exists*2", true),
        ("PENDING", &[], false, "created*2", true),
        (
            "CANCELED",
            &["order-0", "order-1"],
            false,
            "created*2",
            false,
        ),
        ("CANCELED", &["order-0"], true, "exists*2", false),
    ] {
        let sandbox = sandbox().await;
        let fault = Fault::status(200).body(listing(status, listed));
        sandbox.inject(if stored { fault.stored() } else { fault });
        let report = orders(2)
            .send_batch(&steady(&sandbox))
            .await
            .expect("there");
        let case = format!("{status} {listed:?} {report}");
        assert_eq!(words(report.outcomes()), expected, "{case}");
        assert_eq!(report.elapsed() >= second, waited, "{case}");
        assert_eq!(sandbox.event_count(), 2, "{case}");
    }
    // If the answer stays like this, the outcome is not known. HubSpot answers, so it is no outage.
    for status in ["PENDING", "CANCELED"] {
        let sandbox = sandbox().await;
        let fault = Fault::status(200).body(listing(status, &[]));
        sandbox.inject(fault.forever());
        let report = orders(2).send_batch(&steady(&sandbox)).report().await;
        assert_eq!(words(report.outcomes()), "unknown*2", "{status}");
        let Outcome::Unknown { reason, .. } = &report.outcomes()[0] else {
            panic!("{report}");
        };
        let expected = match status {
            "CANCELED" => UnknownReason::Canceled,
            _ => UnknownReason::NotListed,
        };
        assert_eq!(*reason, expected);
    }
}

/// An order number is easily a word, or the number of another thing.
#[tokio::test]
async fn an_error_that_happens_to_hold_an_id_makes_no_created_event_a_refused_one() {
    for id in ["order-17", "subscription", "501", "2026-08-01", "1"] {
        for error in [
            format!(r#"{{"message":"{id} is no value of amount"}}"#),
            format!(r#"{{"message":"'{id}'"}}"#),
            format!(r#"{{"context":{{"value":["{id}"],"token":["amount"]}}}}"#),
            format!(r#"{{"context":{{"objectId":["{id}"],"index":["{id}"]}}}}"#),
            format!(r#"{{"message":"no","errors":[{{"message":"'{id}'","code":"{id}"}}]}}"#),
            format!(r#"{{"id":"other","context":{{"eventId":["{id}"]}}}}"#),
            format!(r#"{{"id":"{id}","eventTemplateId":"1001298"}}"#),
        ] {
            let sandbox = sandbox().await;
            let error = error.replacen('{', r#"{"category":"VALIDATION_ERROR","#, 1);
            let body = listing("COMPLETE", &[id]);
            let body = body.replacen("]}", &format!(r#"],"errors":[{error}]}}"#), 1);
            sandbox.inject(Fault::status(207).body(body).stored());
            let report = [order(id), order("other"), order("third")]
                .send_batch(&steady(&sandbox))
                .report()
                .await;
            assert_eq!(words(&report.outcomes()[..1]), "created", "{id} {error}");
            // The others are there, too, and asked for again.
            assert_eq!(sandbox.event_count(), 3);
            let rest = words(&report.outcomes()[1..]);
            assert!(["exists*2", "rejected exists"].contains(&&*rest), "{rest}");
        }
    }
}
