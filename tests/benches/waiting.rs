//! What calls cost that wait in an outage, and ten times as many: `cargo bench -p timeline-tests --bench waiting`.
//!
//! Each number of calls in a process of its own, with a sandbox that answers 503 to everything. The time is real, since a test
//! clock has its own cost for each call that sleeps: each call waits for 20 seconds. `TIMELINE_EVENTS` says how many calls are
//! the many, and `TIMELINE_ROUNDS` how often each number is measured.

mod support;

use std::env;
use std::time::Duration;

use timeline_core::{Client, Fault, RetryPolicy, Sandbox, SendBatch};

use support::events::Adopted;
use support::{Result, is_wanted, number, process, table};

const ROLE: &str = "--measure";
const TIMES: usize = 10;
const GOAL: f64 = 10.0;
/// As many requests as the circuit breaker needs to see an outage, and one more.
const REQUESTS: usize = 6;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [role, calls, patience] = &*arguments
        && role == ROLE
    {
        return measure(calls.parse()?, Duration::from_secs(patience.parse()?));
    }
    let (many, rounds, patience) = if is_wanted() {
        (
            number("TIMELINE_EVENTS", 10_000)?,
            number("TIMELINE_ROUNDS", 3)?,
            "20",
        )
    } else {
        (100, 1, "1")
    };
    let sizes = [many / TIMES, many];
    // For each size the best of some rounds: a disturbance only ever adds time.
    let mut best = [f64::INFINITY; 2];
    for _ in 0..rounds {
        for (calls, best) in sizes.iter().zip(&mut best) {
            for cpu in process::figures(&[ROLE, &calls.to_string(), patience])? {
                *best = best.min(cpu);
            }
        }
    }
    let mut rows: Vec<Vec<String>> = sizes
        .iter()
        .zip(best)
        .map(|(calls, cpu)| vec![format!("{calls} calls"), format!("{:.0}", cpu * 1e3)])
        .collect();
    let [few, many] = best;
    rows.push(vec![
        "ratio".to_owned(),
        format!("{:.2}", many / few),
        format!("<= {GOAL}"),
    ]);
    table::print(&["waiting", "CPU ms", "goal"], &rows);
    Ok(())
}

/// Prints the processor's time for this many calls, from their start in the middle of an outage to the end of the last
/// one.
#[tokio::main(flavor = "current_thread")]
async fn measure(calls: usize, patience: Duration) -> Result<()> {
    let sandbox = Sandbox::start().await?;
    sandbox.inject(Fault::status(503).forever());
    let policy = RetryPolicy::default().patience(patience);
    let client = sandbox.client_builder().retry(policy).build()?;
    let first = (0..100 * REQUESTS).map(Adopted::new);
    let first = first.send_batch(&client).report();
    let (_, cpu) = tokio::join!(first, wait(&sandbox, &client, calls));
    println!("{}", cpu?);
    Ok(())
}

async fn wait(sandbox: &Sandbox, client: &Client, calls: usize) -> Result<f64> {
    while usize::try_from(sandbox.requests())? < REQUESTS {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let start = process::cpu()?;
    let tasks: Vec<_> = (0..calls)
        .map(|n| {
            let (client, event) = (client.clone(), Adopted::new(n));
            tokio::spawn(async move { client.send(&event).await })
        })
        .collect();
    for task in tasks {
        if task.await?.is_ok() {
            return Err("an event got through the outage".into());
        }
    }
    Ok(process::cpu()? - start)
}
