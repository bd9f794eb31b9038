//! What HubSpot refuses is kept with the reason, and can be tried again.

use timeline_core::outbox::OutboxErrorKind;
use timeline_core::{EventTemplate, ObjectType};

use super::{Folder, open, until_empty, waiting};
use crate::{Order, Visit, bad, order, sandbox, seal};

#[tokio::test]
async fn dead_events_tell_why_and_come_again_when_revived() {
    let (folder, sandbox) = (Folder::new(), sandbox().await);
    let client = sandbox.client();
    let outbox = open(folder.file(), &sandbox).await;
    let visit = |n: usize| Visit {
        who: format!("visitor-{n}@example.com"),
        page: "/".to_owned(),
    };
    let visits: Vec<_> = (0..2)
        .map(|n| client.seal(&visit(n)).expect("sound"))
        .collect();
    let bads: Vec<_> = (0..2).map(|n| seal(&client, &bad(n))).collect();
    outbox.enqueue_all(&visits).await.expect("room");
    outbox.enqueue_all(&bads).await.expect("room");
    outbox
        .enqueue(&seal(&client, &order(7)))
        .await
        .expect("room");
    let run = async || {
        let empty = until_empty(&outbox, &sandbox);
        let report = client.relay(outbox.clone()).stop_on(empty).await;
        report.expect("a sound outbox")
    };
    let report = run().await;
    assert_eq!((report.done(), report.parked()), (1, 4), "{report}");

    let dead = outbox.dead().await.expect("a sound file");
    assert_eq!(dead.len(), 4);
    for one in &dead {
        let event = one.event().expect("as it was taken");
        let is_visit = visits.contains(&event);
        assert!(is_visit || bads.contains(&event));
        let words = if is_visit {
            "template"
        } else {
            "invalid email"
        };
        assert!(one.reason().contains(words), "{}", one.reason());
        assert_eq!(event.id(), one.id());
        assert!(one.taken_at() <= one.parked_at());
        assert!(!format!("{one:?}").contains("example.com"));
    }
    // The same events again are known to be dead, and stay dead; other events under their ids are refused.
    outbox.enqueue_all(&visits).await.expect("known");
    assert_eq!(waiting(&outbox).await, 0);
    let other = Order {
        amount: 13.5,
        ..bad(1)
    };
    let refused = outbox.enqueue(&seal(&client, &other)).await;
    let refused = refused.expect_err("the id of a dead one");
    assert_eq!(refused.kind(), OutboxErrorKind::OtherContent);
    assert!(refused.to_string().contains("dead"), "{refused}");

    // What is discarded is gone, and another event under its id is taken.
    let discarded = [bads[1].id().to_owned(), visits[1].id().to_owned()];
    let ids = [&discarded[..], &["none of ours".to_owned()]].concat();
    assert_eq!(outbox.discard(&ids).await.expect("a sound file"), 2);
    assert_eq!(outbox.discard(&ids).await.expect("a sound file"), 0);
    let other = seal(&client, &other);
    assert_eq!(other.id(), discarded[0]);
    outbox.enqueue(&other).await.expect("room");
    outbox.enqueue(&visits[1]).await.expect("room");
    let stats = outbox.stats().await.expect("stats");
    assert_eq!((stats.waiting, stats.dead), (2, 2));
    let report = run().await;
    assert_eq!((report.done(), report.parked()), (0, 2), "{report}");

    // The template is made, and those that lacked it are revived, also after a restart.
    sandbox.add_template(EventTemplate::new("Visit", ObjectType::Contacts).with_id("2002"));
    sandbox.register::<Visit>();
    let mut ids: Vec<String> = visits.iter().map(|event| event.id().to_owned()).collect();
    ids.push("none of ours".to_owned());
    assert_eq!(outbox.revive(&ids).await.expect("a sound file"), 2);
    assert_eq!(outbox.revive(&ids).await.expect("a sound file"), 0);
    let stats = outbox.stats().await.expect("stats");
    assert_eq!((stats.waiting, stats.dead), (2, 2));
    let report = run().await;
    assert_eq!((report.done(), report.parked()), (2, 0), "{report}");
    assert_eq!(sandbox.event_count(), 3);
}
