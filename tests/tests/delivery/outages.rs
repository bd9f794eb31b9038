//! Outages: events wait for their end, at the cost of few requests, and leave soon after it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, Route};
use timeline_core::{
    Client, ClientBuilder, Clock, Fault, NotSentReason, OAuth, Outcome, RateLimit, RetryPolicy,
    Sandbox, SendBatch,
};

use tokio::sync::mpsc;

use crate::{Visit, sandbox, visits, words};

const HOUR: Duration = Duration::from_secs(3600);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn patient(sandbox: &Sandbox) -> ClientBuilder {
    sandbox
        .client_builder()
        .retry(RetryPolicy::default().patience(2 * HOUR))
}

/// One event a second, on the clock, as long as there is room for it.
fn steady(clock: Arc<dyn Clock>, events: usize) -> impl Stream<Item = Visit> + Send {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for visit in visits(events) {
            clock.sleep(seconds(1)).await;
            sender.send(visit).await.expect("somebody listens");
        }
    });
    stream::unfold(receiver, |mut receiver| async {
        let event = receiver.recv().await?;
        Some((event, receiver))
    })
}

/// All that was sent got there once, and the first of it soon after the end of the outage.
fn assert_over(sandbox: &Sandbox, events: usize, end: Duration) {
    assert_eq!(sandbox.event_count(), events);
    assert!(sandbox.events().iter().all(|event| event.writes == 1));
    let seen = sandbox.seen();
    let is_created = |status: u16| matches!(status, 200 | 201);
    let first = seen
        .iter()
        .find(|request| request.path.contains("/events") && request.status.is_some_and(is_created));
    let first = first.expect("an event was created").at;
    assert!(first >= end && first - end <= seconds(15), "{first:?}");
}

fn requests_before(sandbox: &Sandbox, end: Duration) -> usize {
    sandbox
        .seen()
        .iter()
        .filter(|request| request.at < end)
        .count()
}

#[tokio::test]
async fn ninety_seconds_are_ridden_out_by_default() {
    for fault in [
        Fault::status(503),
        Fault::status(500).stored(),
        Fault::cut_before(),
        Fault::status(521),
        Fault::status(200).body("<html>We'll be back soon</html>"),
        Fault::status(200).body(r#"{"message":"maintenance"}"#),
        Fault::status(207).body(r#"{"results":[],"errors":[{"category":"INTERNAL_ERROR"}]}"#),
        Fault::status(404).body("x".repeat(70_000)),
    ] {
        let sandbox = sandbox().await;
        sandbox.inject(fault.clone().lasting(seconds(90)));
        let report = visits(2500).send_batch(&sandbox.client()).await;
        let report = report.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(report.total(), sandbox.event_count(), "{fault:?}");
        assert!(report.elapsed() <= seconds(105), "{fault:?}: {report}");
        assert!(
            requests_before(&sandbox, seconds(90)) <= 40,
            "{fault:?}: {report}"
        );
    }
}

#[tokio::test]
async fn an_hour_costs_hundreds_of_requests_and_is_over_soon() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503).lasting(HOUR));
    let client = patient(&sandbox).build().expect("good settings");
    let outcomes = client.send_stream(steady(sandbox.clock(), 4000));
    let outcomes: Vec<Outcome> = outcomes.map(|(_, outcome)| outcome).collect().await;
    assert!(
        outcomes.iter().all(Outcome::is_delivered),
        "{}",
        words(&outcomes)
    );
    assert_over(&sandbox, 4000, HOUR);
    let requests = requests_before(&sandbox, HOUR);
    println!("{requests} requests in an hour");
    assert!((300..=400).contains(&requests), "{requests} requests");
}

/// However many calls share the client, one of them probes.
#[tokio::test]
async fn all_calls_of_a_client_probe_as_one() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503).lasting(HOUR));
    let client = patient(&sandbox).build().expect("good settings");
    let calls = (0..5).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { visits(500).send_batch(&client).await })
    });
    for call in futures_util::future::join_all(calls).await {
        call.expect("no panic").expect("all created");
    }
    assert_over(&sandbox, 2500, HOUR);
    let requests = requests_before(&sandbox, HOUR);
    println!("{requests} requests in an hour");
    assert!((300..=440).contains(&requests), "{requests} requests");
}

#[tokio::test]
async fn a_token_endpoint_that_is_down_for_an_hour() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503).on(Route::Token).lasting(HOUR));
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .clock(sandbox.clock())
        .rate_limit(RateLimit::unlimited())
        .retry(RetryPolicy::default().patience(2 * HOUR))
        .oauth(OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN))
        .build()
        .expect("good settings");
    visits(2500).send_batch(&client).await.expect("all created");
    assert_over(&sandbox, 2500, HOUR);
    let requests = requests_before(&sandbox, HOUR);
    println!("{requests} requests in an hour");
    assert!((300..=400).contains(&requests), "{requests} requests");
}

