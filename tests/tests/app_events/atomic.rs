//! A request is taken as a whole or not at all: bad events are told apart, lost answers are found out.

use timeline_core::sandbox::{ErrorId, Fault, Rules};
use timeline_core::{Client, EventInput, Outcome, SendBatch, UnknownReason};

use super::{Order, client, counted, orders, sandbox, visits};

/// Visits, of which these name a page by a token that the event type does not have.
fn some_bad(count: usize, bad: &[usize]) -> Vec<EventInput<'static>> {
    let event = |n: usize| {
        let event = EventInput::of_type("visited").email(format!("visitor-{n}@example.com"));
        match bad.contains(&n) {
            true => event.token("pgae", "/"),
            false => event.token("page", "/"),
        }
    };
    (0..count).map(event).collect()
}

fn bound(n: usize, k: usize) -> u64 {
    let log = n.next_power_of_two().trailing_zeros() as usize;
    (2 * n - 1).min(2 * k * log + 1) as u64
}

#[tokio::test]
async fn guilty_events_sink_no_others_and_cost_what_splitting_costs() {
    let spread = |k: usize, n: usize| (0..k).map(|i| i * n / k).collect::<Vec<usize>>();
    for place in [ErrorId::Nowhere, ErrorId::Context, ErrorId::Id] {
        for (n, bad) in [
            (2, vec![0, 1]),
            (3, vec![1]),
            (100, vec![0, 99]),
            (100, vec![40, 41, 42, 43]),
            (100, spread(10, 100)),
            (500, spread(2, 500)),
            (500, spread(7, 500)),
        ] {
            let sandbox = sandbox().await;
            sandbox.set_rules(Rules::default().error_id(place));
            let k = bad.len();
            let report = some_bad(n, &bad)
                .send_batch(&client(&sandbox))
                .report()
                .await;
            let what = format!("{k} of {n}, {place:?}");
            for (index, outcome) in report.outcomes().iter().enumerate() {
                let is_right = match outcome {
                    Outcome::Rejected(_) => bad.contains(&index),
                    Outcome::Created(_) => !bad.contains(&index),
                    _ => false,
                };
                assert!(is_right, "{what}: {index} {outcome}");
            }
            assert!(
                report.requests() <= bound(n, k),
                "{what}: {} requests",
                report.requests()
            );
            assert!(
                sandbox.events().iter().all(|event| event.writes == 1),
                "{what}"
            );
            assert_eq!(sandbox.event_count(), n - k, "{what}");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_to_ids_that_the_client_made_costs_one_request_more() {
    for lost in [
        Fault::cut_after(),
        Fault::truncated(),
        Fault::status(500).stored(),
    ] {
        let sandbox = sandbox().await;
        sandbox.inject(lost);
        let report = visits(500).send_batch(&client(&sandbox)).report().await;
        assert_eq!(counted(report.outcomes()), "exists*500");
        assert_eq!(report.requests(), 2);
        assert_eq!(sandbox.event_count(), 500);
    }
}

/// Both lost requests had the same events.
#[tokio::test]
async fn two_lost_answers_in_a_row() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::cut_after().times(2));
    let report = visits(100).send_batch(&client(&sandbox)).report().await;
    assert_eq!(counted(report.outcomes()), "exists*100");
    assert_eq!(report.requests(), 3);
}

/// The request was lost on its way to HubSpot: the second one creates the events.
#[tokio::test]
async fn a_lost_request() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::cut_before());
    let report = visits(100).send_batch(&client(&sandbox)).report().await;
    assert_eq!(counted(report.outcomes()), "created*100");
    assert_eq!(report.requests(), 2);
}

async fn again(client: &Client, orders: &[Order]) -> Vec<Outcome> {
    orders.send_batch(client).report().await.into_outcomes()
}

/// App events cannot be read back, so it is not known whose event has the id.
#[tokio::test]
async fn ids_of_the_users_own_that_are_in_use_are_unknown() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    assert_eq!(counted(&again(&client, &orders(5)).await), "created*5");
    let outcomes = again(&client, &orders(8)).await;
    assert_eq!(counted(&outcomes), "created*3 unknown*5");
    for outcome in &outcomes[..5] {
        let is_right = matches!(
            outcome,
            Outcome::Unknown {
                reason: UnknownReason::CannotReadBack,
                ..
            }
        );
        assert!(is_right, "{outcome}");
    }
    let reads = sandbox
        .seen()
        .iter()
        .filter(|seen| seen.method == "GET")
        .count();
    assert_eq!(reads, 0);
}

/// The answer was lost, and later the event is refused: it may be there.
#[tokio::test]
async fn a_lost_event_that_is_refused_later_is_not_called_refused() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::cut_after());
    sandbox.inject(Fault::status(400));
    let report = orders(1).send_batch(&client(&sandbox)).report().await;
    assert_eq!(counted(report.outcomes()), "unknown*1");
}

/// HubSpot documents an empty answer only for the call that creates a single event, which the client does not use. An
/// empty answer to a batch lists no event, so no event counts as created.
#[tokio::test]
async fn an_answer_without_a_body_is_not_believed() {
    let sandbox = sandbox().await;
    for (count, stored, expected) in [
        (1, true, "exists*1"),
        (1, false, "created*1"),
        (2, true, "exists*2"),
        (2, false, "created*2"),
    ] {
        let empty = Fault::status(200).body("");
        sandbox.inject(if stored { empty.stored() } else { empty });
        let report = visits(count).send_batch(&client(&sandbox)).report().await;
        assert_eq!(counted(report.outcomes()), expected);
    }
}

#[tokio::test]
async fn a_request_that_is_too_large_is_halved() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(413).with_more_than(30).forever());
    let report = visits(100).send_batch(&client(&sandbox)).report().await;
    assert_eq!(counted(report.outcomes()), "created*100");
    assert_eq!(report.requests(), 7);
}
