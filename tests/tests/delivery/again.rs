//! Events that are there already: a job that starts over, and an answer that was lost, cost hardly more than the first
//! time.

use timeline_core::sandbox::{BadEvent, ErrorId, Fault, Rules, SameId};
use timeline_core::{Client, EventInput, SendBatch};

use crate::{Order, Seat, sandbox_with, steady, visits, words};

/// 300 by default; `TIMELINE_EVENTS` makes it more.
fn count() -> u32 {
    let events = std::env::var("TIMELINE_EVENTS").ok();
    let events = events.and_then(|events| events.parse().ok());
    events.unwrap_or(300)
}

fn seats(rows: impl IntoIterator<Item = u32>) -> Vec<Seat> {
    let seat = |row| Seat {
        row,
        who: format!("visitor-{row}@example.com"),
    };
    rows.into_iter().map(seat).collect()
}

/// Every way in which the sandbox can tell of what is there already.
fn all_rules() -> impl Iterator<Item = Rules> {
    let error_ids = [
        ErrorId::Nowhere,
        ErrorId::Id,
        ErrorId::Context,
        ErrorId::Message,
    ];
    let same_ids = [
        SameId::InUse,
        SameId::Conflict,
        SameId::Updates,
        SameId::Ignored,
    ];
    let bad_events = [BadEvent::IsRefused, BadEvent::RefusesBatch];
    error_ids.into_iter().flat_map(move |error_id| {
        same_ids.into_iter().flat_map(move |same_id| {
            bad_events.into_iter().map(move |bad_event| {
                Rules::default()
                    .error_id(error_id)
                    .same_id(same_id)
                    .bad_event(bad_event)
            })
        })
    })
}

async fn requests(seats: Vec<Seat>, client: &Client) -> u64 {
    let report = seats.send_batch(client).await;
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    report.requests()
}

#[tokio::test]
async fn a_job_that_starts_over_costs_what_it_cost_the_first_time() {
    let count = count();
    for rules in all_rules() {
        let sandbox = sandbox_with(rules.clone()).await;
        let client = sandbox.client();
        let first = requests(seats(0..count), &client).await;
        let again = requests(seats(0..count), &client).await;
        assert!(
            10 * again <= 11 * first,
            "{again} requests after {first}: {rules:?}"
        );
        assert_eq!(sandbox.event_count(), count as usize);
    }
}

/// Where a batch is answered event by event, those that are new among the others cost nothing more.
#[tokio::test]
async fn a_job_that_starts_over_with_new_events_among_the_others() {
    let count = count();
    for rules in all_rules() {
        for new in [2, 30] {
            let sandbox = sandbox_with(rules.clone()).await;
            let client = sandbox.client();
            let old = seats((0..count).filter(|row| row % new != 1));
            requests(old, &client).await;
            let batches = u64::from(count.div_ceil(100));
            let again = requests(seats(0..count), &client).await;
            assert_eq!(sandbox.event_count(), count as usize, "{rules:?}");
            // A batch that is refused as a whole has to be taken apart.
            let most = if rules == rules.clone().bad_event(BadEvent::IsRefused) {
                11 * batches
            } else {
                11 * u64::from(count)
            };
            assert!(
                10 * again <= most,
                "{again} requests, 1 of {new} is new: {rules:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_lost_answer_costs_one_request_more() {
    let lost: [fn() -> Fault; 6] = [
        Fault::cut_after,
        Fault::truncated,
        Fault::empty_results,
        || Fault::status(500).stored(),
        || Fault::status(504).stored(),
        || Fault::results_without(30),
    ];
    for rules in all_rules() {
        for fault in &lost {
            let sandbox = sandbox_with(rules.clone()).await;
            sandbox.inject(fault());
            let report = visits(40).send_batch(&steady(&sandbox)).await;
            let report = report.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(report.requests(), 2, "{report} {:?} {rules:?}", fault());
            assert_eq!(sandbox.event_count(), 40);
        }
    }
}

/// One error for the whole batch, without an id: after a lost answer all events are there, most likely.
#[tokio::test]
async fn a_lost_answer_and_a_refusal_that_names_no_event() {
    let sandbox = sandbox_with(Rules::default()).await;
    sandbox.inject(Fault::cut_after());
    let in_use = r#"{"category":"VALIDATION_ERROR","message":"Event ID already in use"}"#;
    sandbox.inject(Fault::status(400).body(in_use).forever());
    let report = visits(100).send_batch(&steady(&sandbox)).await;
    let report = report.expect("all there");
    assert_eq!((report.already_existing(), report.requests()), (100, 102));
}

/// Another record can hold an id of the user's own, so each event is looked at. That costs a request each.
#[tokio::test]
async fn ids_of_the_users_own_cost_a_request_each_the_second_time() {
    for rules in all_rules() {
        let sandbox = sandbox_with(rules.clone()).await;
        let client = sandbox.client();
        let orders = || crate::orders(20);
        orders().send_batch(&client).await.expect("created");
        let report = orders().send_batch(&client).await.expect("there");
        let reads = sandbox.seen();
        let reads = reads.iter().filter(|request| request.method == "GET");
        let reads = reads.count() as u64;
        assert!(
            reads <= 20 && report.requests() == reads + 1,
            "{report}: {rules:?}"
        );
    }
}

/// If several errors may be about one event, the number of errors decides nothing.
#[tokio::test]
async fn where_errors_are_not_counted_each_event_is_asked_for() {
    let rules = Rules::default().error_id(ErrorId::Nowhere);
    let sandbox = sandbox_with(rules).await;
    let careful = sandbox.client_builder().one_error_per_event(false);
    let client = careful.build().expect("good settings");
    requests(seats(0..100), &client).await;
    let again = requests(seats(0..100), &client).await;
    assert_eq!(again, 101);
}

/// Events that are refused are found among those that are there already.
#[tokio::test]
async fn bad_events_among_those_that_are_there() {
    let bad = [17, 60];
    let event = |row: usize| {
        let event = EventInput::new("1001300").email("ada@example.com");
        let event = event.key("row", row);
        if bad.contains(&row) {
            // The template declares no such token.
            event.token("nonsense", row)
        } else {
            event
        }
    };
    for rules in all_rules() {
        let sandbox = sandbox_with(rules.clone()).await;
        let client = sandbox.client();
        let good = (0..100).filter(|row| !bad.contains(row)).map(event);
        good.send_batch(&client).await.expect("created");
        let report = (0..100).map(event).send_batch(&client).report().await;
        assert_eq!(
            (report.rejected(), sandbox.event_count()),
            (2, 98),
            "{rules:?}"
        );
        for (place, outcome) in report.undelivered() {
            assert!(bad.contains(&place), "{outcome}");
        }
        // As few requests as if the others were new.
        assert!(report.requests() <= 2 * 2 * 7 + 1, "{report}: {rules:?}");
    }
}

/// An id that is taken belongs to an event that was accepted: it says nothing against the template.
#[tokio::test]
async fn ids_that_are_taken_are_no_refusals_of_the_template() {
    let sandbox = sandbox_with(Rules::default()).await;
    // One request at a time, so that the last events are there after a hundred others have ended.
    let client = steady(&sandbox);
    let order = |who: &str, n: usize| Order {
        who: who.to_owned(),
        ..crate::order(&format!("order-{n}"))
    };
    let adas = (0..350).map(|n| order("ada@example.com", n));
    adas.send_batch(&client).await.expect("created");
    let bobs = (0..350).map(|n| order("bob@example.com", n));
    let report = bobs.send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "rejected*350");
}
