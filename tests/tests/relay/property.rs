//! Random calls: a queue that redelivers and fails on both sides, a server with faults, good and bad events, junk. In
//! the end the sandbox has exactly the right events. `TIMELINE_CASES` and `TIMELINE_SEED` change the number of cases
//! and the first one.

use std::collections::BTreeSet;
use std::time::Duration;

use timeline_core::sandbox::Fault as Weather;
use timeline_core::{Api, RateLimit};

use crate::queue::{Fault, Store};
use crate::{bad, json, order, seal, until_empty};

pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::test]
async fn the_ledger_is_exact() {
    let (first, cases) = (number("TIMELINE_SEED", 0), number("TIMELINE_CASES", 60));
    for seed in first..first + cases {
        case(seed).await;
    }
}

async fn case(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let api = random.choice([Api::V3, Api::AppEvents]).unwrap_or_default();
    let clock = std::sync::Arc::new(timeline_core::TestClock::new());
    let builder = timeline_core::Sandbox::builder().clock(clock).api(api);
    let sandbox = builder.start().await.expect("a free port");
    sandbox.register::<crate::Order>();
    let client = sandbox.client_builder().rate_limit(RateLimit::unlimited());
    let client = client.build().expect("good settings");
    let store = Store::new(sandbox.clock());

    let count = random.usize(1..400);
    let mut good = BTreeSet::new();
    let mut refused = 0;
    for n in 0..count {
        let message = match random.u8(0..20) {
            0 => {
                refused += 1;
                json(&seal(&client, &bad(n)))
            }
            1 => {
                refused += 1;
                b"{\"version\":1}".to_vec()
            }
            _ => {
                let sealed = seal(&client, &order(n));
                good.insert(sealed.id().to_owned());
                json(&sealed)
            }
        };
        store.push(message.clone());
        if random.u8(0..10) == 0 {
            // The same message once more, as brokers do.
            store.push(message);
        }
    }
    let faults = (0..random.usize(0..30)).map(|_| match random.u8(0..4) {
        0 => Some(Fault::Before),
        1 => Some(Fault::After),
        _ => None,
    });
    store.inject(faults.collect());
    for _ in 0..random.usize(0..6) {
        let after = random.u64(0..4);
        let weather = match random.u8(0..6) {
            0 => Weather::status(503),
            1 => Weather::cut_before(),
            2 => Weather::cut_after(),
            3 => Weather::truncated(),
            4 => Weather::status(429),
            _ => Weather::slow(Duration::from_secs(random.u64(1..60))),
        };
        sandbox.inject(weather.after(after).times(random.u64(1..4)));
    }
    let report = client
        .relay(store.queue())
        .queue_patience(Duration::from_secs(600))
        .stop_on(until_empty(&store))
        .await
        .unwrap_or_else(|error| panic!("seed {seed}: {error}"));

    let there: BTreeSet<String> = sandbox.events().into_iter().map(|event| event.id).collect();
    assert_eq!(there, good, "seed {seed}: {report}");
    let dead = store.dead().len();
    assert!(
        dead >= refused,
        "seed {seed}: {dead} of {refused} parked, {report}"
    );
    let good_dead = store.dead().into_iter().filter(|(bytes, _)| {
        let event = timeline_core::SealedEvent::from_json(bytes);
        event.is_ok_and(|event| good.contains(event.id()))
    });
    assert_eq!(good_dead.count(), 0, "seed {seed}: a good event is parked");
    let settled = report.done() + report.given_back() + report.parked() + report.unsettled();
    assert_eq!(report.received(), settled, "seed {seed}: {report}");
}