/// In an outage that does not end, a call takes as long as its patience, however many events it has.
#[tokio::test]
async fn an_outage_without_end_is_waited_for_once() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(521).forever());
    let report = visits(100_000).send_batch(&sandbox.client()).report().await;
    assert_eq!(report.not_sent(), 100_000, "{report}");
    assert!(report.elapsed() >= seconds(110), "{report}");
    assert!(report.elapsed() <= seconds(140), "{report}");
    assert!(report.requests() <= 50, "{report}");
    let Outcome::NotSent { reason, .. } = &report.outcomes()[99_999] else {
        panic!("{:?}", report.outcomes()[99_999]);
    };
    assert_eq!(reason, &NotSentReason::Outage);
}

/// A probe takes some events out of a batch. The others have not left, and end by the outage: the call was not stopped.
#[tokio::test]
async fn what_an_outage_kept_back_says_so() {
    for delay in (700..4000).step_by(300) {
        let sandbox = sandbox().await;
        sandbox.inject(Fault::status(521).times(8));
        let slow = Fault::status(500).delay(Duration::from_millis(delay));
        sandbox.inject(slow.forever());
        let report = visits(1500).send_batch(&sandbox.client()).report().await;
        assert!(report.not_sent() > 0 && report.unknown() > 0, "{report}");
        for (index, outcome) in report.outcomes().iter().enumerate() {
            let is_told = match outcome {
                Outcome::NotSent { reason, .. } => matches!(
                    reason,
                    NotSentReason::Outage | NotSentReason::Unavailable(521)
                ),
                outcome => matches!(outcome, Outcome::Unknown { .. }),
            };
            assert!(is_told, "{delay}: {outcome}");
            // Eight batches have left before the outage was seen, and one as a probe; of the others single events have.
            let has_left = index < 900 || matches!(outcome, Outcome::Unknown { .. });
            let attempts = outcome.attempts().map(|attempts| attempts.count);
            assert_eq!(attempts.is_some(), has_left, "{delay}: {index} {outcome}");
        }
    }
}

/// An event on which HubSpot fails every time is found like one that HubSpot refuses.
#[tokio::test]
async fn one_event_that_always_fails_is_no_outage_for_the_others() {
    let sandbox = sandbox().await;
    let client = sandbox.client_builder().concurrency(1);
    let client = client.build().expect("good settings");
    sandbox.inject(Fault::status(500).with_event("order-7").forever());
    let report = crate::orders(2000).send_batch(&client).report().await;
    assert_eq!((report.created(), report.unknown()), (1999, 1), "{report}");
    // Such an event does not keep a healthy call of the same client waiting for long.
    let (stuck, healthy) = tokio::join!(
        [crate::order("order-7")].send_batch(&client).report(),
        async {
            let clock = sandbox.clock();
            clock.sleep(seconds(40)).await;
            let before = clock.elapsed();
            visits(100).send_batch(&client).await.expect("all created");
            clock.elapsed() - before
        }
    );
    assert_eq!(words(stuck.outcomes()), "unknown");
    assert!(healthy <= seconds(25), "{healthy:?}");
}

/// Errors about single events are no outage, whatever their status: the others leave as usual.
#[tokio::test]
async fn errors_about_events_close_no_gate() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let clock = sandbox.clock();
    let bad = crate::orders(30);
    for order in &bad {
        let fault = Fault::refuse_event(order.id.clone());
        sandbox.inject(fault.category(404, "OBJECT_NOT_FOUND").forever());
    }
    let bad = bad.iter().map(|order| [order].send_batch(&client).report());
    let good = async {
        clock.sleep(seconds(60)).await;
        let before = clock.elapsed();
        client.send(&crate::order("good")).await.expect("created");
        clock.elapsed() - before
    };
    let (bad, waited) = tokio::join!(futures_util::future::join_all(bad), good);
    assert!(waited < seconds(1), "{waited:?}");
    assert!(bad.iter().all(|report| report.unknown() == 1));
}

/// The call that sends the probe may not be polled for a long time. The answer closes the circuit breaker all the same.
#[tokio::test]
async fn a_probe_of_a_stream_that_is_not_polled_holds_up_no_other() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    sandbox.inject(Fault::status(503).times(6));
    let (events, source) = mpsc::unbounded_channel();
    let source = stream::unfold(source, |mut source| async {
        Some((source.recv().await?, source))
    });
    let mut outcomes = Box::pin(client.send_stream(source));
    events.send(visits(1).remove(0)).expect("open");
    let stuck = async {
        while sandbox.requests() < 6 {
            tokio::task::yield_now().await;
        }
    };
    // The future of the next outcome is dropped, and nothing is polled any more, once the probe has left.
    futures_util::future::select(outcomes.next(), Box::pin(stuck)).await;
    client.send(&crate::order("a")).await.expect("created");
    drop(outcomes);
}

