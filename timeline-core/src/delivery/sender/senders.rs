//! The senders of a service for many accounts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::client::{Client, CredentialsLookup};
use crate::delivery::intake::seal::Sealer;
use crate::delivery::outcome::report::SenderReport;
use crate::delivery::sender::account_task::AccountTask;
use crate::delivery::sender::accounts::{Accounts, WakeNumber};
use crate::delivery::sender::control::{Control, shut_down};
use crate::delivery::sender::full::Full;
use crate::delivery::sender::handle::Sender;
use crate::delivery::sender::on_undelivered::UndeliveredCallback;
use crate::delivery::sender::parts::{Settings, assemble};
use crate::delivery::sender::pending::Pending;
use crate::delivery::sender::stage::Stage;
use crate::event::TimelineEvent;

/// A [`Sender`] for each of many accounts, made when the account's first event comes, and gone when it has had none for a
/// minute; made by [`Client::senders`].
///
/// Cheap to clone; clones share the accounts. What holds for a [`Sender`] holds for that of each account: batches, one
/// outcome for each event, room, the account's own limit and outages. Beyond that:
///
/// - The credentials of an account are looked up when it wakes, and again at most ten seconds after HubSpot has refused them
///   (401, 403, a refresh token that is revoked). Events wait for the lookup. If it fails, it is tried again for as long as the
///   patience lasts; then they are [`NotSent`](crate::Outcome::NotSent). The events of an account without credentials are
///   [`Rejected`](crate::Outcome::Rejected). Both hold for ten seconds, in which the account's events end at once.
/// - An account that is asleep has no task, no buffers and no timer. Its client's state stays with the root client as long
///   as there is something to remember, such as an access token: at most a kilobyte.
/// - An event that comes while its account falls asleep is sent like any other.
/// - The events wait in memory: call [`shutdown`](Self::shutdown) before the process ends.
///
/// # What grows with the accounts
///
/// | | an account that is asleep | an account that is awake |
/// |---|---|---|
/// | memory | at most 1 KB | some 10 KB, and its events |
/// | tasks | none | one, and one for each request under way |
/// | connections | none | one for each request under way, up to [`concurrency`] |
///
/// Connections are shared. All accounts together have at most [`concurrency_in_all`] requests under way, and ask for at most
/// 64 access tokens at once. One account with a hundred times the load of the others keeps none of them back: in a simulation
/// with 5,000 accounts on 16 hosts the others' events were there 110 ms after they came, where an answer takes 100 ms, and with
/// 50,000 accounts after at most 190 ms.
///
/// What changes with 50,000 accounts, computed from these figures:
///
/// - **Memory.** 50 MB in each process that has sent for all of them, and 500 MB if all are awake: give fewer than a minute to
///   [`idle_after`].
/// - **The start.** Each account that has an event needs an access token. If one takes 0.2 s, the process gets 320 of them a
///   second, and the last of 50,000 after 160 s; their events wait. Each host asks for its own, so let an account's events go to
///   the same host as far as possible.
/// - **Lookups.** One each time that an account wakes: some 800 a second if 50,000 accounts have an event every minute or so,
///   just after they have fallen asleep. Keep the credentials that were looked up, or give more to [`idle_after`].
/// - **Requests.** 256 at once are 1,280 a second if an answer takes 0.2 s. More of them need a higher
///   [`concurrency_in_all`], and a higher limit of open files.
/// - **A busy account.** All hosts share its limit, and know of each other by HubSpot's headers alone: of 1,200 requests at the
///   limit, 1 was refused (429) and sent again with 4 hosts, 32 with 8, and 160 with 16. Let one host send for such an account, or
///   give it a queue of its own ([`Client::relay`]).
///
/// [`concurrency`]: super::senders_builder::SendersBuilder::concurrency
/// [`concurrency_in_all`]: super::senders_builder::SendersBuilder::concurrency_in_all
/// [`idle_after`]: super::senders_builder::SendersBuilder::idle_after
#[derive(Clone)]
pub struct Senders {
    shared: Arc<Shared>,
}

