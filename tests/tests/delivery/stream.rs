//! Streams: outcomes as they come, little memory, and the source asked for no more than there is room for.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use timeline_core::sandbox::{BadEvent, Rules};
use timeline_core::{Fault, Outcome};
use tokio::sync::{mpsc, oneshot};

use crate::{order, orders, sandbox, sandbox_with, steady, visits, words};

#[tokio::test]
async fn every_event_has_one_outcome_with_its_place() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503).after(1));
    sandbox.inject(Fault::cut_after().after(1));
    let client = sandbox.client();
    let outcomes: Vec<(usize, Outcome)> = client
        .send_stream(stream::iter(visits(1050)))
        .collect()
        .await;
    let by_place: BTreeMap<usize, &Outcome> = outcomes.iter().map(|(n, o)| (*n, o)).collect();
    assert_eq!((outcomes.len(), by_place.len()), (1050, 1050));
    assert!(by_place.keys().copied().eq(0..1050));
    let events: BTreeMap<String, String> = sandbox
        .events()
        .into_iter()
        .map(|event| (event.id.clone(), event.tokens["page"].clone()))
        .collect();
    for (place, outcome) in by_place {
        let id = outcome.id().expect("an id");
        assert_eq!(events[id], format!("/page/{place}"), "{outcome}");
    }
}

/// A source without end, and a consumer that pauses: no more events are taken than there is room for.
#[tokio::test]
async fn the_source_waits_for_room() {
    let sandbox = sandbox().await;
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let source = stream::iter(0..).map(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        visits(1).remove(0)
    });
    let client = sandbox.client();
    let mut outcomes = client.send_stream(source).concurrency(2);
    for told in 1..=2000 {
        outcomes.next().await.expect("without end");
        let ahead = taken.load(Ordering::SeqCst) - told;
        assert!(
            ahead <= 2 * 2 * 100 + 1,
            "{ahead} events ahead of {told} outcomes"
        );
    }
}

#[tokio::test]
async fn a_batch_that_does_not_fill_leaves_after_a_second() {
    let sandbox = sandbox().await;
    let (events, receiver) = mpsc::unbounded_channel();
    let source = stream::unfold(receiver, |mut receiver| async {
        let event = receiver.recv().await?;
        Some((event, receiver))
    });
    let client = sandbox.client();
    let mut outcomes = client.send_stream(source);
    for visit in visits(3) {
        events.send(visit).expect("listening");
    }
    let clock = sandbox.clock();
    let before = clock.elapsed();
    let (_, outcome) = outcomes.next().await.expect("an outcome");
    assert!(outcome.is_delivered());
    assert_eq!(clock.elapsed() - before, Duration::from_secs(1));
    assert_eq!(sandbox.requests(), 1, "all three in one");
    drop(events);
    assert_eq!(outcomes.collect::<Vec<_>>().await.len(), 2);
}

#[tokio::test]
async fn a_stop_leaves_the_rest_of_the_source_alone() {
    let sandbox = sandbox().await;
    let mut source = stream::iter(visits(100_000));
    let (stop, stopped) = oneshot::channel();
    let mut stop = Some(stop);
    let client = sandbox.client();
    let outcomes: Vec<_> = client
        .send_stream(&mut source)
        .concurrency(1)
        .stop_on(stopped.map(|_| ()))
        .inspect(|_| {
            if let Some(stop) = stop.take() {
                stop.send(()).expect("still sending");
            }
        })
        .map(|(_, outcome)| outcome)
        .collect()
        .await;
    let created = sandbox.event_count();
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| outcome.is_delivered())
            .count(),
        created
    );
    assert_eq!(source.count().await, 100_000 - outcomes.len());
    assert!(outcomes.len() < 1000, "{}", outcomes.len());
}

/// A refusal that concerns all events is the outcome of all that are left.
#[tokio::test]
async fn a_token_that_is_refused_ends_every_event() {
    let sandbox = sandbox().await;
    let client = sandbox.client_builder().concurrency(1);
    let client = client.build().expect("good settings");
    sandbox.inject(Fault::status(403).after(1));
    let outcomes: Vec<Outcome> = client
        .send_stream(stream::iter(visits(500)))
        .map(|(_, outcome)| outcome)
        .collect()
        .await;
    assert_eq!(words(&outcomes), "created*100 not-sent*400");
    assert_eq!(sandbox.requests(), 2);
}

/// Equal events that are under way at once are sent once; later the id may come again.
#[tokio::test]
async fn the_same_id_is_looked_for_among_what_is_in_flight() {
    let sandbox = sandbox().await;
    let client = steady(&sandbox);
    let mut other = order("a");
    other.amount = 99.0;
    let events = [order("a"), order("a"), other];
    let outcomes: BTreeMap<usize, Outcome> =
        client.send_stream(stream::iter(events)).collect().await;
    let outcomes: Vec<Outcome> = outcomes.into_values().collect();
    assert_eq!(words(&outcomes), "created*2 rejected");

    let many = (0..1000).map(|n| order(&format!("order-{}", n % 500)));
    let outcomes = client
        .send_stream(stream::iter(many))
        .map(|(_, outcome)| outcome);
    let outcomes: Vec<Outcome> = outcomes.collect().await;
    assert!(outcomes.iter().all(Outcome::is_delivered));
    assert_eq!(sandbox.event_count(), 501);
}

