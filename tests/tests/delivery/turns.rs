//! Who gets a turn: full batches beside the requests that follow from answers, and other tasks of the thread.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use timeline_core::sandbox::{BadEvent, ErrorId, Rules, SeenRequest};
use timeline_core::{EventInput, Fault, RateLimit, SendBatch};
use tokio::task::{LocalSet, yield_now};

use crate::{orders, sandbox, sandbox_with};

/// Eight answers are lost, and 800 ids of the user's own are to be looked up: meanwhile full batches have every second
/// place in the limit's window.
#[tokio::test]
async fn confirmations_take_at_most_half_of_the_window() {
    let sandbox = sandbox_with(Rules::default().error_id(ErrorId::Id)).await;
    sandbox.inject(Fault::cut_after().times(8));
    let client = sandbox
        .client_builder()
        .rate_limit(RateLimit::new(110, Duration::from_secs(10)))
        .build()
        .expect("good settings");
    orders(20_000).send_batch(&client).await.expect("all there");
    let seen = sandbox.seen();
    let is_batch = |request: &&SeenRequest| request.method == "POST" && request.bytes > 5_000;
    let last = seen.iter().rposition(|request| is_batch(&request));
    let while_batches_wait = &seen[..last.expect("a batch was sent")];
    let batches = while_batches_wait.iter().filter(is_batch).count();
    assert_eq!(batches, 207, "the eight twice, the last not counted");
    for window in while_batches_wait.windows(110) {
        let follow_ups = 110 - window.iter().filter(is_batch).count();
        assert!(follow_ups <= 56, "{follow_ups} of 110");
    }
    let read = seen.iter().filter(|request| request.method == "GET");
    assert_eq!(read.count(), 800);
}

/// Does something that needs no request, beside a task that counts how often it gets its turn.
async fn turns_beside(work: impl Future) -> usize {
    let turns = Rc::new(Cell::new(0));
    let counter = Rc::clone(&turns);
    let local = LocalSet::new();
    local.spawn_local(async move {
        loop {
            counter.set(counter.get() + 1);
            yield_now().await;
        }
    });
    local.run_until(work).await;
    turns.get()
}

fn invalid(n: usize) -> EventInput<'static> {
    EventInput::new("1001298").token("page", n)
}

const MANY: usize = 100_000;

#[tokio::test]
async fn what_our_own_check_rejects_lets_others_get_their_turn() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let turns = turns_beside(async {
        let report = (0..MANY).map(invalid).send_batch(&client).report().await;
        assert_eq!(report.rejected(), MANY);
    })
    .await;
    assert!(turns >= 50, "{turns} turns in a batch");
    let turns = turns_beside(async {
        let outcomes = client.send_stream(stream::iter((0..MANY).map(invalid)));
        assert_eq!(outcomes.count().await, MANY);
    })
    .await;
    assert!(turns >= 50, "{turns} turns in a stream");
}

#[tokio::test]
async fn repeated_ids_let_others_get_their_turn() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let turns = turns_beside(async {
        let same = (0..MANY).map(|_| crate::order("a"));
        let report = same.send_batch(&client).await.expect("created");
        assert_eq!(report.created(), MANY);
    })
    .await;
    assert!(turns >= 50, "{turns} turns");
}

#[tokio::test]
async fn a_refused_template_lets_others_get_their_turn() {
    let sandbox = sandbox_with(Rules::default().bad_event(BadEvent::RefusesBatch)).await;
    let client = sandbox.client();
    let unknown = |n: usize| {
        EventInput::new("999")
            .email("ada@example.com")
            .token("page", n)
    };
    // By the five thousandth event it is known that the template is refused, and none of its events is sent any more.
    let mut told = 0;
    let sending = (0..MANY).map(unknown).send_batch(&client);
    let report = sending
        .on_progress(|progress| {
            told += usize::from((5_000..95_000).contains(&progress.undelivered));
        })
        .report()
        .await;
    assert_eq!(report.rejected() + report.not_sent(), MANY, "{report}");
    assert!(told >= 50, "progress was told {told} times");
}

#[tokio::test]
async fn bad_lines_of_a_replay_let_others_get_their_turn() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let lines = "not a dead letter\n".repeat(MANY);
    let turns = turns_beside(async {
        let report = client.replay(lines.as_bytes()).report().await;
        assert_eq!(report.rejected(), MANY);
    })
    .await;
    assert!(turns >= 50, "{turns} turns");
}

/// A stop, and so a time limit, is seen before two million rows are through.
#[tokio::test]
async fn a_stop_is_seen_while_nothing_is_sent() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let mut polls = 0;
    let stop = poll_fn(|context| {
        polls += 1;
        context.waker().wake_by_ref();
        if polls > 5 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    let mut told = 0;
    let sending = (0..MANY).map(invalid).send_batch(&client);
    let report = sending
        .stop_on(stop)
        .on_progress(|_| told += 1)
        .report()
        .await;
    // Events that our own check refuses have that outcome after a stop as well.
    assert_eq!(report.rejected(), MANY, "{report}");
    assert!(told >= 50, "progress was told {told} times");
}
