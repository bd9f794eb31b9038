//! Many accounts in one process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, Sandbox};
use timeline_core::{
    Client, Credentials, CredentialsErrorKind, Fault, NotSentReason, OAuth, Outcome, RateLimit,
    SendBatch, TimelineEvent,
};

use crate::{Seat, sandbox, start, visits, words};

fn oauth() -> OAuth {
    OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)
}

fn reason(outcome: &Outcome) -> &NotSentReason {
    match outcome {
        Outcome::NotSent { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_account_has_its_own_token_and_the_same_one_every_time() {
    let sandbox = start(Sandbox::builder().access_token("one")).await;
    let root = sandbox.client_builder().build().expect("good settings");
    let id = sandbox.portal_id();
    let other = root.for_portal(7, Credentials::access_token("two"));
    assert_eq!((root.portal_id(), other.portal_id()), (Some(id), Some(7)));
    visits(1).send_batch(&root).await.expect("created");
    let report = visits(1).send_batch(&other).report().await;
    assert_eq!(reason(&report.outcomes()[0]), &NotSentReason::Unauthorized);

    // However often it is made, a client for an account refreshes its token once.
    for _ in 0..3 {
        let theirs = root.for_portal(id, oauth());
        visits(1).send_batch(&theirs).await.expect("created");
    }
    assert_eq!(sandbox.tokens_issued(), 1);
}

/// A 429 for one account parks no other.
#[tokio::test]
async fn each_account_has_its_own_pace() {
    let sandbox = sandbox().await;
    let limit = RateLimit::new(2, Duration::from_secs(10));
    let builder = sandbox.client_builder().rate_limit(limit).batch_size(1);
    let root = builder.build().expect("good settings");
    let token = || Credentials::access_token(sandbox.access_token());
    let clock = sandbox.clock();
    for portal in 1..=5 {
        let client = root.for_portal(portal, token());
        let before = clock.elapsed();
        visits(2).send_batch(&client).await.expect("created");
        assert_eq!(
            clock.elapsed(),
            before,
            "account {portal} waits for another"
        );
    }
    // The same account, by another client: its window is full.
    let before = clock.elapsed();
    visits(1)
        .send_batch(&root.for_portal(3, token()))
        .await
        .expect("created");
    assert!(clock.elapsed() > before);
}

#[tokio::test]
async fn one_accounts_outage_is_not_anothers() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let token = || Credentials::access_token(sandbox.access_token());
    let (one, two) = (root.for_portal(1, token()), root.for_portal(2, token()));
    sandbox.inject(Fault::status(429).header("Retry-After", "86400"));
    let report = visits(1).send_batch(&one).report().await;
    assert_eq!(words(report.outcomes()), "not-sent");
    visits(1).send_batch(&two).await.expect("created");
    let report = visits(1).send_batch(&one).report().await;
    assert_eq!(
        (report.not_sent(), report.requests()),
        (1, 0),
        "still parked"
    );
}

/// Ids from keys differ from account to account.
#[tokio::test]
async fn each_account_has_its_own_ids() {
    let root = sandbox().await.client();
    let seat = Seat {
        row: 1,
        who: "ada@example.com".into(),
    };
    let id = |portal: u64| {
        let client = root.for_portal(portal, Credentials::access_token("token"));
        client.event_id(&seat).expect("an id")
    };
    assert_eq!(id(1), id(1));
    assert_ne!(id(1), id(2));
    assert_eq!(Seat::templates().len(), 1);
}

/// A refresh token that belongs to another account is found out before anything is sent with it.
#[tokio::test]
async fn a_token_of_another_account_is_not_used() {
    let sandbox = sandbox().await;
    let stored = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&stored);
    let oauth = oauth().on_refresh(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        async {}
    });
    let client = sandbox.client().for_portal(7, oauth);
    let report = visits(250).send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*250");
    let found = sandbox.portal_id();
    assert_eq!(
        reason(&report.outcomes()[0]),
        &NotSentReason::OtherPortal { found }
    );
    assert_eq!((report.requests(), sandbox.event_count()), (0, 0));
    assert_eq!(stored.load(Ordering::SeqCst), 0);
}

/// After the app was installed anew, the new refresh token takes the place of the old one.
#[tokio::test]
async fn other_credentials_replace_those_before() {
    let sandbox = sandbox().await;
    let root = sandbox.client();
    let id = sandbox.portal_id() + 1;
    let stale = root.for_portal(id, Credentials::access_token("stale"));
    let report = visits(1).send_batch(&stale).report().await;
    assert_eq!(words(report.outcomes()), "not-sent");
    let fresh = root.for_portal(id, Credentials::access_token(sandbox.access_token()));
    visits(1).send_batch(&fresh).await.expect("created");
    // A token that no header can carry is found when sending.
    let broken = root.for_portal(id, Credentials::access_token("a\nb"));
    let report = visits(1).send_batch(&broken).report().await;
    let NotSentReason::NoAccessToken(error) = reason(&report.outcomes()[0]) else {
        panic!("{report:?}");
    };
    assert_eq!(error.kind(), CredentialsErrorKind::Malformed);
}

/// A refresh token that HubSpot has given since then belongs to the same credentials.
#[tokio::test]
async fn a_rotated_refresh_token_is_still_the_same_credentials() {
    let sandbox = start(Sandbox::builder().rotate_refresh_token()).await;
    let stored = Arc::new(Mutex::new(REFRESH_TOKEN.to_owned()));
    let root = Client::builder()
        .base_url(sandbox.base_url())
        .clock(sandbox.clock())
        .rate_limit(RateLimit::unlimited())
        .build()
        .expect("good settings");
    for _ in 0..3 {
        let from_store = stored.lock().expect("not poisoned").clone();
        let store = Arc::clone(&stored);
        let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, from_store).on_refresh(move |token| {
            *store.lock().expect("not poisoned") = token;
            async {}
        });
        let client = root.for_portal(sandbox.portal_id(), oauth);
        visits(1).send_batch(&client).await.expect("created");
    }
    assert_eq!(sandbox.tokens_issued(), 1);
}
