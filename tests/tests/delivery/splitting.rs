//! One bad event does not fail its batch, and finding it costs few requests.

use std::time::Duration;

use timeline_core::sandbox::{BadEvent, ErrorId, Fault, Rules};
use timeline_core::{EventInput, Outcome, SendBatch};

use crate::{orders, sandbox, sandbox_with, steady, words};

/// The promise: k bad ones among n cost at most min(2n - 1, 2k⌈log₂ n⌉ + 1) requests.
fn bound(bad: u64, of: u64) -> u64 {
    let log = u64::from(of.next_power_of_two().trailing_zeros());
    (2 * of - 1).min(2 * bad * log + 1)
}

#[tokio::test]
async fn bad_events_are_found_within_the_promised_requests() {
    for bad_event in [BadEvent::RefusesBatch, BadEvent::IsRefused] {
        for error_id in [
            ErrorId::Nowhere,
            ErrorId::Id,
            ErrorId::Context,
            ErrorId::Message,
        ] {
            for bad in [1, 2, 3, 7, 50, 99, 100] {
                let sandbox =
                    sandbox_with(Rules::default().bad_event(bad_event).error_id(error_id)).await;
                // Spread out, which is the hardest case.
                let is_bad = |n: usize| (n * bad) % 100 < bad;
                assert_eq!((0..100).filter(|n| is_bad(*n)).count(), bad);
                let events = (0..100).map(|n| {
                    // The template declares no token `nonsense`.
                    let token = if is_bad(n) { "nonsense" } else { "page" };
                    EventInput::new("1001298")
                        .id(format!("visit-{n}"))
                        .email("ada@example.com")
                        .token(token, n)
                });
                let report = events.send_batch(&steady(&sandbox)).report().await;
                let case = format!("{bad_event:?}, ids {error_id:?}, {bad} bad: {report}");
                assert_eq!(
                    (report.created(), report.rejected()),
                    (100 - bad, bad),
                    "{case}"
                );
                assert!(report.requests() <= bound(bad as u64, 100), "{case}");
                for (n, outcome) in report.outcomes().iter().enumerate() {
                    assert_eq!(
                        matches!(outcome, Outcome::Rejected(_)),
                        is_bad(n),
                        "{case}: {n}"
                    );
                }
                assert!(
                    sandbox.events().iter().all(|event| event.writes == 1),
                    "{case}"
                );
            }
        }
    }
}

/// A body that is too large is halved by bytes: the one large event stands alone soon.
#[tokio::test]
async fn a_413_is_halved_by_bytes() {
    let sandbox = sandbox_with(Rules::default().request_bytes(20_000)).await;
    let mut visits = crate::visits(100);
    visits[99].page = "x".repeat(18_000);
    let report = visits
        .send_batch(&steady(&sandbox))
        .await
        .expect("all created");
    assert!(report.requests() <= 7, "{report}");
}

#[tokio::test]
async fn fewer_events_than_expected_fit_into_a_batch() {
    let sandbox = sandbox_with(Rules::default().events_per_batch(30)).await;
    let report = orders(100)
        .send_batch(&steady(&sandbox))
        .await
        .expect("all created");
    assert_eq!((report.created(), report.requests()), (100, 7));
}

#[tokio::test]
async fn an_unknown_template_harms_no_other_event() {
    let sandbox = sandbox().await;
    let events = (0..10).map(|n| {
        let template = if n == 4 { "999" } else { "1001298" };
        EventInput::new(template)
            .email("ada@example.com")
            .token("page", n)
    });
    let report = events.send_batch(&sandbox.client()).report().await;
    assert_eq!((report.created(), report.rejected()), (9, 1));
}

/// HubSpot wants few errors: a template that only refuses is left alone after a hundred, the others go on.
#[tokio::test]
async fn a_template_that_only_refuses_is_left_alone() {
    for bad_event in [BadEvent::IsRefused, BadEvent::RefusesBatch] {
        let sandbox = sandbox_with(Rules::default().bad_event(bad_event)).await;
        let events = (0..2000).map(|n| {
            let (template, token) = if n % 2 == 0 {
                ("1001298", "page")
            } else {
                ("999", "page")
            };
            EventInput::new(template)
                .email("ada@example.com")
                .token(token, n)
        });
        let report = events.send_batch(&steady(&sandbox)).report().await;
        assert_eq!(report.created(), 1000, "{report}");
        let (rejected, not_sent) = (report.rejected(), report.not_sent());
        assert_eq!(rejected + not_sent, 1000, "{report}");
        assert!((100..=200).contains(&rejected), "{report}");
        let Outcome::NotSent { reason, .. } = &report.outcomes()[1999] else {
            panic!("{:?}", report.outcomes()[1999]);
        };
        assert_eq!(reason, &timeline_core::NotSentReason::TemplateRefused);
        let shown = report.outcomes()[1999].to_string();
        let says = "not sent: HubSpot refuses every event of the template; those that are rejected say why (template 999)";
        assert!(shown.contains(says), "{shown}");
    }
}

