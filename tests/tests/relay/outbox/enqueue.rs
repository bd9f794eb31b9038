//! Which events are taken, and which are the same event.

use std::time::{Duration, SystemTime};

use timeline_core::outbox::{Outbox, OutboxErrorKind};
use timeline_core::{EventInput, SealedEvent, TimelineEvent};

use super::{Folder, open, waiting};
use crate::{Order, order, sandbox, seal};

#[tokio::test]
async fn what_was_taken_is_there_after_a_restart() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    for n in 0..3 {
        outbox
            .enqueue(&seal(&client, &order(n)))
            .await
            .expect("room");
    }
    let all: Vec<SealedEvent> = (3..250).map(|n| seal(&client, &order(n))).collect();
    outbox.enqueue_all(&all).await.expect("room");
    outbox.enqueue_all(&[]).await.expect("nothing to do");
    let stats = outbox.stats().await.expect("stats");
    assert_eq!((stats.waiting, stats.in_flight, stats.dead), (250, 0, 0));
    assert_eq!(stats.oldest, Some(sandbox.clock().now()));
    drop(outbox);

    let outbox = open(folder.file(), &sandbox).await;
    assert_eq!(waiting(&outbox).await, 250);
}

/// The same event again changes nothing: sealed once more, by another spelling of its JSON, and many times at once.
#[tokio::test]
async fn the_same_event_is_taken_once() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let first = seal(&client, &order(1));
    outbox.enqueue(&first).await.expect("room");
    sandbox.clock().sleep(Duration::from_secs(60)).await;
    let later = seal(&client, &order(1));
    assert_ne!(first.timestamp(), later.timestamp());
    outbox.enqueue(&later).await.expect("the same");
    let shouted = Order {
        customer: "CUSTOMER-1@example.com".to_owned(),
        ..order(1)
    };
    outbox
        .enqueue(&seal(&client, &shouted))
        .await
        .expect("the same");
    outbox.enqueue_all(&[first, later]).await.expect("the same");
    let tasks = (0..20).map(|_| {
        let (outbox, event) = (outbox.clone(), seal(&client, &order(2)));
        tokio::spawn(async move { outbox.enqueue(&event).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic").expect("room");
    }
    assert_eq!(waiting(&outbox).await, 2);
}

/// A time of the user's own is a part of the event. If it is the only difference, the error says so.
#[tokio::test]
async fn the_same_event_at_another_time_is_refused() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let event = |page: &str, seconds: u64| {
        let input = EventInput::new("1001298").key("order", 7);
        let input = input.email("ada@example.com").token("page", page);
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        client.seal(&input.timestamp(at)).expect("sound")
    };
    outbox.enqueue(&event("/", 1)).await.expect("room");
    for (again, is_time) in [
        (event("/", 2), true),
        (event("/", 3), true),
        (event("/b", 1), false),
        (event("/b", 2), false),
    ] {
        let refused = outbox.enqueue(&again).await.expect_err("another event");
        assert_eq!(refused.kind(), OutboxErrorKind::OtherContent);
        let said = refused.to_string();
        assert_eq!(said.contains("another `timestamp`"), is_time, "{said}");
        assert_eq!(said.contains("another id"), !is_time, "{said}");
    }
    outbox.enqueue(&event("/", 1)).await.expect("the same");
    assert_eq!(waiting(&outbox).await, 1);
}

/// Another event under the same id is refused in words, and so are the events of the same call; nothing else is
/// affected.
#[tokio::test]
async fn another_event_under_the_same_id_is_refused() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let event = |id: &str, email: &str| {
        let input = EventInput::new("1001298").id(id).email(email);
        client
            .seal(&input.event_input().expect("sound"))
            .expect("sound")
    };
    outbox
        .enqueue(&event("a", "ada@example.com"))
        .await
        .expect("room");
    outbox
        .enqueue(&event("b", "ada@example.com"))
        .await
        .expect("room");
    let refused = outbox.enqueue(&event("a", "eve@example.com")).await;
    let refused = refused.expect_err("another content");
    assert_eq!(
        (refused.kind(), refused.id()),
        (OutboxErrorKind::OtherContent, Some("a"))
    );
    assert!(
        refused
            .to_string()
            .contains("other content is in the outbox"),
        "{refused}"
    );
    // Two of these four have ids in use, and none is taken.
    let batch = [
        event("c", "ada@example.com"),
        event("b", "eve@example.com"),
        event("a", "eve@example.com"),
        event("d", "ada@example.com"),
    ];
    let refused = outbox
        .enqueue_all(&batch)
        .await
        .expect_err("another content");
    assert_eq!(refused.id(), Some("b"));
    assert_eq!(waiting(&outbox).await, 2);
    // The same holds within one call.
    let twice = [event("e", "ada@example.com"), event("e", "eve@example.com")];
    assert!(outbox.enqueue_all(&twice).await.is_err());
    let same = [event("e", "ada@example.com"), event("e", "ada@example.com")];
    outbox.enqueue_all(&same).await.expect("one event");
    assert_eq!(waiting(&outbox).await, 3);
    // Events of other calls at the same time are taken, whatever is refused beside them.
    let tasks = (0..50).map(|n| {
        let (outbox, other) = (outbox.clone(), n % 5 == 0);
        let event = match other {
            true => event("a", "eve@example.com"),
            false => event(&format!("f-{n}"), "ada@example.com"),
        };
        tokio::spawn(async move { (other, outbox.enqueue(&event).await.is_err()) })
    });
    for task in tasks.collect::<Vec<_>>() {
        let (other, refused) = task.await.expect("no panic");
        assert_eq!(other, refused);
    }
    assert_eq!(waiting(&outbox).await, 43);
}

#[tokio::test]
async fn a_closed_outbox_takes_nothing() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let clone = outbox.clone();
    outbox.close().await.expect("open");
    for n in 0..2 {
        let refused = clone.enqueue(&seal(&client, &order(n))).await;
        assert_eq!(refused.expect_err("closed").kind(), OutboxErrorKind::Closed);
    }
    assert_eq!(
        outbox.close().await.expect_err("closed").kind(),
        OutboxErrorKind::Closed
    );
    // The file is free at once.
    let again = Outbox::builder().lock_patience(Duration::ZERO);
    drop(again.open(folder.file()).await.expect("closed before"));
}

/// The outbox needs neither tokio's timer nor its input and output, so it runs in a runtime of any kind.
#[test]
fn any_executor_will_do() {
    let folder = Folder::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(async {
        let client = timeline_core::Client::builder()
            .access_token("token")
            .build();
        let outbox = Outbox::open(folder.file()).await.expect("an outbox");
        let event = EventInput::new("1001298").id("a").email("ada@example.com");
        let client = client.expect("good settings");
        let sealed = client.seal(&event).expect("sound");
        outbox.enqueue(&sealed).await.expect("room");
        assert_eq!(waiting(&outbox).await, 1);
        let other = outbox.clone();
        let threads = ["b", "c"].map(|id| {
            let sealed = client.seal(&EventInput::new("1001298").id(id).email("ada@example.com"));
            let (outbox, sealed) = (other.clone(), sealed.expect("sound"));
            std::thread::spawn(move || outbox.blocking_enqueue(&sealed))
        });
        for thread in threads {
            thread.join().expect("no panic").expect("room");
        }
        assert_eq!(waiting(&outbox).await, 3);
    });
}
