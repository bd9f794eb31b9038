//! The service: a sender for each account, made when the account's first event comes and asleep when it has none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use timeline_core::{
    AuthorizationCode, BatchReport, Client, OAuth, Outcome, Pending, SenderReport, Senders,
    TimelineEvent,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use crate::store::{Installed, Result, Store, Undelivered};

/// An order was paid in an account's shop. Its id follows from the account and the order's number, so each order is on
/// the timeline once.
#[derive(TimelineEvent)]
#[timeline(template = "Order paid", manifest = "timeline.json")]
pub(crate) struct OrderPaid {
    #[timeline(email)]
    pub(crate) customer: String,
    #[timeline(timestamp)]
    pub(crate) at: SystemTime,
    #[timeline(key, token = "order")]
    pub(crate) number: u64,
    pub(crate) amount: f64,
}

/// The app, as HubSpot knows it.
pub(crate) struct App {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Where HubSpot sends people who have installed the app, with a code in the query.
    pub(crate) redirect_uri: String,
}

impl App {
    /// The credentials of one account. A new refresh token is in the database before it is used.
    fn credentials(&self, store: &Store, portal_id: u64, installed: Installed) -> OAuth {
        let (store, installation) = (store.clone(), installed.installation);
        OAuth::new(
            &self.client_id,
            &self.client_secret,
            installed.refresh_token,
        )
        .on_refresh(move |token| {
            let store = store.clone();
            async move { store.replace_token(portal_id, installation, token).await }
        })
        // Alert an operator here: the account is lost with the next restart, unless the database takes the token before.
        .on_store_failed(|error| eprintln!("{error}"))
    }
}

/// What became of an account's events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) taken: usize,
    pub(crate) rejected: usize,
    pub(crate) not_sent: usize,
    pub(crate) unknown: usize,
}

impl Counts {
    /// Every event that was taken has one outcome, so the rest is on HubSpot once the service has stopped.
    pub(crate) fn delivered(&self) -> usize {
        self.taken - self.undelivered()
    }

    pub(crate) fn undelivered(&self) -> usize {
        self.rejected + self.not_sent + self.unknown
    }
}

/// An account that has had events.
#[derive(Default)]
struct Account {
    counts: Counts,
    /// The installation whose credentials the account's sender has.
    installation: i64,
}

#[derive(Clone, Default)]
struct Accounts(Arc<Mutex<BTreeMap<u64, Account>>>);

impl Accounts {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an undelivered event.
    fn note(&self, portal_id: u64, outcome: &Outcome) -> Undelivered {
        let mut accounts = self.lock();
        let Account {
            counts,
            installation,
        } = accounts.entry(portal_id).or_default();
        match outcome {
            Outcome::Rejected(_) => counts.rejected += 1,
            Outcome::NotSent { .. } => counts.not_sent += 1,
            Outcome::Unknown { .. } => counts.unknown += 1,
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => {}
        }
        Undelivered {
            portal_id,
            installation: *installation,
            outcome: outcome.clone(),
        }
    }
}

pub(crate) struct Service {
    root: Client,
    app: Arc<App>,
    store: Store,
    senders: Senders,
    accounts: Accounts,
    keeper: JoinHandle<()>,
}

impl Service {
    /// The root client needs no credentials.
    pub(crate) fn start(root: Client, app: App, store: Store) -> Self {
        let (app, accounts) = (Arc::new(app), Accounts::default());
        let (undelivered, to_keep) = unbounded_channel();
        let keeper = tokio::spawn(keep(store.clone(), to_keep));
        let known = (Arc::clone(&app), store.clone(), accounts.clone());
        let noted = accounts.clone();
        let senders = root
            .senders(move |portal_id| {
                let (app, store, accounts) = known.clone();
                async move {
                    let Some(installed) = store.installed(portal_id).await? else {
                        return Ok(None);
                    };
                    accounts.lock().entry(portal_id).or_default().installation =
                        installed.installation;
                    Result::Ok(Some(app.credentials(&store, portal_id, installed)))
                }
            })
            .on_undelivered(move |portal_id, outcome| {
                // The keeper ends after the senders.
                let _ = undelivered.send(noted.note(portal_id, outcome));
            })
            .build();
        Service {
            root,
            app,
            store,
            senders,
            accounts,
            keeper,
        }
    }

    /// What the handler of the redirect does when an account has installed the app. Returns the account.
    pub(crate) async fn install(&self, code: &str) -> Result<u64> {
        let code = AuthorizationCode {
            client_id: &self.app.client_id,
            client_secret: &self.app.client_secret,
            code,
            redirect_uri: &self.app.redirect_uri,
        };
        let authorization = self.root.exchange_code(code).await?;
        let portal_id = authorization.portal_id();
        let portal_id = portal_id.ok_or("HubSpot does not say which account has installed it")?;
        let refresh_token = authorization.refresh_token().to_owned();
        self.store.install(portal_id, refresh_token).await?;
        Ok(portal_id)
    }

    /// Takes an event for an account. There is no need to wait for its outcome: what is not delivered is kept.
    pub(crate) async fn record(&self, portal_id: u64, order: OrderPaid) -> Pending {
        self.accounts
            .lock()
            .entry(portal_id)
            .or_default()
            .counts
            .taken += 1;
        self.senders.send(portal_id, order).await
    }

    /// Sends again what was kept, under the ids and with the times that the events had. To be called at the start, and every
    /// few minutes: an account that was away may have installed the app again. Gives a report for each account.
    pub(crate) async fn send_kept(&self) -> Result<Vec<(u64, BatchReport)>> {
        let mut reports = Vec::new();
        for portal_id in self.store.accounts_with_kept().await? {
            let Some(installed) = self.store.installed(portal_id).await? else {
                continue; // It has left since.
            };
            let installation = installed.installation;
            let credentials = self.app.credentials(&self.store, portal_id, installed);
            let client = self.root.for_portal(portal_id, credentials);
            let (letters, last) = self.store.kept(portal_id).await?;
            let report = client.replay(letters.as_bytes()).report().await;
            self.store
                .settle(portal_id, installation, last, report.clone())
                .await?;
            reports.push((portal_id, report));
        }
        Ok(reports)
    }

    /// Sends what waits for its batch to fill, and returns when every event that was taken has its outcome.
    pub(crate) async fn flush(&self) {
        self.senders.flush().await;
    }

    /// How many accounts are awake.
    pub(crate) fn awake(&self) -> usize {
        self.senders.awake()
    }

    /// Sends what was taken, for all accounts at once. Gives the sums, and what became of each account's events.
    pub(crate) async fn stop(self, limit: Duration) -> (SenderReport, BTreeMap<u64, Counts>) {
        let report = self.senders.shutdown(limit).await;
        // The senders hold the other end of the keeper's channel.
        drop(self.senders);
        if self.keeper.await.is_err() {
            eprintln!("the task that keeps undelivered events has panicked");
        }
        let accounts = std::mem::take(&mut *self.accounts.lock());
        let counts = accounts
            .into_iter()
            .map(|(id, account)| (id, account.counts));
        (report, counts.collect())
    }
}

/// Writes down what was not delivered: in one transaction all that has come so far, since an outage brings thousands of
/// events at once.
async fn keep(store: Store, mut undelivered: UnboundedReceiver<Undelivered>) {
    let mut some = Vec::new();
    while undelivered.recv_many(&mut some, 1_000).await > 0 {
        let lost = some.len();
        if let Err(error) = store.keep(std::mem::take(&mut some)).await {
            eprintln!("{lost} undelivered events could not be kept: {error}");
        }
    }
}
