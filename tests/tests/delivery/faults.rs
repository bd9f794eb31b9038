//! Every kind of fault, once with the events stored and once without.

use std::time::Duration;

use timeline_core::sandbox::{BadEvent, Fault, Route, Rules, SameId};
use timeline_core::{NotSentReason, Outcome, SendBatch, UnknownReason};

use crate::{brisk, order, orders, sandbox, sandbox_with, visits, words};

/// A passing fault harms nothing: every event is stored once, and the report says that it is there.
#[tokio::test]
async fn what_passes_is_ridden_out() {
    let faults = [
        ("500", Fault::status(500)),
        ("502", Fault::status(502).body("<html>")),
        ("503 three times", Fault::status(503).times(3)),
        ("504, and yet stored", Fault::status(504).stored()),
        ("429", Fault::status(429).header("Retry-After", "2")),
        ("477", Fault::status(477).header("Retry-After", "5")),
        ("423", Fault::status(423)),
        ("521", Fault::status(521)),
        ("cut before", Fault::cut_before()),
        ("cut after", Fault::cut_after()),
        ("cut after, twice", Fault::cut_after().times(2)),
        ("stalled before", Fault::stall_before()),
        ("stalled after", Fault::stall_after()),
        ("stalled in the body", Fault::stall_in_body()),
        ("truncated", Fault::truncated()),
        ("oversized", Fault::oversized(5_000_000)),
        ("empty results", Fault::empty_results()),
        (
            "empty results, not stored",
            Fault::empty_results().not_stored(),
        ),
        ("some missing", Fault::results_without(3)),
        ("strangers", Fault::strangers(3)),
        ("no body", Fault::status(201).body("")),
        ("null", Fault::status(200).body("null").stored()),
    ];
    for rules in [
        Rules::default(),
        Rules::default().same_id(SameId::Updates),
        Rules::default().bad_event(BadEvent::RefusesBatch),
    ] {
        let sandbox = sandbox_with(rules).await;
        for (name, fault) in &faults {
            sandbox.clear_events();
            sandbox.inject(fault.clone());
            let report = visits(10).send_batch(&brisk(&sandbox)).report().await;
            assert_eq!(
                report.created() + report.already_existing(),
                10,
                "{name}: {report}"
            );
            assert_eq!(sandbox.event_count(), 10, "{name}");
            assert_eq!(sandbox.faults(), 0, "{name} has not happened");
        }
    }
}

/// A fault that does not pass: the outcome says what is known.
#[tokio::test]
async fn what_does_not_pass() {
    use NotSentReason::{Forbidden, Locked, NoSuchPath, RateLimited, Unavailable};
    use UnknownReason::{NotListed, ServerError, TimedOut, Unreadable};
    enum Ends {
        NotSent(NotSentReason),
        Unknown(UnknownReason),
    }
    let sandbox = sandbox().await;
    for (fault, ends) in [
        (
            Fault::status(403),
            Ends::NotSent(Forbidden {
                missing_scopes: ["timeline".to_owned()].into(),
            }),
        ),
        (
            Fault::status(403).body(""),
            Ends::NotSent(Forbidden {
                missing_scopes: [].into(),
            }),
        ),
        (Fault::status(404).body(""), Ends::NotSent(NoSuchPath(404))),
        (Fault::status(405), Ends::NotSent(NoSuchPath(405))),
        (Fault::status(423), Ends::NotSent(Locked)),
        (Fault::status(429), Ends::NotSent(RateLimited)),
        (Fault::status(477), Ends::NotSent(RateLimited)),
        (Fault::status(521), Ends::NotSent(Unavailable(521))),
        (Fault::status(522), Ends::NotSent(Unavailable(522))),
        (Fault::status(523), Ends::NotSent(Unavailable(523))),
        (Fault::status(525), Ends::NotSent(Unavailable(525))),
        (Fault::status(526), Ends::NotSent(Unavailable(526))),
        (Fault::status(500), Ends::Unknown(ServerError(500))),
        (Fault::status(503), Ends::Unknown(ServerError(503))),
        (Fault::status(524), Ends::Unknown(ServerError(524))),
        (Fault::status(201).body("{"), Ends::Unknown(Unreadable)),
        (Fault::status(201).body("{}"), Ends::Unknown(NotListed)),
        (Fault::stall_before(), Ends::Unknown(TimedOut)),
    ] {
        sandbox.clear_faults();
        sandbox.inject(fault.clone().forever());
        let report = visits(1).send_batch(&brisk(&sandbox)).report().await;
        match (&report.outcomes()[0], ends) {
            (Outcome::NotSent { reason, .. }, Ends::NotSent(expected)) => {
                assert_eq!(*reason, expected);
            }
            (Outcome::Unknown { reason, .. }, Ends::Unknown(expected)) => {
                assert_eq!(*reason, expected);
            }
            (outcome, _) => panic!("{fault:?}: {outcome:?}"),
        }
        assert_eq!(sandbox.event_count(), 0);
    }
}

