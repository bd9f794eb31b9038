//! Not to be copied: a HubSpot with many accounts, their customers, and a check of all that the service has reported.
//!
//! What HubSpot knows from one run to the next is in a file beside the database: the refresh tokens that it takes, and the
//! events that it has not got. The sandbox's clock is a `TestClock`, so days pass in a second.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use timeline_core::{Client, Clock, Outcome, Sandbox, TemplateFile, TestClock};

use crate::service::{App, OrderPaid, Service};
use crate::store::{Result, Store};

/// An event, by its account and its id.
type Event = (u64, String);

#[derive(Default, Serialize, Deserialize)]
struct HubSpot {
    run: u64,
    refresh_tokens: BTreeMap<u64, String>,
    /// What was not delivered in the runs before.
    missing: BTreeSet<Event>,
}

/// What the outcomes say.
#[derive(Default)]
struct Told {
    delivered: BTreeSet<Event>,
    undelivered: BTreeSet<Event>,
}

impl Told {
    fn note(&mut self, account: u64, outcome: &Outcome) -> Result<()> {
        let id = outcome.id().ok_or("an event without an id")?;
        let event = (account, id.to_owned());
        if outcome.is_delivered() {
            self.undelivered.remove(&event);
            self.delivered.insert(event);
        } else {
            self.undelivered.insert(event);
        }
        Ok(())
    }
}

pub(crate) async fn play(database: &Path, store: Store, app: App, accounts: u64) -> Result<()> {
    let file = database.with_extension("hubspot.json");
    let mut hubspot: HubSpot = match fs::read(&file) {
        Ok(json) => serde_json::from_slice(&json)?,
        Err(_) => HubSpot::default(),
    };
    hubspot.run += 1;
    // A run that is cut short leaves no file: in the next one all accounts install the app again.
    drop(fs::remove_file(&file));

    let clock = Arc::new(TestClock::new());
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .rotate_refresh_token()
        .rate_limit(110, Duration::from_secs(10))
        .start()
        .await?;
    for template in TemplateFile::read(TEMPLATES)?.templates() {
        sandbox.add_template(template.clone());
    }
    for (id, token) in &hubspot.refresh_tokens {
        sandbox.add_portal(*id, token);
    }
    let root = Client::builder()
        .base_url(sandbox.base_url())
        .clock(clock.clone())
        .build()?;
    let service = Service::start(root, app, store);
    // The clock does not know that the database is at work, and would move on.
    clock.hold();

    let ids: Vec<u64> = (20_001..).take(usize::try_from(accounts)?).collect();
    let newcomers = ids
        .iter()
        .filter(|id| !hubspot.refresh_tokens.contains_key(id));
    let mut connected = 0;
    for id in newcomers {
        let account = service.install(&sandbox.authorization_code(*id)).await?;
        check("the account of the code", &account, id)?;
        connected += 1;
    }
    println!(
        "run {}: {accounts} accounts, {connected} of them connected now",
        hubspot.run
    );

    let mut told = Told {
        undelivered: hubspot.missing.clone(),
        ..Told::default()
    };
    round(&service, &mut told, &ids, hubspot.run, 1).await?;
    println!("first events: {} accounts are awake", service.awake());
    // On a busy machine a task may see late that time has passed.
    let mut seconds = 0;
    while service.awake() > 0 && seconds < 3_600 {
        pass(&clock, 65).await;
        seconds += 65;
    }
    println!(
        "{seconds} s without events: {} accounts are awake",
        service.awake()
    );
    check("accounts awake", &service.awake(), &0)?;

    // The accounts that had left in the run before install the app again, and get what was kept.
    let returning: BTreeSet<u64> = hubspot
        .missing
        .iter()
        .map(|(account, _)| *account)
        .collect();
    for id in &returning {
        service.install(&sandbox.authorization_code(*id)).await?;
        println!("account {id} has installed the app again");
    }
    send_kept(&service, &mut told).await?;

    // Access tokens last half an hour, so every account gets a new refresh token.
    pass(&clock, 2_000).await;
    let one = usize::try_from(hubspot.run)?;
    let (leaving, wavering) = (ids[one % ids.len()], ids[(one + 1) % ids.len()]);
    sandbox.revoke(leaving);
    sandbox.revoke(wavering);
    println!("accounts {leaving} and {wavering} have withdrawn their consent");
    round(&service, &mut told, &ids, hubspot.run, 2).await?;

    // One of the two comes back at once. For ten seconds its events still end like those before; that says nothing
    // about its new token.
    service
        .install(&sandbox.authorization_code(wavering))
        .await?;
    println!("account {wavering} has installed the app again");
    send_kept(&service, &mut told).await?;
    round(&service, &mut told, &[wavering], hubspot.run, 3).await?;
    pass(&clock, 15).await;
    round(&service, &mut told, &ids, hubspot.run, 4).await?;
    send_kept(&service, &mut told).await?;

    let (report, counts) = service.stop(Duration::from_secs(30)).await;
    println!("{report}");
    let mut undelivered = 0;
    for (account, counts) in counts.iter().filter(|(_, counts)| counts.undelivered() > 0) {
        println!("account {account}: {counts:?}");
        undelivered += counts.undelivered();
    }
    let taken: usize = counts.values().map(|counts| counts.taken).sum();
    check("taken events", &report.total(), &taken)?;
    let reported = report.rejected() + report.not_sent() + report.unknown();
    check("undelivered events", &reported, &undelivered)?;
    check("accounts with a report", &counts.len(), &ids.len())?;
    compare(&sandbox, database, &told, leaving)?;

    hubspot.refresh_tokens = refresh_tokens(&sandbox, &ids)?;
    hubspot.missing = told.undelivered;
    fs::write(file, serde_json::to_vec(&hubspot)?)?;
    println!("the sandbox has what the service has told, and the database the rest");
    Ok(())
}

