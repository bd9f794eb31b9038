//! The default limit of requests, in real time, against the sandbox's limiter, which refuses what comes after 110
//! requests in any 10 s.

use std::time::Duration;

use timeline_core::sandbox::Sandbox;
use timeline_core::{Client, Fault, SendBatch};

use crate::Job;
use crate::support::Result;
use crate::support::events::Adopted;

const LIMIT: usize = 110;
const WINDOW: Duration = Duration::from_secs(10);

/// Sends for this many seconds, and prints how many requests were let through, how many the limit allows in that time,
/// and how many were answered with 429. An answer takes up to half a second.
pub(crate) async fn run(seconds: u64) -> Result<()> {
    let time = Duration::from_secs(seconds);
    let allowed = LIMIT * time.as_secs() as usize / WINDOW.as_secs() as usize;
    let sandbox = Sandbox::builder().rate_limit(LIMIT, WINDOW).start().await?;
    let _ = sandbox.register::<Adopted>();
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..2 * allowed {
        sandbox.inject(Fault::slow(Duration::from_millis(random.u64(0..=500))));
    }
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .portal_id(sandbox.portal_id())
        .build()?;
    let job = Job {
        // More than the limit lets through.
        numbers: 0..200 * allowed,
        tells: false,
        one_in_100_is_bad: false,
    };
    let began = sandbox.clock().elapsed();
    let sending = job.events().send_batch(&client);
    let report = sending.stop_on(tokio::time::sleep(time)).report().await;
    let seen = sandbox.seen();
    let in_time = seen.iter().filter(|request| request.at - began <= time);
    let (refused, let_through): (Vec<_>, Vec<_>) =
        in_time.partition(|request| request.status == Some(429));
    println!("{} {allowed} {}", let_through.len(), refused.len());
    eprintln!("{report}");
    Ok(())
}