#[tokio::test]
async fn what_was_uncertain_once_is_never_called_absent() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::cut_after());
    sandbox.inject(Fault::status(429).forever());
    let report = visits(3).send_batch(&brisk(&sandbox)).report().await;
    assert_eq!(words(report.outcomes()), "unknown*3");
    assert_eq!(sandbox.event_count(), 3);

    // Sent again under the same ids, they turn out to be there.
    sandbox.clear_faults();
    let json: Vec<serde_json::Value> = report
        .outcomes()
        .iter()
        .map(|outcome| serde_json::from_slice(outcome.json().expect("kept")).expect("JSON"))
        .collect();
    assert!(
        json.iter()
            .all(|event| event["timestamp"] == "2026-08-01T12:00:00.000Z"),
        "{json:?}"
    );
    let again = json.iter().map(|event| {
        timeline_core::EventInput::new(event["eventTemplateId"].as_str().expect("a text"))
            .id(event["id"].as_str().expect("a text"))
            .email(event["email"].as_str().expect("a text"))
            .token("page", event["tokens"]["page"].as_str().expect("a text"))
    });
    let report = again.send_batch(&brisk(&sandbox)).await.expect("all there");
    assert_eq!(report.already_existing(), 3);
}

#[tokio::test]
async fn a_retry_after_longer_than_the_patience_ends_the_request_now() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(477).header("Retry-After", "86400").forever());
    let report = visits(1).send_batch(&brisk(&sandbox)).report().await;
    assert_eq!(
        (words(report.outcomes()).as_str(), report.requests()),
        ("not-sent", 1)
    );
}

#[tokio::test]
async fn an_outage_of_90_seconds_is_ridden_out() {
    use std::time::Duration;
    let sandbox = sandbox().await;
    let clock = sandbox.clock();
    let (end, sandbox) = (clock.elapsed() + Duration::from_secs(90), &sandbox);
    sandbox.inject(Fault::status(503).forever());
    let report = visits(250)
        .send_batch(&sandbox.client())
        .stop_on(futures_util::future::poll_fn(move |context| {
            // Time moves only while the client waits, so the end of the outage is looked for at every turn.
            if clock.elapsed() >= end {
                sandbox.clear_faults();
            }
            context.waker().wake_by_ref();
            std::task::Poll::<()>::Pending
        }))
        .await
        .expect("all created");
    assert_eq!(report.created(), 250);
    assert!(report.elapsed() >= Duration::from_secs(90), "{report}");
    assert_eq!(sandbox.event_count(), 250);
}

#[tokio::test]
async fn an_error_that_is_not_the_events_fault_is_tried_again() {
    let sandbox = sandbox().await;
    sandbox.inject(
        Fault::refuse_event("order-3")
            .category(500, "INTERNAL_ERROR")
            .times(2),
    );
    sandbox.set_rules(Rules::default().error_id(timeline_core::sandbox::ErrorId::Id));
    let report = orders(5)
        .send_batch(&brisk(&sandbox))
        .await
        .expect("all created");
    assert_eq!((report.created(), report.requests()), (5, 3));
}

/// An answer of success that names no event leaves all in doubt, also those that are sent again in halves.
#[tokio::test]
async fn what_a_success_does_not_name_is_in_doubt() {
    let sandbox = sandbox().await;
    let nameless = r#"{"status":"COMPLETE","results":[],"errors":[{"category":"VALIDATION_ERROR","message":"no"}]}"#;
    sandbox.inject(Fault::status(207).body(nameless).stored());
    sandbox.inject(Fault::status(403).forever());
    let report = visits(10).send_batch(&brisk(&sandbox)).report().await;
    assert_eq!(words(report.outcomes()), "unknown*10");
    assert_eq!(sandbox.event_count(), 10);
}

