//! Many events under many faults. The sizes are small by default; `TIMELINE_EVENTS` makes them large.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use timeline_core::sandbox::{ErrorId, Rules};
use timeline_core::{Api, EventTypes, Fault, Outcome, Sandbox, SendBatch};

use crate::{Seat, sandbox_with, visits};

fn events(default: usize) -> usize {
    let events = std::env::var("TIMELINE_EVENTS").ok();
    events
        .and_then(|events| events.parse().ok())
        .unwrap_or(default)
}

/// Twenty kinds of faults, one after the other, with some requests without faults in between.
fn faults(sandbox: &Sandbox, requests: usize, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let kinds: [fn() -> Fault; 20] = [
        || Fault::status(500),
        || Fault::status(500).stored(),
        || Fault::status(502),
        || Fault::status(503).header("Retry-After", "1"),
        || Fault::status(504).stored(),
        || Fault::status(521),
        || Fault::status(524).stored(),
        || Fault::status(429).header("Retry-After", "1"),
        || Fault::status(477).header("Retry-After", "2"),
        || Fault::status(423),
        || Fault::status(401),
        || Fault::cut_before(),
        Fault::cut_after,
        Fault::truncated,
        Fault::empty_results,
        || Fault::empty_results().not_stored(),
        || Fault::results_without(7),
        || Fault::strangers(3),
        || Fault::oversized(4_200_000),
        || Fault::status(201).body("{\"results\":"),
    ];
    for n in 0..requests / 4 {
        let kind = kinds[n % kinds.len()];
        sandbox.inject(kind().after(random.u64(0..7)));
    }
}

/// A client whose access token can be refreshed, since some of the faults are a 401.
fn client(sandbox: &Sandbox, api: Api) -> timeline_core::Client {
    use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN};
    timeline_core::Client::builder()
        .base_url(sandbox.base_url())
        .clock(sandbox.clock())
        .portal_id(sandbox.portal_id())
        .api(api)
        .event_types(EventTypes::from([("1001298", "visit")]))
        .rate_limit(timeline_core::RateLimit::unlimited())
        .oauth(timeline_core::OAuth::new(
            CLIENT_ID,
            CLIENT_SECRET,
            REFRESH_TOKEN,
        ))
        .build()
        .expect("good settings")
}

fn assert_there_once(sandbox: &Sandbox, events: usize) {
    assert_eq!(sandbox.event_count(), events, "lost or doubled");
    let doubled = sandbox
        .events()
        .iter()
        .filter(|event| event.writes != 1)
        .count();
    assert_eq!(doubled, 0, "written twice");
}

#[tokio::test]
async fn twenty_kinds_of_faults() {
    let count = events(20_000);
    for api in [Api::V3, Api::AppEvents] {
        let sandbox = sandbox_with(Rules::default().error_id(ErrorId::Id)).await;
        faults(&sandbox, count / 50, 1);
        let report = visits(count).send_batch(&client(&sandbox, api)).await;
        let report = report.unwrap_or_else(|error| panic!("{api:?}: {error}"));
        println!("{api:?}: {report}");
        assert!(report.retries() > 0);
        assert_there_once(&sandbox, count);
    }
}

#[tokio::test]
async fn twenty_kinds_of_faults_against_a_stream() {
    let count = events(20_000);
    for api in [Api::V3, Api::AppEvents] {
        let sandbox = sandbox_with(Rules::default().error_id(ErrorId::Id)).await;
        faults(&sandbox, count / 50, 2);
        let client = client(&sandbox, api);
        let mut outcomes = client.send_stream(stream::iter(visits(count)));
        let mut places = vec![false; count];
        while let Some((place, outcome)) = outcomes.next().await {
            assert!(outcome.is_delivered(), "{api:?}: {outcome}");
            assert!(
                !std::mem::replace(&mut places[place], true),
                "{api:?}: {place} twice"
            );
        }
        assert!(places.iter().all(|there| *there));
        assert_there_once(&sandbox, count);
    }
}

/// The answer to the first try of every batch is lost after its events were stored.
#[tokio::test]
async fn every_first_answer_is_lost() {
    let count = events(10_000);
    for error_id in [ErrorId::Id, ErrorId::Nowhere] {
        let sandbox = sandbox_with(Rules::default().error_id(error_id)).await;
        let client = sandbox.client();
        let seats = || {
            (0..count).map(|row| Seat {
                row: u32::try_from(row).expect("few"),
                who: "ada@example.com".into(),
            })
        };
        for first in seats().step_by(100) {
            let id = client.event_id(&first).expect("an id");
            sandbox.inject(Fault::cut_after().with_event(id));
        }
        let report = seats().send_batch(&client).await.expect("all there");
        println!("{error_id:?}: {report}");
        let mut outcomes: HashMap<&str, usize> = HashMap::new();
        for outcome in report.outcomes() {
            let word = match outcome {
                Outcome::Created(_) => "created",
                Outcome::AlreadyExists { .. } => "exists",
                _ => "neither",
            };
            *outcomes.entry(word).or_default() += 1;
        }
        assert_eq!(outcomes.get("neither"), None);
        assert_eq!(report.already_existing(), count);
        assert_there_once(&sandbox, count);
        // One more request for each batch, whether or not the errors name their events.
        assert_eq!(report.requests(), 2 * count.div_ceil(100) as u64);
    }
}