/// Equal events share an outcome, and each needs room until then.
#[tokio::test]
async fn the_source_waits_for_room_with_equal_events_too() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let same = std::iter::repeat_with(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        order("same")
    });
    let mut outcomes = client.send_stream(stream::iter(same)).concurrency(2);
    let (_, first) = outcomes.next().await.expect("an outcome");
    assert!(first.is_delivered());
    let taken = taken.load(Ordering::SeqCst);
    assert!(taken <= 400, "{taken} events");
}

#[tokio::test]
async fn bad_events_stand_alone_here_too() {
    let sandbox = sandbox_with(Rules::default().bad_event(BadEvent::RefusesBatch)).await;
    let events = (0..300).map(|n| {
        let token = if n % 100 == 7 { "nonsense" } else { "page" };
        timeline_core::EventInput::new("1001298")
            .email("ada@example.com")
            .token(token, n)
    });
    let client = sandbox.client();
    let outcomes: BTreeMap<usize, Outcome> =
        client.send_stream(stream::iter(events)).collect().await;
    for (place, outcome) in outcomes {
        assert_eq!(
            outcome.is_delivered(),
            place % 100 != 7,
            "{place}: {outcome}"
        );
    }
}

/// Between two polls requests get on by themselves: a consumer that is slow does not turn answers into time-outs.
#[tokio::test]
async fn a_slow_consumer_loses_no_answers() {
    let sandbox = sandbox().await;
    let client = steady(&sandbox);
    let mut outcomes = client.send_stream(stream::iter(visits(300))).concurrency(3);
    assert!(
        outcomes
            .next()
            .await
            .is_some_and(|(_, outcome)| outcome.is_delivered())
    );
    // Real time, longer than the time limit of an attempt.
    tokio::time::sleep(Duration::from_millis(600)).await;
    let rest: Vec<_> = outcomes.collect().await;
    assert_eq!(rest.len(), 299);
    assert_eq!(sandbox.requests(), 3, "nothing was tried again");
}

/// Something that cannot be copied, and whose end is noticed.
struct Tag(usize, Arc<AtomicUsize>);

impl Drop for Tag {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

/// Each tag comes back with its event's outcome, however that ends: created, refused, or shared with an equal event.
#[tokio::test]
async fn a_tag_comes_back_with_its_outcome() {
    fn is_send_and_unpin<T: Send + Unpin>(_: &T) {}
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(400).with_event("order-7").forever());
    let dropped = Arc::new(AtomicUsize::new(0));
    let mut events = orders(250);
    events[3].amount = f64::NAN;
    events[140].amount = f64::NAN;
    events[20] = order("order-10");
    let ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
    let tagged = events.into_iter().enumerate();
    let tagged = stream::iter(tagged.map(|(n, event)| (Tag(n, Arc::clone(&dropped)), event)));
    let client = sandbox.client();
    let mut outcomes = client.send_tagged(tagged).concurrency(2);
    is_send_and_unpin(&outcomes);
    // A tag need not be `Sync`, and an event may be borrowed.
    let order = order("borrowed");
    let cells = stream::iter([(Cell::new(1), &order)]);
    is_send_and_unpin(&client.send_tagged(cells));
    let mut seen = BTreeMap::new();
    while let Some((tag, outcome)) = outcomes.next().await {
        assert_eq!(outcome.id(), Some(&*ids[tag.0]));
        assert!(seen.insert(tag.0, outcome.is_delivered()).is_none());
    }
    assert_eq!(seen.len(), 250);
    let refused: Vec<usize> = seen
        .iter()
        .filter(|(_, ok)| !**ok)
        .map(|(n, _)| *n)
        .collect();
    assert_eq!(refused, [3, 7, 140]);
    assert_eq!(dropped.load(Ordering::Relaxed), 250);
    assert_eq!(sandbox.event_count(), 246);
}

/// The events that were taken come back when the caller stops. A stream that is dropped drops its tags.
#[tokio::test]
async fn tags_of_a_stream_that_is_stopped_or_dropped() {
    let sandbox = sandbox().await;
    let dropped = Arc::new(AtomicUsize::new(0));
    let tagged = |dropped: &Arc<AtomicUsize>| {
        let dropped = Arc::clone(dropped);
        let visits = visits(1000).into_iter().enumerate();
        stream::iter(visits.map(move |(n, visit)| (Tag(n, Arc::clone(&dropped)), visit)))
    };
    let client = sandbox.client_builder().concurrency(1).build();
    let client = client.expect("good settings");
    let stopped = client.send_tagged(tagged(&dropped)).stop_on(async {});
    assert_eq!(stopped.count().await, 0);
    let mut outcomes = client.send_tagged(tagged(&dropped));
    drop(outcomes.next().await.expect("an outcome"));
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    drop(outcomes);
    let dropped = dropped.load(Ordering::Relaxed);
    assert!((100..=300).contains(&dropped), "{dropped}: what was taken");
}
