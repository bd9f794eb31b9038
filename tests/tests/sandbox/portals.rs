//! Several accounts in one sandbox.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use timeline_core::sandbox::{
    CLIENT_ID, CLIENT_SECRET, Fault, Route, Rules, SameId, Sandbox, TestClock,
};
use timeline_core::{
    Client, CredentialsErrorKind, EventInput, NotSentReason, OAuth, Outcome, SendBatch,
};

use crate::http::{Answer, BATCH, EVENTS, batch_with, send};
use crate::{TEMPLATE, event, template, with};

/// A sandbox with the accounts 71 and 72 besides its first one.
async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().clock(Arc::new(TestClock::new()));
    let sandbox = builder
        .rate_limit(2, Duration::from_secs(10))
        .start()
        .await
        .expect("a port");
    sandbox.add_template(template());
    sandbox.add_portal(71, "refresh-71");
    sandbox.add_portal(72, "refresh-72");
    sandbox
}

async fn batch_of(sandbox: &Sandbox, portal_id: u64, events: &[Value]) -> Answer {
    let token = sandbox.access_token_of(portal_id).expect("an account");
    batch_with(sandbox, &token, events).await
}

async fn read(sandbox: &Sandbox, portal_id: u64, id: &str) -> u16 {
    let token = sandbox.access_token_of(portal_id).expect("an account");
    let bearer = format!("Bearer {token}");
    let path = format!("{EVENTS}/{TEMPLATE}/{id}");
    let headers = [("Authorization", &*bearer)];
    let answer = send(sandbox, "GET", &path, &headers, b"").await;
    answer.expect("an answer").status
}

fn client(root: &Client, portal_id: u64) -> Client {
    let token = format!("refresh-{portal_id}");
    root.for_portal(portal_id, OAuth::new(CLIENT_ID, CLIENT_SECRET, token))
}

fn visit() -> [EventInput<'static>; 1] {
    [EventInput::new(TEMPLATE).email("ada@example.com")]
}

#[tokio::test]
async fn each_account_has_its_own_limit() {
    let sandbox = sandbox().await;
    for portal_id in [sandbox.portal_id(), 71, 72] {
        for (status, remaining) in [(201, "1"), (201, "0"), (429, "0")] {
            let answer = batch_of(&sandbox, portal_id, &[]).await;
            assert_eq!(
                (
                    answer.status,
                    answer.header("X-HubSpot-RateLimit-Remaining")
                ),
                (status, Some(remaining)),
                "{portal_id}"
            );
        }
    }
    let own: Vec<Option<u64>> = sandbox.seen().iter().map(|seen| seen.portal_id).collect();
    let id = Some(sandbox.portal_id());
    assert_eq!(own[..3], [id, id, id]);
    assert_eq!(
        own[3..],
        [Some(71), Some(71), Some(71), Some(72), Some(72), Some(72)]
    );
}

/// Each account has its own contact for an e-mail; all accounts share the ids.
#[tokio::test]
async fn each_account_has_its_own_records() {
    let sandbox = sandbox().await;
    assert_eq!(batch_of(&sandbox, 71, &[event("a")]).await.status, 201);
    assert_eq!(batch_of(&sandbox, 72, &[event("b")]).await.status, 201);
    let cookie = with(event("c"), &[("utk", json!("cookie"))]);
    assert_eq!(batch_of(&sandbox, 71, &[cookie]).await.status, 201);
    let same_cookie =
        json!({ "eventTemplateId": TEMPLATE, "id": "d", "utk": "cookie", "tokens": {} });
    assert_eq!(batch_of(&sandbox, 72, &[same_cookie]).await.status, 201);

    let stored = |id: &str| sandbox.event(TEMPLATE, id).expect(id);
    assert_eq!((stored("a").portal_id, stored("b").portal_id), (71, 72));
    assert_ne!(stored("a").object_id, stored("b").object_id);
    assert_eq!(stored("c").object_id, stored("a").object_id);
    assert_eq!(stored("d").object_id, None);
}

