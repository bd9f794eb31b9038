//! Random batches under random faults, compared with the sandbox's events. A failing case prints the seed that replays
//! it.

use std::collections::HashSet;
use std::future::ready;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use timeline_core::sandbox::{BadEvent, ErrorId, Fault, ResultOrder, Route, Rules, SameId};
use timeline_core::{
    Api, Client, Credentials, EventInput, Outcome, Sandbox, SendBatch, SenderReport, UnknownReason,
};

use crate::{brisk_builder, sandbox_with};

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

/// Anything but a stall, which would take real time, and a refusal without a cause: HubSpot does not refuse an event
/// that it has stored.
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

fn ledger(sandbox: &Sandbox) -> HashSet<String> {
    let events = sandbox.events().into_iter();
    events.map(|event| event.id).collect()
}

/// One outcome for each event, in the events' order, whichever way they went.
async fn deliver(
    (sandbox, client): (&Sandbox, &Client),
    events: &[EventInput<'static>],
    random: &mut fastrand::Rng,
) -> Vec<Outcome> {
    let concurrency = random.usize(1..4);
    match random.u8(..4) {
        0 => {
            let sending = events.iter().send_batch(client).concurrency(concurrency);
            sending.report().await.into_outcomes()
        }
        1 => {
            let outcomes = client.send_stream(stream::iter(events));
            let mut outcomes: Vec<_> = outcomes.concurrency(concurrency).collect().await;
            outcomes.sort_by_key(|(place, _)| *place);
            let places: Vec<usize> = outcomes.iter().map(|(place, _)| *place).collect();
            assert_eq!(places, (0..events.len()).collect::<Vec<_>>());
            outcomes.into_iter().map(|(_, outcome)| outcome).collect()
        }
        2 => {
            let id = sandbox.portal_id();
            let credentials = Credentials::access_token(sandbox.access_token());
            let senders = client.senders(move |_| ready(Some(credentials.clone())));
            let idle_after = Duration::from_millis(random.u64(..200));
            let linger = Duration::from_millis(random.u64(..100));
            let senders = senders.idle_after(idle_after).linger(linger).capacity(7);
            let senders = senders.concurrency(concurrency).capacity_in_all(5).build();
            let clock = sandbox.clock();
            let mut pending = Vec::new();
            for event in events {
                // Some events come while the account falls asleep, some after a refusal has ended its sender for a
                // while.
                match random.u8(..8) {
                    0 => clock.sleep(idle_after).await,
                    1 => clock.sleep(Duration::from_secs(random.u64(..12))).await,
                    _ => {}
                }
                pending.push(senders.send(id, event).await);
            }
            let outcomes = join_all(pending).await;
            let report = senders.shutdown(Duration::from_secs(60)).await;
            add_up(&report, &outcomes);
            outcomes
        }
        _ => {
            let sender = client.sender().concurrency(concurrency).capacity(7).build();
            let mut pending = Vec::new();
            for event in events {
                pending.push(sender.send(event).await);
            }
            let outcomes = join_all(pending).await;
            let report = sender.shutdown(Duration::from_secs(60)).await;
            add_up(&report, &outcomes);
            outcomes
        }
    }
}

fn add_up(report: &SenderReport, outcomes: &[Outcome]) {
    assert_eq!(report.total(), outcomes.len());
    let delivered = outcomes.iter().filter(|outcome| outcome.is_delivered());
    let counted = report.created() + report.already_existing();
    assert_eq!(counted, delivered.count());
}

async fn case(api: Api, seed: u64) {
    let what = format!("{api:?}, seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let sandbox = sandbox_with(rules(&mut random)).await;
    for _ in 0..random.u8(..5) {
        sandbox.inject(fault(&mut random));
    }
    // Some have ids of the user's own, the others get theirs from the client.
    let own_ids = random.bool();
    let events: Vec<EventInput<'static>> = (0..random.usize(1..120))
        .map(|n| {
            let mut event = EventInput::new("1001299")
                .type_name("order")
                .email("ada@example.com");
            if own_ids {
                event = event.id(format!("case-{seed}-{n}"));
            }
            match random.u8(..40) {
                0 => event.token("amount", f64::NAN),
                // Only the server can see that this is bad: the template declares no such token.
                1 => event.token("nonsense", 1),
                _ => event.token("amount", 12.5),
            }
        })
        .collect();
    let is_bad = |event: &EventInput<'_>| event.tokens().any(|(name, _)| name == "nonsense");
    let client = brisk_builder(&sandbox).api(api).build();
    let client = client.expect("good settings");
    let outcomes = deliver((&sandbox, &client), &events, &mut random).await;

    assert_eq!(outcomes.len(), events.len(), "{what}");
    let there = ledger(&sandbox);
    let mut of_ours = HashSet::new();
    for (event, outcome) in events.iter().zip(&outcomes) {
        let id = outcome.id();
        let is_there = id.is_some_and(|id| there.contains(id));
        let fits = match outcome {
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => is_there,
            Outcome::Rejected(_) | Outcome::NotSent { .. } => !is_there,
            Outcome::Unknown { .. } => true,
        };
        assert!(fits, "{what}: {outcome}, in the ledger: {is_there}");
        if let Some(id) = id {
            assert!(of_ours.insert(id.to_owned()), "{what}: {id} twice");
            assert!(
                event.get_id().is_none_or(|given| given == id),
                "{what}: {outcome}"
            );
        }
    }
    assert!(
        there.is_subset(&of_ours),
        "{what}: something is there that was not sent"
    );

    // The events that did not get there get there when the cause is gone, under the same ids. Only bad events remain.
    let mut letters = Vec::new();
    for outcome in &outcomes {
        outcome
            .write_undelivered(&mut letters)
            .expect("memory takes all");
    }
    sandbox.clear_faults();
    let replayed = client.replay(&letters[..]).report().await;
    let undelivered = outcomes.iter().filter(|outcome| !outcome.is_delivered());
    assert_eq!(replayed.total(), undelivered.count(), "{what}");
    let there = ledger(&sandbox);
    let bad: HashSet<String> = events
        .iter()
        .zip(&outcomes)
        .filter(|(event, _)| is_bad(event))
        .filter_map(|(_, outcome)| outcome.id().map(str::to_owned))
        .collect();
    for (place, outcome) in replayed.undelivered() {
        let is_right = match outcome {
            Outcome::Rejected(_) => true,
            // No call of app events reads an event. So it is not known whose event has an id of the user's own, nor
            // whether an event is there that was refused after a lost answer.
            Outcome::Unknown { id, reason, .. } => {
                let is_known = there.contains(id) || bad.contains(id);
                api == Api::AppEvents && is_known && *reason == UnknownReason::CannotReadBack
            }
            _ => false,
        };
        assert!(is_right, "{what}, replayed {place}: {outcome}");
    }
    let expected: HashSet<String> = of_ours
        .into_iter()
        .filter(|id| {
            let refused = replayed
                .outcomes()
                .iter()
                .any(|outcome| outcome.id() == Some(id) && matches!(outcome, Outcome::Rejected(_)));
            !refused && !bad.contains(id)
        })
        .collect();
    assert_eq!(ledger(&sandbox), expected, "{what}");
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
        for api in [Api::V3, Api::AppEvents] {
            case(api, seed).await;
        }
    }
}
