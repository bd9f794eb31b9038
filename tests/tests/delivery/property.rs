//! Random batches in random weather, against the sandbox's ledger. A failing case prints the seed that replays it.

use std::collections::BTreeMap;

use timeline_core::sandbox::{BadEvent, ErrorId, Fault, ResultOrder, Route, Rules, SameId};
use timeline_core::{EventInput, Outcome, SendBatch};

use crate::{brisk, sandbox_with};

fn rules(random: &mut fastrand::Rng) -> Rules {
    Rules::default()
        .bad_event(*pick(
            random,
            &[BadEvent::IsRefused, BadEvent::RefusesBatch],
        ))
        .error_id(*pick(
            random,
            &[
                ErrorId::Nowhere,
                ErrorId::Id,
                ErrorId::Context,
                ErrorId::Message,
            ],
        ))
        .same_id(*pick(
            random,
            &[
                SameId::InUse,
                SameId::Conflict,
                SameId::Updates,
                SameId::Ignored,
            ],
        ))
        .order(*pick(random, &[ResultOrder::Sent, ResultOrder::Reversed]))
        .success(*pick(random, &[200, 201]))
}

fn pick<'t, T>(random: &mut fastrand::Rng, from: &'t [T]) -> &'t T {
    &from[random.usize(..from.len())]
}

/// Anything but a stall, which would take real time, and a refusal out of the blue: to refuse what is stored already
/// is nothing that HubSpot does.
fn fault(random: &mut fastrand::Rng) -> Fault {
    let fault = match random.u8(..13) {
        0 => Fault::status(*pick(random, &[500, 502, 503, 504, 520, 524])),
        1 => Fault::status(*pick(random, &[500, 503, 504])).stored(),
        2 => Fault::status(*pick(random, &[423, 429, 477, 521, 523])),
        3 => Fault::cut_before(),
        4 => Fault::cut_after(),
        5 => Fault::truncated(),
        6 => Fault::empty_results(),
        7 => Fault::empty_results().not_stored(),
        8 => Fault::results_without(random.usize(1..20)),
        9 => Fault::strangers(random.usize(1..20)),
        10 => Fault::oversized(4_200_000),
        11 => Fault::status(201).body(*pick(random, &["", "{}", "null", "[]", "{\"results\":"])),
        _ => Fault::status(*pick(random, &[401, 403, 405, 302])),
    };
    let fault = fault.after(random.u64(..3)).times(random.u64(1..4));
    if random.u8(..8) == 0 {
        fault.on(Route::Read)
    } else {
        fault
    }
}

async fn case(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let sandbox = sandbox_with(rules(&mut random)).await;
    for _ in 0..random.u8(..5) {
        sandbox.inject(fault(&mut random));
    }
    let ids: Vec<String> = (0..random.usize(1..120))
        .map(|n| format!("case-{seed}-{n}"))
        .collect();
    let events: Vec<EventInput<'_>> = ids
        .iter()
        .map(|id| {
            let event = EventInput::new("1001299").id(id).email("ada@example.com");
            match random.u8(..40) {
                0 => event.token("amount", f64::NAN),
                // Bad where only the server sees it: its template declares no such token.
                1 => event.token("nonsense", 1),
                _ => event.token("amount", 12.5),
            }
        })
        .collect();
    let client = brisk(&sandbox);
    let report = events
        .iter()
        .send_batch(&client)
        .concurrency(random.usize(1..4))
        .report()
        .await;

    let ledger: BTreeMap<String, u64> = sandbox
        .events()
        .into_iter()
        .map(|event| (event.id, event.writes))
        .collect();
    assert_eq!(report.outcomes().len(), ids.len(), "seed {seed}");
    for (id, outcome) in ids.iter().zip(report.outcomes()) {
        let is_there = ledger.contains_key(id);
        let fits = match outcome {
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => is_there,
            Outcome::Rejected(_) | Outcome::NotSent { .. } => !is_there,
            Outcome::Unknown { .. } => true,
        };
        assert!(fits, "seed {seed}: {outcome}, in the ledger: {is_there}");
        assert!(
            outcome.id().is_none_or(|given| given == id),
            "seed {seed}: {outcome}"
        );
    }
    assert!(ledger.len() <= ids.len(), "seed {seed}");
}

#[tokio::test]
async fn the_report_agrees_with_the_ledger() {
    let cases = std::env::var("TIMELINE_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let first = std::env::var("TIMELINE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let (first, cases): (u64, u64) = (first.unwrap_or(0), cases.unwrap_or(200));
    for seed in first..first + cases {
        case(seed).await;
    }
}
