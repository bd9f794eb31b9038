//! A job that starts over: its events are there already.

use timeline_core::SendBatch;
use timeline_core::sandbox::{ErrorId, Rules};

use super::{builder, counted, sandbox, seats};

#[tokio::test]
async fn a_job_that_starts_over_costs_little_more_than_a_request_for_each_event() {
    for place in [ErrorId::Nowhere, ErrorId::Context] {
        for (batch_size, known, fresh) in [
            (500, 1, 0),
            (500, 4, 0),
            (500, 40, 0),
            (500, 500, 0),
            (100, 300, 0),
            (10, 200, 0),
            (500, 1_000, 10),
        ] {
            let sandbox = sandbox().await;
            sandbox.set_rules(Rules::default().error_id(place));
            let client = builder(&sandbox).batch_size(batch_size).build();
            let client = client.expect("good settings");
            let first = seats(0..known)
                .send_batch(&client)
                .await
                .expect("all created");
            let report = seats(0..known + fresh).send_batch(&client).report().await;
            let n = known as u64;
            let what = format!("{known} known, {fresh} new, {batch_size} a batch, {place:?}");
            let expected = match fresh {
                0 => format!("exists*{known}"),
                _ => format!("created*{fresh} exists*{known}"),
            };
            assert_eq!(counted(report.outcomes()), expected, "{what}");
            assert!(
                report.requests() <= n + n / 2 + 20,
                "{what}: {} requests",
                report.requests()
            );
            assert_eq!(first.created(), known as usize);
            assert!(
                sandbox.events().iter().all(|event| event.writes == 1),
                "{what}"
            );
        }
    }
}
