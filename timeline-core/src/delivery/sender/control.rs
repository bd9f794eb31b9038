//! The control of a sender: flushes it, ends it and reports what it has done, without keeping it alive.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, join_all, select};
use tokio::sync::{mpsc, oneshot, watch};

use crate::client::{Client, Clock};
use crate::delivery::outcome::report::SenderReport;
use crate::delivery::sender::capacity::Capacity;
use crate::delivery::sender::channel::{Message, TakenEvents};
use crate::delivery::sender::keep::Keep;

#[derive(Clone)]
pub(in crate::delivery) struct Control {
    pub(in crate::delivery) client: Client,
    pub(in crate::delivery) capacity: Capacity,
    pub(in crate::delivery) taken_events: Arc<TakenEvents>,
    /// The channel ends when all handles of the sender are gone.
    pub(in crate::delivery) messages: mpsc::WeakUnboundedSender<Message>,
    /// Ends the sending, if the sender stands on an outbox.
    pub(in crate::delivery) stop: Option<KeepStop>,
    pub(in crate::delivery) abandon: Arc<watch::Sender<bool>>,
    pub(in crate::delivery) ended: watch::Receiver<bool>,
}

/// Ends the sending of events that are kept on disk.
#[derive(Clone)]
pub(in crate::delivery) struct KeepStop {
    pub(in crate::delivery) keep: Arc<dyn Keep>,
    /// Once this is `true`, nothing new leaves, and events that have not left stay where they are kept.
    pub(in crate::delivery) now: Arc<watch::Sender<bool>>,
}

impl Control {
    /// Sends what waits for its batch to fill, and is done when every event that was taken before has its outcome.
    pub(in crate::delivery) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        let is_sent = match self.messages.upgrade() {
            Some(messages) => messages.send(Message::Flush(done)).is_ok(),
            None => false,
        };
        if is_sent {
            // No answer means that the sender has ended, and all events that it took with it.
            drop(flushed.await);
        } else {
            self.ended().await;
        }
    }

    /// Ready when all that was taken has its outcome and nothing more is taken.
    pub(in crate::delivery) fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut ended = self.ended.clone();
        // An error says that the task is gone, which is the same.
        async move { drop(ended.wait_for(|ended| *ended).await) }
    }

    pub(in crate::delivery) fn report(&self) -> SenderReport {
        self.taken_events.report(self.client.has_moved())
    }

    fn take_no_more(&self) {
        self.taken_events.keep_undelivered();
        self.capacity.close();
        if let Some(messages) = self.messages.upgrade() {
            drop(messages.send(Message::End));
        }
    }
}

/// The part of a shutdown's time that is left to find out which of an outbox's events have really left.
const FOR_STOP: Duration = Duration::from_secs(1);

/// Ends senders: events without an outcome after this time are given up.
pub(in crate::delivery) async fn shut_down(
    senders: &[Control],
    clock: &Arc<dyn Clock>,
    limit: Duration,
) {
    for sender in senders {
        sender.take_no_more();
    }
    let stops: Vec<_> = senders.iter().filter_map(|one| one.stop.as_ref()).collect();
    let for_stop = match stops.is_empty() {
        true => Duration::ZERO,
        false => FOR_STOP.min(limit / 2),
    };
    let for_sending = limit - for_stop;
    let end = clock.elapsed().saturating_add(for_sending);
    for stop in &stops {
        stop.keep.ends_at(end);
    }
    let ended = join_all(senders.iter().map(Control::ended));
    let Either::Right((_, ended)) = select(ended, clock.sleep(for_sending)).await else {
        return;
    };
    for stop in stops {
        stop.now.send_replace(true);
    }
    let Either::Right((_, ended)) = select(ended, clock.sleep(for_stop)).await else {
        return;
    };
    for sender in senders {
        sender.abandon.send_replace(true);
    }
    ended.await;
}