pub(in crate::delivery) struct Shared {
    pub(in crate::delivery) accounts: Arc<Accounts>,
    pub(in crate::delivery) lookup: CredentialsLookup,
    /// One for all accounts, so that their sealers share the hash keys.
    pub(in crate::delivery) sealer: Sealer,
    pub(in crate::delivery) settings: Settings,
    pub(in crate::delivery) idle_after: Duration,
    pub(in crate::delivery) room_in_all: Arc<Semaphore>,
    pub(in crate::delivery) callback: Arc<UndeliveredCallback>,
    pub(in crate::delivery) runtime: Handle,
}

impl Senders {
    pub(in crate::delivery) fn new(shared: Shared) -> Self {
        Senders {
            shared: Arc::new(shared),
        }
    }

    /// Takes an event for an account, and waits for room first if there is none; see [`Sender::send`], also for what happens
    /// if the wait is given up.
    pub async fn send<E: TimelineEvent>(&self, portal_id: u64, event: E) -> Pending {
        self.of(portal_id).send(event).await
    }

    /// Takes an event for an account if there is room; see [`Sender::try_send`].
    ///
    /// # Errors
    ///
    /// [`Full`] if there is none, with the event.
    pub fn try_send<E: TimelineEvent>(&self, portal_id: u64, event: E) -> Result<Pending, Full> {
        self.of(portal_id).try_send(event)
    }

    /// As [`try_send`](Self::try_send), with an event that was refused before: under the same id and with the same time. An
    /// event of another account is [`Rejected`](crate::Outcome::Rejected).
    ///
    /// # Errors
    ///
    /// [`Full`] if there is still no room.
    pub fn try_again(&self, portal_id: u64, full: Full) -> Result<Pending, Full> {
        self.of(portal_id).try_again(full.in_account(portal_id))
    }

    /// As [`send`](Self::send), with an event that was refused before: under the same id and with the same time. An event of
    /// another account is [`Rejected`](crate::Outcome::Rejected).
    pub async fn send_again(&self, portal_id: u64, full: Full) -> Pending {
        let full = full.in_account(portal_id);
        self.of(portal_id).send_again(full).await
    }

    /// The account's sender, which wakes if it is asleep.
    fn of(&self, portal_id: u64) -> Sender {
        let wake = |number| self.wake(portal_id, number);
        let (sender, task) = self.shared.accounts.get_or_wake(portal_id, wake);
        if let Some(task) = task {
            drop(self.shared.runtime.spawn(task));
        }
        sender
    }

    fn wake(&self, portal_id: u64, number: WakeNumber) -> (Sender, AccountTask) {
        let shared = &self.shared;
        let client = shared.sealer.client.of_account(portal_id);
        let (sender, worker) = assemble(
            shared.sealer.clone().with_client(client),
            shared.settings,
            Some(&shared.room_in_all),
            &shared.callback,
            None,
            |start| Stage::find(shared.lookup.clone(), start),
        );
        let task = AccountTask::new(
            worker,
            Arc::clone(&sender.control().taken_events),
            Arc::downgrade(&shared.accounts),
            number,
            (Client::clone(&shared.sealer.client), portal_id),
            shared.idle_after,
        );
        (sender, task)
    }

    /// Sends the events of all accounts that wait for their batch to fill, and is done when every event that was taken before
    /// has its outcome.
    pub async fn flush(&self) {
        let controls = self.shared.accounts.controls();
        join_all(controls.iter().map(Control::flush)).await;
    }

    /// Takes no more events for any account, sends those that were taken, and accounts for all of them: the report has the sums
    /// over all accounts, also over those that fell asleep. Events without an outcome after this time are given up: those that
    /// had left are [`Unknown`](crate::Outcome::Unknown), the rest are [`NotSent`](crate::Outcome::NotSent).
    ///
    /// Clones are shut down with it. Called again, it returns the same report.
    pub async fn shutdown(&self, limit: Duration) -> SenderReport {
        let shared = &self.shared;
        let senders = shared.accounts.shut();
        shared.room_in_all.close();
        shut_down(&senders, &shared.sealer.client.root.clock, limit).await;
        shared.accounts.report()
    }

    /// How many accounts are awake, or have fallen asleep and are not at their end yet. An account that woke again in between
    /// counts twice.
    #[must_use]
    pub fn awake(&self) -> usize {
        self.shared.accounts.awake()
    }
}

impl fmt::Debug for Senders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Senders")
            .field("awake", &self.awake())
            .finish_non_exhaustive()
    }
}
