//! Stopping and dropping.

use futures_util::FutureExt;
use timeline_core::sandbox::Fault;
use timeline_core::{NotSentReason, Outcome, SendBatch};
use tokio::sync::oneshot;

use crate::{sandbox, steady, visits, words};

#[tokio::test]
async fn a_stop_that_is_there_already_lets_nothing_leave() {
    let sandbox = sandbox().await;
    let report = visits(250)
        .send_batch(&sandbox.client())
        .stop_on(async {})
        .report()
        .await;
    assert_eq!(words(report.outcomes()), "not-sent*250");
    assert_eq!((report.requests(), sandbox.requests()), (0, 0));
    let Outcome::NotSent { reason, .. } = &report.outcomes()[249] else {
        panic!("{:?}", report.outcomes()[249]);
    };
    assert_eq!(reason, &NotSentReason::Stopped);
    assert!(report.outcomes()[249].json().is_some(), "kept for later");
}

#[tokio::test]
async fn what_has_left_is_waited_for() {
    let sandbox = sandbox().await;
    let (stop, stopped) = oneshot::channel();
    let mut stop = Some(stop);
    let report = visits(250)
        .send_batch(&steady(&sandbox))
        .on_progress(|_| {
            // After the first answer, with one request at a time.
            if let Some(stop) = stop.take() {
                stop.send(()).expect("still sending");
            }
        })
        .stop_on(stopped.map(|_| ()))
        .report()
        .await;
    assert_eq!(report.total(), 250);
    assert_eq!(report.created(), sandbox.event_count());
    assert_eq!(report.not_sent(), 250 - report.created());
    assert!(report.not_sent() >= 50, "{report}");
}

/// While the client waits to try again, a stop ends the wait.
#[tokio::test]
async fn a_wait_is_cut_short() {
    let sandbox = timeline_core::Sandbox::start().await.expect("a free port");
    sandbox.register::<crate::Visit>();
    sandbox.inject(Fault::status(429).header("Retry-After", "60").forever());
    let client = sandbox.client();
    let stop = async {
        while sandbox.requests() == 0 {
            tokio::task::yield_now().await;
        }
    };
    let report = visits(1).send_batch(&client).stop_on(stop).report().await;
    assert_eq!(words(report.outcomes()), "not-sent");
    assert!(report.elapsed().as_secs() < 30, "{report}");
}

#[tokio::test]
async fn nothing_is_sent_before_it_is_awaited() {
    let sandbox = sandbox().await;
    drop(visits(10).send_batch(&sandbox.client()));
    assert_eq!(sandbox.requests(), 0);
}

/// The future can be moved to any task.
#[tokio::test]
async fn sending_can_be_spawned() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let task = tokio::spawn(async move { visits(3).send_batch(&client).await });
    assert_eq!(
        task.await
            .expect("no panic")
            .expect("all created")
            .created(),
        3
    );
    fn is_unpin_and_send<T: Unpin + Send>(_: &T) {}
    is_unpin_and_send(&visits(1).send_batch(&sandbox.client()));
}
