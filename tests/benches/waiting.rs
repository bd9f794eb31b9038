//! What calls cost that wait in an outage, ten times as many beside some: `cargo bench -p timeline-tests --bench waiting`.
//!
//! The time is real, since a test clock has a cost of its own for each call that sleeps: 20 s for each number of calls.

mod support;

use std::time::Duration;

use timeline_core::{Client, Fault, RetryPolicy, Sandbox};
use tokio::task::JoinSet;

use support::events::Adopted;
use support::{Result, is_wanted, process, table};

/// So many lone requests fail before the circuit breaker lets the calls wait.
const UNTIL_IT_IS_OPEN: usize = 5;

fn main() -> Result<()> {
    let (counts, patience) = match is_wanted() {
        true => ([1_000, 10_000], Duration::from_secs(20)),
        false => ([1, 10], Duration::from_secs(1)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut rows = Vec::new();
    let mut first = None;
    for count in counts {
        let cpu = runtime.block_on(waited(count, patience))?;
        let ratio = cpu / *first.get_or_insert(cpu);
        rows.push(vec![
            count.to_string(),
            format!("{:.0}", 1e3 * cpu),
            format!("{ratio:.1}"),
        ]);
    }
    let head = ["calls that wait", "CPU ms", "ratio, goal: below 10"];
    table::print(&head, &rows);
    Ok(())
}

/// The processor's time in seconds of so many calls in an outage, until their patience ends.
async fn waited(count: usize, patience: Duration) -> Result<f64> {
    let sandbox = Sandbox::start().await?;
    sandbox.inject(Fault::status(503).forever());
    let retry = RetryPolicy::default().patience(patience);
    let client = sandbox.client_builder().retry(retry).build()?;
    let mut calls = JoinSet::new();
    spawn(&mut calls, &client, UNTIL_IT_IS_OPEN);
    while sandbox.requests() < UNTIL_IT_IS_OPEN as u64 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before = process::cpu()?;
    spawn(&mut calls, &client, count);
    while let Some(delivered) = calls.join_next().await {
        if delivered? {
            return Err("an event was delivered in an outage".into());
        }
    }
    Ok(process::cpu()? - before)
}

/// Each says whether its event is delivered.
fn spawn(calls: &mut JoinSet<bool>, client: &Client, count: usize) {
    for n in 0..count {
        let client = client.clone();
        calls.spawn(async move { client.send(&Adopted::new(n)).await.is_ok() });
    }
}
