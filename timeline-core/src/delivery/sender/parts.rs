//! The parts of a sender: its handle and its worker, and the channel between them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};

use crate::delivery::intake::seal::Sealer;
use crate::delivery::sender::capacity::Capacity;
use crate::delivery::sender::channel::{Channel, TakenEvents};
use crate::delivery::sender::control::{Control, KeepStop};
use crate::delivery::sender::handle::{Sender, Shared};
use crate::delivery::sender::keep::Keep;
use crate::delivery::sender::on_undelivered::UndeliveredCallback;
use crate::delivery::sender::stage::{Stage, Start};
use crate::delivery::sender::worker::Worker;

/// The settings of a sender.
#[derive(Clone, Copy)]
pub(in crate::delivery) struct Settings {
    pub(in crate::delivery) capacity: usize,
    pub(in crate::delivery) linger: Duration,
    pub(in crate::delivery) concurrency: usize,
}

/// A sender, and the worker that is to be run.
pub(in crate::delivery) fn assemble(
    sealer: Sealer,
    settings: Settings,
    in_all: Option<&Arc<Semaphore>>,
    callback: &Arc<UndeliveredCallback>,
    keep: Option<Arc<dyn Keep>>,
    stage: impl FnOnce(Start) -> Stage,
) -> (Sender, Worker) {
    let (messages, received) = mpsc::unbounded_channel();
    let taken_events = Arc::new(TakenEvents::default());
    let (abandon, _) = watch::channel(false);
    let stop = Arc::new(watch::channel(false).0);
    let (end, ended) = watch::channel(false);
    let control = Control {
        client: sealer.client.clone(),
        capacity: Capacity::new(settings.capacity, in_all),
        taken_events: Arc::clone(&taken_events),
        messages: messages.downgrade(),
        stop: keep.as_ref().map(|keep| KeepStop {
            keep: Arc::clone(keep),
            now: Arc::clone(&stop),
        }),
        abandon: Arc::new(abandon),
        ended,
    };
    let start = Start {
        channel: Channel::new(received, taken_events),
        sealer: sealer.clone(),
        capacity: settings.capacity,
        linger: settings.linger,
        concurrency: settings.concurrency,
        stop,
    };
    let worker = Worker::new(stage(start), &control, Arc::clone(callback), end);
    let sender = Sender::new(Shared {
        sealer,
        messages,
        control,
        callback: Arc::clone(callback),
        keep,
    });
    (sender, worker)
}
