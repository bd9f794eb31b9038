//! A call that is dropped, wherever it is: nothing is left running, and what was told stays true.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::Stream;
use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, Sandbox};
use timeline_core::{Client, Fault, OAuth, Outcome, RateLimit, SendBatch};

use crate::{sandbox, visits};

fn client(sandbox: &Sandbox) -> Client {
    Client::builder()
        .base_url(sandbox.base_url())
        .clock(sandbox.clock())
        .rate_limit(RateLimit::new(3, Duration::from_secs(10)))
        .oauth(OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN))
        .batch_size(10)
        .concurrency(3)
        .build()
        .expect("good settings")
}

/// Faults of all kinds, so that a call is dropped in waits, refreshes, splits and at the circuit breaker.
fn faults(sandbox: &Sandbox, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..30 {
        let fault = match random.u8(..6) {
            0 => Fault::status(503),
            1 => Fault::status(429).header("Retry-After", "3"),
            2 => Fault::cut_after(),
            3 => Fault::status(401),
            4 => Fault::status(400),
            _ => Fault::slow(Duration::from_millis(random.u64(..500))),
        };
        sandbox.inject(fault);
    }
}

/// Lets everything run that can.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Tasks that are alive, but for those of the connections that are kept for later, which go with the client.
fn alive() -> usize {
    tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks()
}

async fn assert_nothing_is_left(seed: u64) {
    for _ in 0..2000 {
        if alive() == 0 {
            return;
        }
        settle().await;
        // The other ends of connections are on another thread.
        std::thread::yield_now();
    }
    panic!("seed {seed}: {} tasks are left", alive());
}

/// How often a call is polled before it is dropped.
fn polls(seed: u64) -> usize {
    usize::try_from(seed % 110).unwrap_or_default()
}

#[tokio::test]
async fn a_batch_that_is_dropped_leaves_nothing_running() {
    let mut finished = 0;
    for seed in 0..220 {
        let sandbox = sandbox().await;
        faults(&sandbox, seed);
        let client = client(&sandbox);
        let told = Arc::new(Mutex::new(0));
        let teller = Arc::clone(&told);
        let mut sending = visits(120)
            .send_batch(&client)
            .on_progress(move |progress| {
                *teller.lock().expect("not poisoned") = progress.delivered;
            });
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..polls(seed) {
            let polled = std::pin::Pin::new(&mut sending).poll(&mut context);
            if polled.is_ready() {
                finished += 1;
                break;
            }
            tokio::task::yield_now().await;
            std::thread::yield_now();
        }
        drop(sending);
        drop(client);
        assert_nothing_is_left(seed).await;
        let (told, there) = (*told.lock().expect("not poisoned"), sandbox.event_count());
        assert!(told <= there, "seed {seed}: {told} told, {there} there");
    }
    println!("{finished} of 220 had finished");
    assert!(finished < 110, "{finished}");
}

/// Otherwise the request would wait for half a minute.
#[tokio::test]
async fn a_request_that_is_not_answered_is_ended() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::stall_before());
    let client = sandbox.client();
    let mut sending = visits(1).send_batch(&client);
    let mut context = Context::from_waker(Waker::noop());
    while sandbox.requests() == 0 {
        let polled = std::pin::Pin::new(&mut sending).poll(&mut context);
        assert!(polled.is_pending());
        tokio::task::yield_now().await;
    }
    drop(sending);
    drop(client);
    assert_nothing_is_left(0).await;
}

#[tokio::test]
async fn a_stream_that_is_dropped_leaves_nothing_running() {
    for seed in 0..220 {
        let sandbox = sandbox().await;
        faults(&sandbox, seed);
        let client = client(&sandbox);
        let source = futures_util::stream::iter(visits(120));
        let mut outcomes = client.send_stream(source);
        let mut context = Context::from_waker(Waker::noop());
        let mut told = Vec::new();
        for _ in 0..polls(seed) {
            match std::pin::Pin::new(&mut outcomes).poll_next(&mut context) {
                Poll::Ready(Some((_, outcome))) => told.push(outcome),
                Poll::Ready(None) => break,
                Poll::Pending => tokio::task::yield_now().await,
            }
        }
        drop(outcomes);
        drop(client);
        assert_nothing_is_left(seed).await;
        for outcome in told {
            let is_there = |id: &str| sandbox.event("1001298", id).is_some();
            match &outcome {
                Outcome::Created(created) => assert!(is_there(&created.id), "seed {seed}"),
                Outcome::NotSent { id, .. } => assert!(!is_there(id), "seed {seed}: {outcome}"),
                _ => {}
            }
        }
    }
}
