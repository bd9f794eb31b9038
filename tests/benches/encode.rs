//! From a struct to JSON, as the client encodes it: `cargo bench -p timeline-tests --bench encode`.
//!
//! Criterion says what each way costs and compares it with the last run. The table below it takes all ways in turns, so
//! that what slows one slows the others: its ratios hold on a busy machine too.

mod support;

use std::hint::black_box;
use std::time::Instant;

use criterion::Criterion;
use serde::Serialize;
use timeline_core::TimelineEvent;

use support::events::{Adopted, ByHand, by_map};
use support::{Result, is_wanted, median, number, table};

/// Enough different events that the processor does not learn to predict them.
const EVENTS: usize = 128;

const EVENTS_PER_TURN: usize = 2_000;

/// Appends one event to the buffer.
type Encode = fn(&Adopted, &mut Vec<u8>);

const WAYS: [(&str, Encode, &str); 5] = [
    ("derived: event_input, write_json", derived, ""),
    ("derived: event_input alone", input_alone, ""),
    ("derived: through Serialize", serialized, ""),
    (
        "by hand: borrowed serde struct, constant timestamp",
        by_hand,
        "1.05",
    ),
    ("by hand: HashMap and json!", by_hash_map, "0.33"),
];

fn derived(event: &Adopted, out: &mut Vec<u8>) {
    if let Ok(input) = event.event_input() {
        let _ = black_box(input.write_json(out));
    }
}

fn input_alone(event: &Adopted, _: &mut Vec<u8>) {
    let _ = black_box(event.event_input());
}

fn serialized(event: &Adopted, out: &mut Vec<u8>) {
    if let Ok(input) = event.event_input() {
        write(&input, out);
    }
}

fn by_hand(event: &Adopted, out: &mut Vec<u8>) {
    write(&ByHand::from(event), out);
}

fn by_hash_map(event: &Adopted, out: &mut Vec<u8>) {
    write(&by_map(event), out);
}

fn write(value: &impl Serialize, out: &mut Vec<u8>) {
    let _ = black_box(serde_json::to_writer(out, value));
}

fn main() -> Result<()> {
    let events: Vec<Adopted> = (1000..1000 + EVENTS).map(Adopted::new).collect();
    let rounds = if is_wanted() {
        number("TIMELINE_ROUNDS", 400)?
    } else {
        1
    };
    let mut criterion = Criterion::default().configure_from_args();
    for (name, encode, _) in WAYS {
        let mut out = Vec::new();
        let mut events = events.iter().cycle();
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                if let Some(event) = events.next() {
                    encode(event, &mut out);
                }
            });
        });
    }
    criterion.final_summary();
    compare(&events, rounds);
    Ok(())
}

/// Nanoseconds an event, of each way, in each round.
fn compare(events: &[Adopted], rounds: usize) {
    let mut times = [const { Vec::new() }; WAYS.len()];
    let mut out = Vec::new();
    for round in 0..rounds {
        for turn in 0..WAYS.len() {
            let way = (round + turn) % WAYS.len();
            let (_, encode, _) = WAYS[way];
            let start = Instant::now();
            for event in events.iter().cycle().take(EVENTS_PER_TURN) {
                out.clear();
                encode(event, &mut out);
            }
            times[way].push(start.elapsed().as_nanos() as f64 / EVENTS_PER_TURN as f64);
        }
    }
    let rows: Vec<Vec<String>> = WAYS
        .iter()
        .zip(&times)
        .map(|((name, _, goal), way)| {
            let ratios: Vec<f64> = times[0]
                .iter()
                .zip(way)
                .map(|(ours, other)| ours / other)
                .collect();
            let goal = if goal.is_empty() {
                String::new()
            } else {
                format!("<= {goal}")
            };
            vec![
                (*name).to_owned(),
                format!("{:.0}", median(way)),
                format!("{:.2}", median(&ratios)),
                goal,
            ]
        })
        .collect();
    table::print(&["encode", "ns an event", "ours / this", "goal"], &rows);
}