/// Many batches of the template are on their way when the first of their events is refused alone. Then the others are
/// not tried alone.
#[tokio::test]
async fn a_template_that_is_not_there_costs_few_requests() {
    let sandbox = sandbox().await;
    let events: Vec<EventInput<'_>> = (0..3_000)
        .map(|n| {
            let email = format!("v{n}@example.com");
            EventInput::new("999").email(email).token("page", n)
        })
        .collect();
    let report = events.iter().send_batch(&sandbox.client()).report().await;
    let (rejected, not_sent) = (report.rejected(), report.not_sent());
    assert_eq!(rejected + not_sent, 3_000, "{report}");
    assert!((100..120).contains(&rejected), "{report}");
    assert!(report.requests() < 150, "{report}");
}

/// The first event of the report may be one that was not tried, and others say why.
#[tokio::test]
async fn an_error_tells_why_a_template_is_refused() {
    let sandbox = sandbox().await;
    // The answer to the first batch comes when the others are refused.
    let slow = Fault::slow(Duration::from_secs(25));
    sandbox.inject(slow.with_event("order-0"));
    let events = (0..400).map(|n| {
        let input = EventInput::new("999").id(format!("order-{n}"));
        input.email("ada@example.com")
    });
    let sent = events.send_batch(&sandbox.client()).await;
    let error = sent.expect_err("none is created");
    let first = &error.report().outcomes()[0];
    assert_eq!(words(std::slice::from_ref(first)), "not-sent");
    let text = error.to_string();
    assert!(
        text.contains("the first is event 0: order-0 not sent"),
        "{text}"
    );
    assert!(text.contains("; event 100: order-100 rejected: "), "{text}");
}

/// An event of another template says nothing of this one.
#[tokio::test]
async fn an_error_tells_nothing_of_another_template() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::slow(Duration::from_secs(25)).with_event("order-0"));
    let events = (0..400).map(|n| match n {
        50 | 51 => EventInput::new("1001298")
            .id(format!("visit-{n}"))
            .email("nobody"),
        _ => EventInput::new("999")
            .id(format!("order-{n}"))
            .email("ada@example.com"),
    });
    let sent = events.send_batch(&sandbox.client()).await;
    let text = sent.expect_err("none is created").to_string();
    assert!(
        text.contains("the first is event 0: order-0 not sent"),
        "{text}"
    );
    assert!(!text.contains("visit-"), "{text}");
    assert!(text.contains(" rejected: "), "{text}");
}

/// An error that HubSpot does not call the event's fault costs one event its delivery, not its batch.
#[tokio::test]
async fn an_error_of_any_category_stays_with_its_event() {
    for id in ["", r#""id":"order-7","#] {
        let sandbox = sandbox().await;
        let body = format!(
            r#"{{"results":[],"numErrors":1,"errors":[{{{id}"category":"OBJECT_NOT_FOUND"}}]}}"#
        );
        let fault = Fault::status(207).body(body).with_event("order-7");
        sandbox.inject(fault.forever());
        let report = orders(100).send_batch(&sandbox.client()).report().await;
        assert_eq!((report.created(), report.unknown()), (99, 1), "{report}");
    }
}

/// The same for an event on which HubSpot fails, or whose record is locked.
#[tokio::test]
async fn what_fails_again_and_again_is_split() {
    for (fault, outcome) in [
        (Fault::status(500), "unknown"),
        (Fault::status(502), "unknown"),
        (Fault::cut_before(), "unknown"),
        (Fault::status(423), "not-sent"),
    ] {
        let sandbox = sandbox().await;
        sandbox.inject(fault.with_event("order-7").forever());
        let report = orders(100).send_batch(&sandbox.client()).report().await;
        assert_eq!(report.created(), 99, "{report}");
        assert_eq!(words(&report.outcomes()[7..8]), outcome);
        assert!(report.requests() <= 70, "{report}");
    }
}

/// A part that never left by itself reports the request of its batch.
#[tokio::test]
async fn a_part_remembers_how_its_batch_was_answered() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(400));
    sandbox.inject(Fault::status(403).forever());
    let report = orders(8).send_batch(&steady(&sandbox)).report().await;
    assert_eq!(
        (words(report.outcomes()), report.requests()),
        ("not-sent*8".into(), 2)
    );
    let told = |place: usize| {
        let attempts = report.outcomes()[place].attempts().expect("it has left");
        (attempts.count, attempts.status)
    };
    assert_eq!([told(0), told(3)], [(2, Some(403)); 2]);
    assert_eq!([told(4), told(7)], [(1, Some(400)); 2]);
}

/// If the answer is too long to be read, the batch is sent again in parts.
#[tokio::test]
async fn an_answer_that_is_too_long_is_halved() {
    let sandbox = sandbox().await;
    let long = Fault::oversized(4_200_000).not_stored();
    sandbox.inject(long.with_event("order-7").times(4));
    let report = orders(16).send_batch(&sandbox.client()).report().await;
    assert_eq!(report.created(), 16, "{report}");
    assert_eq!(report.requests(), 9);
}
