//! The task of an account that is awake: its worker, until the account falls asleep.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::client::{Client, Clock};
use crate::delivery::engine::options::Later;
use crate::delivery::sender::accounts::{Accounts, WakeNumber};
use crate::delivery::sender::channel::TakenEvents;
use crate::delivery::sender::stage::RECOVERY;
use crate::delivery::sender::worker::Worker;
use crate::guard::apart;

/// Runs an account's worker, and lets the account fall asleep after some time without events. After a refusal that other
/// credentials may end, the account falls asleep soon, so that its credentials are looked up again for the next events.
pub(in crate::delivery) struct AccountTask {
    /// `None` after the end.
    worker: Option<Worker>,
    taken_events: Arc<TakenEvents>,
    /// Gone if the service holds no handle any more: the worker ends by itself then.
    accounts: Weak<Accounts>,
    portal_id: u64,
    number: WakeNumber,
    /// A client of the same root as the account's.
    client: Client,
    idle_after: Duration,
    is_awake: bool,
    /// How many events were taken before the time without events began, and the end of that time.
    idle: Option<(usize, Later<'static>)>,
    /// The end of the time after a refusal.
    recovery: Option<Later<'static>>,
}

impl AccountTask {
    pub(in crate::delivery) fn new(
        worker: Worker,
        taken_events: Arc<TakenEvents>,
        accounts: Weak<Accounts>,
        number: WakeNumber,
        (client, portal_id): (Client, u64),
        idle_after: Duration,
    ) -> Self {
        AccountTask {
            worker: Some(worker),
            taken_events,
            accounts,
            portal_id,
            number,
            client,
            idle_after,
            is_awake: true,
            idle: None,
            recovery: None,
        }
    }

    /// Whether the account is to fall asleep now.
    fn may_fall_asleep(&mut self, context: &mut Context<'_>) -> bool {
        let activity = self.taken_events.activity();
        let clock = &self.client.root.clock;
        if activity.is_refused {
            let recovery = self.recovery.get_or_insert_with(|| later(clock, RECOVERY));
            if recovery.as_mut().poll(context).is_ready() {
                return true;
            }
        }
        if !activity.is_quiet {
            self.idle = None;
            return false;
        }
        let idle = match &mut self.idle {
            Some((taken, idle)) if *taken == activity.taken => idle,
            idle => {
                let begun = (activity.taken, later(clock, self.idle_after));
                &mut idle.insert(begun).1
            }
        };
        idle.as_mut().poll(context).is_ready()
    }
}

fn later(clock: &Arc<dyn Clock>, time: Duration) -> Later<'static> {
    let clock = Arc::clone(clock);
    Box::pin(async move { clock.sleep(time).await })
}

impl Future for AccountTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            let Some(worker) = &mut this.worker else {
                return Poll::Ready(());
            };
            if Pin::new(worker).poll(context).is_ready() {
                return Poll::Ready(());
            }
            if !this.is_awake || !this.may_fall_asleep(context) {
                return Poll::Pending;
            }
            this.is_awake = false;
            (this.idle, this.recovery) = (None, None);
            // Without its last handle the worker ends at once.
            if let Some(accounts) = this.accounts.upgrade() {
                accounts.fall_asleep(this.portal_id, this.number);
            }
        }
    }
}

impl Drop for AccountTask {
    fn drop(&mut self) {
        let accounts = self.accounts.upgrade();
        // If the account is still awake, the task has panicked or its runtime is gone. The next event wakes the account anew.
        if let Some(accounts) = &accounts {
            accounts.fall_asleep(self.portal_id, self.number);
        }
        // Whatever ends the task, every event has its outcome then.
        self.worker = None;
        if let Some(accounts) = accounts {
            accounts.ended(self.number);
            apart(|| drop(accounts));
        }
        apart(|| self.client.root.rest(self.portal_id));
    }
}