/// A 429 is about the whole account: no call of it sends before the time that HubSpot asks for is over.
#[tokio::test]
async fn a_429_parks_the_whole_account() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(429).header("Retry-After", "30"));
    let client = sandbox.client_builder().concurrency(1);
    let client = client.build().expect("good settings");
    let clones = (0..4).map(|_| {
        let client = client.clone();
        async move { visits(100).send_batch(&client).await }
    });
    for report in futures_util::future::join_all(clones).await {
        report.expect("all created");
    }
    let late = sandbox.seen();
    let early = late.iter().filter(|request| request.at < seconds(30));
    // These are the requests that had left beside the one that was refused.
    assert!(early.count() <= 4, "{late:?}");
}

/// A wait that is longer than the patience left ends at once, for all that would have to wait.
#[tokio::test]
async fn a_wait_beyond_patience_is_not_begun() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(477).header("Retry-After", "86400").forever());
    let client = sandbox.client_builder().concurrency(1);
    let client = client.build().expect("good settings");
    let report = visits(1000).send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*1000");
    assert_eq!(report.requests(), 1);
    assert!(report.elapsed() < seconds(5), "{report}");
    for outcome in report.outcomes() {
        let Outcome::NotSent { reason, .. } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(reason, &NotSentReason::RateLimited);
    }
}

/// `Retry-After` is promised for a 477 alone. On a failure it does not say when an outage ends, so it keeps nothing back
/// for longer than a minute.
#[tokio::test]
async fn a_long_retry_after_on_a_503_does_not_stop_the_probes() {
    for asked in ["3600", "86400"] {
        let sandbox = sandbox().await;
        let fault = Fault::status(503).header("Retry-After", asked);
        sandbox.inject(fault.lasting(seconds(300)));
        let client = sandbox
            .client_builder()
            .retry(RetryPolicy::default().patience(100 * HOUR));
        let client = client.build().expect("good settings");
        let report = visits(1000).send_batch(&client).await;
        let report = report.unwrap_or_else(|error| panic!("{asked}: {error}"));
        let requests = requests_before(&sandbox, seconds(300));
        // Requests that had left before five had failed are repeated when the server asks for it.
        let repeated = Duration::from_secs(asked.parse().expect("a number"));
        assert!(
            report.elapsed() <= repeated + seconds(90),
            "{asked}: {report}"
        );
        assert!((8 + 4..=8 + 8).contains(&requests), "{asked}: {requests}");
        let first = sandbox
            .seen()
            .into_iter()
            .find(|seen| seen.status == Some(201));
        let first = first.expect("an event was created").at;
        assert!(first <= seconds(300 + 61), "{asked}: {first:?}");
    }
}

/// Without retries no request waits for the end of an outage.
#[tokio::test]
async fn without_retries_there_is_no_gate() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503).times(20));
    let client = sandbox.client_builder().retry(RetryPolicy::none());
    let client = client.build().expect("good settings");
    let report = visits(3000).send_batch(&client).report().await;
    assert_eq!(
        (report.created(), report.unknown()),
        (1000, 2000),
        "{report}"
    );
    assert_eq!((report.requests(), report.elapsed()), (30, Duration::ZERO));
}

/// A sender that was refused tries again after ten seconds, but not before the answers that are still out have come:
/// they are about the same refusal, and would stop it anew.
#[tokio::test]
async fn a_sender_does_not_recover_before_all_answers_are_in() {
    let sandbox = sandbox().await;
    let clock = sandbox.clock();
    sandbox.inject(Fault::status(403).delay(seconds(30)));
    sandbox.inject(Fault::status(403));
    let sender = sandbox.client().sender().linger(Duration::ZERO).build();
    let late = sender.send(crate::order("late")).await;
    while sandbox.requests() == 0 {
        tokio::task::yield_now().await;
    }
    // The clock is held, so that the late answer does not come meanwhile on a busy machine.
    clock.hold();
    let refused = sender.send(crate::order("refused")).await.await;
    assert_eq!(words(&[refused]), "not-sent");
    clock.release();
    clock.sleep(seconds(15)).await;
    clock.hold();
    let meanwhile = sender.send(crate::order("meanwhile")).await.await;
    assert_eq!(
        (words(&[meanwhile]), sandbox.requests()),
        ("not-sent".into(), 2)
    );
    clock.release();
    assert_eq!(words(&[late.await]), "not-sent");
    let after = sender.send(crate::order("after")).await.await;
    assert_eq!(words(&[after]), "created");
}
