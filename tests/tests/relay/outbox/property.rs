//! Random lives of an outbox: events come in by the outbox and by a sender on it, the server fails, relays are stopped
//! or dropped, the file is closed and opened again. In the end the sandbox has exactly the right events.
//! `TIMELINE_CASES` and `TIMELINE_SEED` change the number of cases and the first one.

use std::collections::BTreeSet;
use std::time::Duration;

use timeline_core::sandbox::Fault;
use timeline_core::{Api, RateLimit, Sandbox};

use super::{Folder, open, until_empty};
use crate::property::number;
use crate::{bad, order, seal};

#[tokio::test]
async fn the_ledger_is_exact() {
    let (first, cases) = (number("TIMELINE_SEED", 0), number("TIMELINE_CASES", 25));
    for seed in first..first + cases {
        case(seed).await;
    }
}

async fn case(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = Folder::new();
    let api = random.choice([Api::V3, Api::AppEvents]).unwrap_or_default();
    let clock = std::sync::Arc::new(timeline_core::TestClock::new());
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .api(api)
        .start()
        .await;
    let sandbox = sandbox.expect("a free port");
    sandbox.register::<crate::Order>();
    let client = sandbox.client_builder().rate_limit(RateLimit::unlimited());
    let client = client.build().expect("good settings");
    let (mut good, mut refused) = (BTreeSet::new(), BTreeSet::new());
    let mut next = 0;
    for _ in 0..random.usize(1..5) {
        let outbox = open(folder.file(), &sandbox).await;
        for _ in 0..random.usize(0..5) {
            let fault = match random.u8(0..6) {
                0 => Fault::status(503),
                1 => Fault::cut_before(),
                2 => Fault::cut_after(),
                3 => Fault::truncated(),
                4 => Fault::status(429),
                _ => Fault::slow(Duration::from_secs(random.u64(1..60))),
            };
            let after = random.u64(0..4);
            sandbox.inject(fault.after(after).times(random.u64(1..6)));
        }
        let capacity = random.usize(1..300);
        let sender = client
            .sender()
            .capacity(capacity)
            .outbox(outbox.clone())
            .build();
        let mut taken = 0;
        for _ in 0..random.usize(1..120) {
            // Now and then an event that is there already, or was.
            let n = match random.u8(0..8) {
                0 => random.usize(0..=next),
                _ => next,
            };
            next = next.max(n + 1);
            let event = if n % 11 == 5 { bad(n) } else { order(n) };
            let sealed = seal(&client, &event);
            let id = sealed.id().to_owned();
            let is_taken = match random.u8(0..3) {
                0 => outbox.enqueue(&sealed).await.is_ok(),
                1 => {
                    taken += 1;
                    drop(sender.send(&sealed).await);
                    true
                }
                _ => {
                    taken += 1;
                    sender.try_send(&sealed).is_ok()
                }
            };
            assert!(is_taken, "seed {seed}: {id}");
            if n % 11 == 5 { &mut refused } else { &mut good }.insert(id);
            if random.u8(0..10) == 0 {
                use timeline_core::Clock;
                clock
                    .sleep(Duration::from_millis(random.u64(1..20_000)))
                    .await;
            }
        }
        match random.u8(0..3) {
            // The sender is dropped in the middle of its work.
            0 => drop(sender),
            limit => {
                let report = sender
                    .shutdown(Duration::from_secs(60 * u64::from(limit)))
                    .await;
                assert_eq!(report.total(), taken, "seed {seed}: {report}");
                let told = report.created() + report.already_existing() + report.rejected();
                let told = told + report.not_sent() + report.unknown();
                assert_eq!(report.total(), told, "seed {seed}: {report}");
            }
        }
        outbox.close().await.expect("open");
    }
    sandbox.clear_faults();
    let outbox = open(folder.file(), &sandbox).await;
    let empty = until_empty(&outbox, &sandbox);
    let report = client.relay(outbox.clone()).stop_on(empty).await;
    let report = report.expect("a sound outbox");
    let there: BTreeSet<String> = sandbox.events().into_iter().map(|event| event.id).collect();
    assert_eq!(there, good, "seed {seed}: {report}");
    let dead = outbox.dead().await.expect("a sound file");
    let dead: BTreeSet<String> = dead.iter().map(|dead| dead.id().to_owned()).collect();
    assert_eq!(dead, refused, "seed {seed}: {report}");
}