const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/timeline.json");

async fn pass(clock: &TestClock, seconds: u64) {
    clock.release();
    clock.sleep(Duration::from_secs(seconds)).await;
    clock.hold();
}

async fn send_kept(service: &Service, told: &mut Told) -> Result<()> {
    for (account, report) in service.send_kept().await? {
        println!("account {account}, kept before: {report}");
        for outcome in report.outcomes() {
            told.note(account, outcome)?;
        }
    }
    Ok(())
}

/// A few orders in each account's shop.
async fn round(
    service: &Service,
    told: &mut Told,
    ids: &[u64],
    run: u64,
    round: u64,
) -> Result<()> {
    let mut pending = Vec::new();
    for n in 0..3 {
        for account in ids {
            let order = OrderPaid {
                customer: format!("customer-{n}@shop-{account}.example"),
                at: TestClock::new().now() + Duration::from_secs(100_000 * run + 1_000 * round + n),
                number: 100 * run + 10 * round + n,
                amount: 12.5,
            };
            pending.push((*account, service.record(*account, order).await));
        }
    }
    service.flush().await;
    let outcomes = pending
        .into_iter()
        .map(|(account, pending)| async move { (account, pending.await) });
    for (account, outcome) in join_all(outcomes).await {
        told.note(account, &outcome)?;
    }
    Ok(())
}

/// Compares the sandbox's events, and the database's, with what the outcomes say.
fn compare(sandbox: &Sandbox, database: &Path, told: &Told, leaving: u64) -> Result<()> {
    let events = sandbox.events();
    let stored: BTreeSet<Event> = events
        .iter()
        .map(|event| (event.portal_id, event.id.clone()))
        .collect();
    check("delivered events", &stored, &told.delivered)?;
    let twice = events.iter().filter(|event| event.sent != 1).count();
    check("events that were sent twice", &twice, &0)?;
    let refused = sandbox
        .seen()
        .iter()
        .filter(|request| request.status == Some(429))
        .count();
    check("requests over an account's limit", &refused, &0)?;

    let connection = Connection::open(database)?;
    let mut kept = BTreeSet::new();
    let mut statement = connection.prepare("SELECT portal_id, letter FROM kept")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let letter: Value = serde_json::from_str(row.get_ref(1)?.as_str()?)?;
        let id = letter["id"].as_str().ok_or("a letter without an id")?;
        kept.insert((row.get::<_, i64>(0)?.cast_unsigned(), id.to_owned()));
    }
    check("kept events", &kept, &told.undelivered)?;
    let sql = "SELECT portal_id, refresh_token, revoked_at IS NOT NULL FROM accounts";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let account = row.get::<_, i64>(0)?.cast_unsigned();
        let has_left: bool = row.get(2)?;
        check(
            &format!("account {account} has left"),
            &has_left,
            &(account == leaving),
        )?;
        if !has_left {
            let token: String = row.get(1)?;
            let theirs = sandbox.refresh_token_of(account);
            check(
                &format!("the refresh token of {account}"),
                &Some(token),
                &theirs,
            )?;
        }
    }
    Ok(())
}

fn refresh_tokens(sandbox: &Sandbox, ids: &[u64]) -> Result<BTreeMap<u64, String>> {
    let token = |id: &u64| Ok((*id, sandbox.refresh_token_of(*id).ok_or("no such account")?));
    ids.iter().map(token).collect()
}

fn check<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?}, where {expected:?} was expected").into())
}
