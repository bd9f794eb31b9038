//! The task that sends what a sender has taken.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::sync::{mpsc, watch};
use tokio::task::unconstrained;

use crate::delivery::engine::options::Later;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::sender::channel::{Message, TakenEvents};
use crate::delivery::sender::control::Control;
use crate::delivery::sender::on_undelivered::UndeliveredCallback;
use crate::delivery::sender::stage::Stage;
use crate::guard::apart;

/// Delivers the events that come through the channel. However it ends, even torn down with its runtime, every event that
/// was taken has its outcome then.
pub(in crate::delivery) struct Worker {
    /// `None` after the end.
    stage: Option<Stage>,
    /// The account of its events, where that is known.
    portal_id: Option<u64>,
    taken_events: Arc<TakenEvents>,
    callback: Arc<UndeliveredCallback>,
    /// To close the channel from this end.
    messages: mpsc::WeakUnboundedSender<Message>,
    /// Ready when a shutdown has taken longer than its limit.
    abandoned: Option<Later<'static>>,
    end: watch::Sender<bool>,
}

impl Worker {
    pub(in crate::delivery) fn new(
        stage: Stage,
        control: &Control,
        callback: Arc<UndeliveredCallback>,
        end: watch::Sender<bool>,
    ) -> Self {
        let mut abandoned = control.abandon.subscribe();
        Worker {
            stage: Some(stage),
            portal_id: control.client.portal_id(),
            taken_events: Arc::clone(&control.taken_events),
            callback,
            messages: control.messages.clone(),
            abandoned: Some(Box::pin(async move {
                if abandoned.wait_for(|abandoned| *abandoned).await.is_err() {
                    // All handles are gone: the events that were taken are delivered without a limit.
                    std::future::pending::<()>().await;
                }
            })),
            end,
        }
    }

    fn pass_on(&mut self, number: usize, outcome: Outcome) {
        let undelivered =
            (!outcome.is_delivered() && !outcome.is_in_outbox()).then(|| outcome.clone());
        self.taken_events.close(number, outcome);
        if let Some(outcome) = undelivered {
            self.callback.call(self.portal_id, outcome);
        }
    }

    fn abandon(&mut self) {
        if let Some(messages) = self.messages.upgrade() {
            drop(messages.send(Message::End));
        }
        if let Some(stage) = &mut self.stage {
            stage.abandon();
        }
        // The runtime's budget for one task would end this early.
        let drain = unconstrained(poll_fn(|_| {
            while let Some((number, outcome)) = self.stage.as_mut().and_then(Stage::next_abandoned)
            {
                self.pass_on(number, outcome);
            }
            Poll::Ready(())
        }));
        let _ = pin!(drain).poll(&mut Context::from_waker(Waker::noop()));
        self.taken_events.answer_flushes();
    }
}

impl Future for Worker {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if let Some(abandoned) = &mut this.abandoned
            && abandoned.as_mut().poll(context).is_ready()
        {
            this.abandoned = None;
            this.abandon();
        }
        loop {
            let next = match &mut this.stage {
                Some(stage) => stage.poll(context),
                None => Poll::Ready(None),
            };
            if let Poll::Ready(Some((number, outcome))) = next {
                this.pass_on(number, outcome);
                continue;
            }
            this.taken_events.answer_flushes();
            return next.map(drop);
        }
    }
}

impl Drop for Worker {
    /// Gives every event its outcome and lets no panic out, also if it is dropped by a panic.
    fn drop(&mut self) {
        apart(|| self.abandon());
        let stage = self.stage.take();
        apart(|| drop(stage));
        loop {
            match apart(|| self.taken_events.end_next()) {
                Some(Some(outcome)) => self.callback.call(self.portal_id, outcome),
                Some(None) => break,
                // A waker has panicked; its event has its outcome.
                None => {}
            }
        }
        self.taken_events.answer_flushes();
        self.end.send_replace(true);
    }
}
