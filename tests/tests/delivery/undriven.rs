//! Runtimes that are alive and run nothing: other calls get what a dropped call held there.

use std::future::Future;
use std::time::Duration;

use timeline_core::sandbox::{
    CLIENT_ID, CLIENT_SECRET, Fault, REFRESH_TOKEN, Route, Sandbox, SandboxBuilder,
};
use timeline_core::{Client, ClientBuilder, OAuth, RateLimit, SendBatch};
use tokio::runtime::{Builder, Runtime};

use crate::{Order, Visit, visits};

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// In real time: a runtime that runs nothing never polls a test clock's sleeps.
fn start(builder: SandboxBuilder) -> Sandbox {
    let sandbox = runtime().block_on(builder.start()).expect("a free port");
    sandbox.register::<Visit>();
    sandbox.register::<Order>();
    sandbox
}

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .rate_limit(RateLimit::unlimited())
}

/// Begins a call, lets it get on for a moment, and drops it there; the runtime stays alive.
fn dropped(call: impl Future, moment: Duration) -> Runtime {
    let runtime = runtime();
    runtime.block_on(async {
        let call = tokio::time::timeout(moment, call);
        assert!(call.await.is_err(), "it was too fast");
    });
    runtime
}

/// Another runtime's call.
fn delivers(client: &Client) {
    let sent = runtime().block_on(async {
        let sending = visits(1).send_batch(client);
        tokio::time::timeout(Duration::from_secs(15), sending).await
    });
    sent.expect("it is held up").expect("created");
}

const MOMENT: Duration = Duration::from_millis(100);

#[test]
fn a_turn_in_the_pacers_line() {
    let sandbox = start(Sandbox::builder());
    let limit = RateLimit::new(1, Duration::from_millis(400));
    let client = builder(&sandbox).rate_limit(limit).batch_size(1);
    let client = client.build().expect("good settings");
    // The second and the third wait for their turns.
    let held = dropped(visits(3).send_batch(&client), MOMENT);
    assert_eq!(sandbox.event_count(), 1);
    // The connection of the first request belongs to that runtime too, and must not be used.
    delivers(&client);
    drop(held);
}

#[test]
fn a_slot_of_the_window() {
    let sandbox = start(Sandbox::builder());
    let limit = RateLimit::new(1, Duration::from_millis(100));
    let client = builder(&sandbox).rate_limit(limit).build();
    let client = client.expect("good settings");
    sandbox.inject(Fault::slow(Duration::from_secs(5)));
    let held = dropped(visits(1).send_batch(&client), MOMENT);
    delivers(&client);
    drop(held);
}

fn oauth(sandbox: &Sandbox) -> Client {
    Client::builder()
        .base_url(sandbox.base_url())
        .oauth(OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN))
        .build()
        .expect("good settings")
}

#[test]
fn a_refresh_that_waits_for_its_answer() {
    let sandbox = start(Sandbox::builder());
    let client = oauth(&sandbox);
    sandbox.inject(Fault::slow(Duration::from_secs(5)).on(Route::Token));
    let held = dropped(visits(1).send_batch(&client), MOMENT);
    delivers(&client);
    drop(held);
}

/// The refresh was spawned, and never polled.
#[test]
fn a_refresh_that_has_not_begun() {
    let sandbox = start(Sandbox::builder());
    let client = oauth(&sandbox);
    for polls in 1..6 {
        let runtime = runtime();
        runtime.block_on(async {
            let mut sending = visits(1).send_batch(&client);
            for _ in 0..polls {
                let polled = futures_util::FutureExt::now_or_never(&mut sending);
                assert!(polled.is_none(), "it was too fast");
                tokio::task::yield_now().await;
            }
        });
        std::mem::forget(runtime);
    }
    delivers(&client);
}

/// A runtime that ends takes its refresh with it.
#[test]
fn a_refresh_whose_runtime_is_shut_down() {
    let sandbox = start(Sandbox::builder());
    let client = oauth(&sandbox);
    sandbox.inject(Fault::slow(Duration::from_secs(5)).on(Route::Token));
    drop(dropped(visits(1).send_batch(&client), MOMENT));
    delivers(&client);
}

/// A refresh that is only slow is waited for: no second one is begun.
#[test]
fn a_slow_refresh_is_not_begun_twice() {
    let sandbox = start(Sandbox::builder());
    let client = oauth(&sandbox);
    sandbox.inject(Fault::slow(Duration::from_millis(2500)).on(Route::Token));
    delivers(&client);
    assert_eq!(sandbox.tokens_issued(), 1);
}

/// An outage has begun, and the one request that probes belongs to a call that is dropped.
#[test]
fn a_probe_of_the_circuit_breaker() {
    let sandbox = start(Sandbox::builder());
    let client = builder(&sandbox).build().expect("good settings");
    sandbox.inject(Fault::status(503).times(5));
    sandbox.inject(Fault::slow(Duration::from_secs(5)));
    let runtime = runtime();
    runtime.block_on(async {
        let mut sending = visits(1).send_batch(&client);
        // Five failures, and then the slow probe.
        while sandbox.requests() < 6 {
            assert!(futures_util::FutureExt::now_or_never(&mut sending).is_none());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    delivers(&client);
    drop(runtime);
}
