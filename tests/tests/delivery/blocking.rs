//! The same words without an async runtime.

use std::time::Duration;

use timeline_core::blocking::{Client, SendBatch};
use timeline_core::{Fault, Outcome, Sandbox};

use crate::{Order, Visit, order, visits, words};

fn start() -> (Sandbox, Client) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let sandbox = runtime.block_on(Sandbox::start()).expect("a free port");
    sandbox.register::<Visit>();
    sandbox.register::<Order>();
    let client = Client::new(sandbox.client()).expect("a thread");
    (sandbox, client)
}

#[test]
fn a_batch_and_one_event() {
    let (sandbox, client) = start();
    sandbox.inject(Fault::status(503));
    let mut told = 0;
    let report = visits(250)
        .send_batch(&client)
        .concurrency(2)
        .on_progress(|progress| told = progress.delivered)
        .wait()
        .expect("all created");
    assert_eq!((report.created(), report.retries(), told), (250, 1, 250));
    client.send(&order("one")).expect("created");
    let read = client.event("1001299", "one").expect("an answer");
    assert_eq!(read.map(|event| event.id).as_deref(), Some("one"));
    assert_eq!(client.event_id(&order("two")).expect("an id"), "two");
}

#[test]
fn outcomes_one_by_one() {
    let (sandbox, client) = start();
    let outcomes: Vec<(usize, Outcome)> = client.send_stream(visits(350)).collect();
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_delivered()));
    assert_eq!((outcomes.len(), sandbox.event_count()), (350, 350));
}

#[test]
fn dead_letters() {
    let (sandbox, client) = start();
    sandbox.inject(Fault::status(403));
    let report = visits(3).send_batch(&client).report();
    assert_eq!(words(report.outcomes()), "not-sent*3");
    let mut file = Vec::new();
    report.write_undelivered(&mut file).expect("room");
    let report = client.replay(&file[..]).wait().expect("all created");
    assert_eq!(report.created(), 3);
}

#[test]
fn a_sender() {
    let (sandbox, client) = start();
    let sender = client.sender(|sender| sender.linger(Duration::from_millis(10)));
    let threads = (0..4).map(|_| {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for visit in visits(25) {
                drop(sender.send(visit));
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().expect("no panic");
    }
    let pending = sender.try_send(order("last")).expect("room");
    assert!(pending.wait().is_delivered());
    sender.flush();
    let report = sender.shutdown(Duration::from_secs(10));
    assert_eq!((report.total(), report.created()), (101, 101));
    assert_eq!(sandbox.event_count(), 101);
}

/// Blocking code may be called from async code, and dropped there.
#[tokio::test]
async fn inside_an_async_runtime() {
    let sandbox = crate::sandbox().await;
    let client = Client::new(sandbox.client()).expect("a thread");
    let report = visits(3).send_batch(&client).wait().expect("all created");
    assert_eq!(report.created(), 3);
    drop(client);
}

/// What a sender has taken is delivered, even if the sender, its client and the pending event are dropped.
#[test]
fn a_sender_that_is_dropped_delivers() {
    let (sandbox, client) = start();
    let sender = client.sender(|sender| sender.linger(Duration::from_millis(10)));
    drop(sender.send(order("a")));
    drop(sender);
    drop(client);
    while sandbox.event_count() == 0 {
        std::thread::yield_now();
    }
}

/// What a full sender refuses can be tried again, and events can carry something along.
#[test]
fn tags_and_refused_events() {
    let (sandbox, client) = start();
    let tagged = ["a", "b", "c"].map(|id| (id.to_owned(), order(id)));
    let mut seen = Vec::new();
    for (tag, outcome) in client.send_tagged(tagged) {
        assert_eq!(outcome.id(), Some(&*tag));
        seen.push(tag);
    }
    seen.sort_unstable();
    assert_eq!(seen, ["a", "b", "c"]);

    let sender = client.sender(|settings| settings.capacity(1).linger(Duration::ZERO));
    sandbox.inject(Fault::slow(Duration::from_millis(200)));
    let first = sender.send(order("d"));
    let full = sender.try_send(order("e")).expect_err("no room");
    let full = sender.try_again(full).expect_err("no room");
    let second = sender.send_again(full);
    assert_eq!(words(&[first.wait(), second.wait()]), "created*2");
    assert_eq!(sandbox.event_count(), 5);
}