/// An e-mail address can be in use as well as an event's id.
#[tokio::test]
async fn something_else_in_use_is_a_refusal() {
    let sandbox = sandbox().await;
    for body in [
        r#"{"category":"VALIDATION_ERROR","message":"The email address ada@example.com is already in use"}"#,
        r#"{"category":"VALIDATION_ERROR","message":"Value \"seat already in use\" of token page is too long"}"#,
        r#"{"category":"CONFLICT","message":"Contact already exists"}"#,
    ] {
        sandbox.inject(Fault::status(400).body(body));
        let report = visits(1).send_batch(&brisk(&sandbox)).report().await;
        assert_eq!(words(report.outcomes()), "rejected", "{body}");
    }
}

/// An id is unique in its template only.
#[tokio::test]
async fn the_error_of_one_template_is_not_anothers() {
    use timeline_core::EventInput;
    use timeline_core::sandbox::ErrorId;
    for error_id in [
        ErrorId::Id,
        ErrorId::Context,
        ErrorId::Message,
        ErrorId::Nowhere,
    ] {
        let sandbox = sandbox_with(Rules::default().error_id(error_id)).await;
        let event = |template| {
            EventInput::new(template)
                .id("order-17")
                .email("ada@example.com")
        };
        let bad = || event("1001298").token("nonsense", 1);
        let good = || event("1001299").token("amount", 1);
        for (events, expected) in [
            ([bad(), good()], "rejected created"),
            ([good(), bad()], "created rejected"),
        ] {
            sandbox.clear_events();
            let report = events.send_batch(&brisk(&sandbox)).report().await;
            assert_eq!(words(report.outcomes()), expected, "{error_id:?}");
        }
    }
}

/// A short id that happens to stand in an error does not make a listed event a refused one.
#[tokio::test]
async fn a_coincidence_does_not_beat_a_listing() {
    let sandbox = sandbox().await;
    let body = r#"{"results":[{"id":"1","eventTemplateId":"1001299"},{"id":"amount","eventTemplateId":"1001299"}],
        "errors":[{"category":"VALIDATION_ERROR","message":"token amount is odd","context":{"index":["1"]}}]}"#;
    sandbox.inject(Fault::status(207).body(body));
    let events = [order("1"), order("amount")];
    let report = events.send_batch(&brisk(&sandbox)).report().await;
    assert_eq!(words(report.outcomes()), "created*2");
}

/// A wrong path is not the events' fault: one request, and nothing is called rejected.
#[tokio::test]
async fn a_wrong_path_ends_the_call() {
    let sandbox = sandbox().await;
    let client = sandbox
        .client_builder()
        .base_url(format!("{}/elsewhere", sandbox.base_url()))
        .concurrency(1)
        .build()
        .expect("good settings");
    let report = visits(250).send_batch(&client).report().await;
    assert_eq!(
        (words(report.outcomes()).as_str(), report.requests()),
        ("not-sent*250", 1)
    );
    assert!(client.event("1001298", "a").await.is_err());
}

/// The end of the input is asked for more than once.
#[tokio::test]
async fn an_iterator_that_goes_on_after_its_end_has_ended() {
    let sandbox = sandbox().await;
    let mut n = 0;
    let events = std::iter::from_fn(move || {
        n += 1;
        (n != 2).then(|| visits(1).remove(0))
    });
    let report = events.send_batch(&sandbox.client()).await.expect("created");
    assert_eq!(report.total(), 1);
}