#[tokio::test]
async fn an_id_is_in_use_in_all_accounts_and_an_event_is_read_in_its_own() {
    let sandbox = sandbox().await;
    let by_id = with(
        event("a"),
        &[("email", Value::Null), ("objectId", json!("5"))],
    );
    assert_eq!(
        batch_of(&sandbox, 71, std::slice::from_ref(&by_id))
            .await
            .status,
        201
    );
    let answer = batch_of(&sandbox, 72, std::slice::from_ref(&by_id)).await;
    assert_eq!(
        (answer.status, &answer.json()["errors"][0]["message"]),
        (207, &json!("Event ID already in use"))
    );
    // The windows are full.
    sandbox.clock().sleep(Duration::from_secs(10)).await;
    // The record with the same id in another account is a different record.
    sandbox.set_rules(Rules::default().same_id(SameId::Updates));
    assert_eq!(
        batch_of(&sandbox, 72, std::slice::from_ref(&by_id))
            .await
            .status,
        207
    );
    assert_eq!(batch_of(&sandbox, 71, &[by_id]).await.status, 201);
    assert_eq!(
        (read(&sandbox, 71, "a").await, read(&sandbox, 72, "a").await),
        (200, 404)
    );
    assert_eq!(sandbox.events().len(), 1);
}

/// An app for many accounts, whose root client has no credentials: an account that ends does not affect the others, and its
/// reason is reported.
#[tokio::test]
async fn an_account_without_access_does_not_affect_others() {
    let sandbox = sandbox().await;
    sandbox.add_portal(73, "refresh-73");
    let root = Client::builder()
        .base_url(sandbox.base_url())
        .clock(sandbox.clock())
        .build()
        .expect("good settings");
    for portal_id in [71, 72, 73] {
        let sent = visit().send_batch(&client(&root, portal_id)).await;
        sent.expect("created");
    }
    assert!(sandbox.revoke(72) && sandbox.uninstall(73));
    for (portal_id, status) in [(71, 201), (72, 401), (73, 401)] {
        let answer = batch_of(&sandbox, portal_id, &[]).await;
        assert_eq!(answer.status, status, "{portal_id}");
    }
    for (portal_id, kind) in [
        (72, CredentialsErrorKind::BadRefreshToken),
        (73, CredentialsErrorKind::AppUninstalled),
    ] {
        let report = visit().send_batch(&client(&root, portal_id)).report().await;
        let Outcome::NotSent { reason, .. } = &report.outcomes()[0] else {
            panic!("{report}");
        };
        let NotSentReason::RefreshRefused(error) = reason else {
            panic!("{reason}");
        };
        assert_eq!(error.kind(), kind);
    }
    let sent = visit().send_batch(&client(&root, 71)).await;
    sent.expect("created");
    assert_eq!(sandbox.portals(), [71, 72, 73, sandbox.portal_id()]);

    // The app is installed again, with another refresh token.
    sandbox.add_portal(72, "refresh-72-again");
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, "refresh-72-again");
    let sent = visit().send_batch(&root.for_portal(72, oauth)).await;
    sent.expect("created");
    let events = sandbox.events();
    let portals: Vec<u64> = events.iter().map(|event| event.portal_id).collect();
    assert_eq!(portals, [71, 72, 73, 71, 72]);
}

#[tokio::test]
async fn an_outage_of_one_account_does_not_affect_others() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503).in_portal(72).forever());
    sandbox.inject(Fault::status(500).on(Route::Token).in_portal(71));
    for (portal_id, status) in [(71, 201), (72, 503), (71, 201), (72, 503)] {
        assert_eq!(batch_of(&sandbox, portal_id, &[]).await.status, status);
    }
    for (refresh_token, status) in [
        ("refresh-72", 200),
        ("refresh-71", 500),
        ("refresh-71", 200),
    ] {
        let form = format!(
            "grant_type=refresh_token&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&refresh_token={refresh_token}"
        );
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let answer = send(
            &sandbox,
            "POST",
            "/oauth/v3/token",
            &headers,
            form.as_bytes(),
        )
        .await;
        assert_eq!(answer.expect("an answer").status, status, "{refresh_token}");
    }
}

/// A refresh token opens one account.
#[tokio::test]
async fn a_refresh_token_that_is_given_twice_belongs_to_the_last_account() {
    let sandbox = sandbox().await;
    sandbox.add_portal(72, "refresh-71");
    assert_ne!(sandbox.refresh_token_of(71).as_deref(), Some("refresh-71"));
    assert_eq!(sandbox.refresh_token_of(72).as_deref(), Some("refresh-71"));
    assert_eq!(sandbox.refresh_token_of(73), None);
    assert_eq!(sandbox.access_token_of(73), None);
    let answer = send(
        &sandbox,
        "POST",
        BATCH,
        &[("Authorization", "Bearer other")],
        b"{}",
    )
    .await;
    assert_eq!(answer.expect("an answer").status, 401);
    assert_eq!(sandbox.seen()[0].portal_id, None);
}