/// The answer to the first try was lost, and the second try is refused. Whether the event is there is looked up.
#[tokio::test]
async fn a_refusal_after_a_lost_answer_is_not_believed_unseen() {
    for (lost, outcome) in [
        (Fault::cut_after(), "exists"),
        (Fault::cut_before(), "rejected"),
    ] {
        let sandbox = sandbox().await;
        sandbox.inject(lost);
        sandbox.inject(Fault::status(400));
        let report = visits(1).send_batch(&brisk(&sandbox)).report().await;
        assert_eq!(words(report.outcomes()), outcome);
        assert_eq!(report.is_delivered(), sandbox.event_count() == 1);
    }
    // If the event cannot be looked up, its outcome is unknown. HubSpot may take a while until it shows an event.
    for blind in [
        Fault::status(403),
        Fault::status(503).forever(),
        Fault::status(404),
        Fault::status(200).body("{}"),
    ] {
        let sandbox = sandbox().await;
        sandbox.inject(Fault::cut_after());
        sandbox.inject(Fault::status(400));
        let shown = format!("{blind:?}");
        sandbox.inject(blind.on(Route::Read));
        let report = visits(1).send_batch(&brisk(&sandbox)).report().await;
        let expected = ["unknown", "exists"];
        assert!(expected.contains(&&*words(report.outcomes())), "{shown}");
    }
    // The same if the call is stopped while it looks the event up.
    let sandbox = sandbox().await;
    sandbox.inject(Fault::cut_after());
    sandbox.inject(Fault::status(400));
    sandbox.inject(Fault::status(503).forever().on(Route::Read));
    let clock = sandbox.clock();
    let stop = async move { clock.sleep(Duration::from_secs(10)).await };
    let client = sandbox.client();
    let report = visits(1).send_batch(&client).stop_on(stop).report().await;
    assert_eq!(words(report.outcomes()), "unknown");
}

/// Whatever later answers leave in doubt, the first answer is still lost.
#[tokio::test]
async fn a_lost_answer_is_not_forgotten_over_another_doubt() {
    let later = [
        Fault::empty_results().not_stored(),
        Fault::status(207)
            .body(r#"{"results":[],"numErrors":1,"errors":[{"category":"INTERNAL_ERROR"}]}"#),
    ];
    for later in later {
        let sandbox = sandbox().await;
        sandbox.inject(Fault::cut_after());
        sandbox.inject(later);
        sandbox.inject(Fault::status(400));
        let report = [order("a")].send_batch(&brisk(&sandbox)).report().await;
        assert_eq!(words(report.outcomes()), "exists");
    }
    // After a success that lists no event, or that lists a failure of HubSpot's, the event may be stored, too.
    let failed = r#"{"results":[],"numErrors":1,"errors":[{"category":"INTERNAL_ERROR"}]}"#;
    for first in [
        Fault::empty_results(),
        Fault::status(207).body(failed).stored(),
    ] {
        let sandbox = sandbox().await;
        sandbox.inject(first);
        sandbox.inject(Fault::status(400));
        let report = [order("a")].send_batch(&brisk(&sandbox)).report().await;
        assert_eq!(words(report.outcomes()), "exists");
    }
}

/// An event's id may be equal to that of the record that another event is about.
#[tokio::test]
async fn the_id_of_another_thing_names_no_event() {
    let sandbox = sandbox().await;
    let body = r#"{"results":[{"id":"501","eventTemplateId":"1001299"}],"numErrors":1,
        "errors":[{"category":"VALIDATION_ERROR","context":{"objectId":["501"]}}]}"#;
    sandbox.inject(Fault::status(207).stored().body(body));
    let report = [order("501"), order("502")]
        .send_batch(&brisk(&sandbox))
        .report()
        .await;
    assert_eq!(words(&report.outcomes()[..1]), "created");
}

/// A URL would drop the line break, and lead to another event.
#[tokio::test]
async fn an_id_that_no_url_can_have_is_not_read_back() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::cut_after());
    sandbox.inject(Fault::status(400));
    let client = brisk(&sandbox);
    let report = [order("a\nb")].send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "unknown");
    let error = client.event("1001299", "a\nb").await.expect_err("no URL");
    assert!(error.to_string().contains("line break"), "{error}");
}

/// HubSpot may list an event some time before it can be read. How long the client asks is limited by time, not by the
/// number of requests.
#[tokio::test]
async fn an_event_that_cannot_be_read_yet_is_looked_for_again() {
    let not_yet = |seconds| {
        let time = Duration::from_secs(seconds);
        Fault::status(404).on(Route::Read).lasting(time)
    };
    for (lost, seconds, outcome) in [
        (Fault::cut_after(), 8, "exists"),
        (Fault::cut_before(), 60, "rejected"),
    ] {
        let sandbox = sandbox().await;
        sandbox.inject(lost);
        sandbox.inject(Fault::status(400));
        sandbox.inject(not_yet(seconds));
        let report = visits(1).send_batch(&brisk(&sandbox)).report().await;
        assert_eq!(words(report.outcomes()), outcome);
        assert!(report.requests() < 15, "{report}");
    }
}
