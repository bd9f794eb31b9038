//! Credentials.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use timeline_core::sandbox::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, DEVELOPER_KEY, REFRESH_TOKEN, Sandbox, TestClock,
};

use crate::http::{Answer, BATCH, send};

const TEMPLATES: &str = "/integrators/timeline/v3/7/event-templates";

fn form(parts: &[(&str, &str)]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parts.join("&")
}

fn refresh(token: &str) -> String {
    form(&[
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("refresh_token", token),
    ])
}

async fn token(sandbox: &Sandbox, path: &str, form: &str) -> Answer {
    let headers = [(
        "Content-Type",
        "application/x-www-form-urlencoded;charset=utf-8",
    )];
    send(sandbox, "POST", path, &headers, form.as_bytes())
        .await
        .expect("an answer")
}

/// The status and the category of an empty batch sent with this header.
async fn empty_batch(sandbox: &Sandbox, path: &str, authorization: &str) -> (u16, Value) {
    let mut headers = vec![("Content-Type", "application/json")];
    if !authorization.is_empty() {
        headers.push(("Authorization", authorization));
    }
    let answer = send(sandbox, "POST", path, &headers, br#"{"inputs":[]}"#)
        .await
        .expect("an answer");
    (answer.status, answer.json()["category"].clone())
}

#[tokio::test]
async fn a_refresh_token_gives_an_access_token_until_it_ends() {
    let clock = TestClock::new();
    let builder = Sandbox::builder()
        .clock(Arc::new(clock.clone()))
        .portal_id(123);
    let sandbox = builder.start().await.expect("a port");
    for path in ["/oauth/2026-03/token", "/oauth/v3/token", "/oauth/v1/token"] {
        let answer = token(&sandbox, path, &refresh(REFRESH_TOKEN)).await;
        assert_eq!(answer.status, 200, "{path}");
        let mut body = answer.json();
        let access = body["access_token"].take();
        assert_eq!(
            body,
            json!({
                "token_type": "bearer",
                "access_token": null,
                "refresh_token": REFRESH_TOKEN,
                "expires_in": 1800,
                "hub_id": 123,
                "scopes": ["oauth", "timeline", "developers-read", "developers-write"],
            })
        );
        let bearer = format!("Bearer {}", access.as_str().expect("a token"));
        assert_eq!(empty_batch(&sandbox, BATCH, &bearer).await.0, 201);
        clock.advance(Duration::from_millis(1_799_999));
        assert_eq!(empty_batch(&sandbox, BATCH, &bearer).await.0, 201);
        clock.advance(Duration::from_millis(1));
        assert_eq!(
            empty_batch(&sandbox, BATCH, &bearer).await,
            (401, json!("EXPIRED_AUTHENTICATION"))
        );
    }
    assert_eq!(sandbox.tokens_issued(), 3);
}

#[tokio::test]
async fn a_bad_request_for_a_token() {
    let sandbox = Sandbox::start().await.expect("a port");
    let wrong = |name: &str, value: &str| {
        let good = refresh(REFRESH_TOKEN);
        let pairs = good.split('&').map(|pair| {
            let (key, old) = pair.split_once('=').expect("a pair");
            (key, if key == name { value } else { old })
        });
        form(&pairs.collect::<Vec<_>>())
    };
    for (form, status, error) in [
        (
            wrong("refresh_token", "other"),
            "BAD_REFRESH_TOKEN",
            "invalid_grant",
        ),
        (wrong("client_id", ""), "BAD_CLIENT_ID", "invalid_client"),
        (
            wrong("client_secret", "other"),
            "BAD_CLIENT_SECRET",
            "invalid_client",
        ),
        (
            wrong("grant_type", "password"),
            "BAD_GRANT_TYPE",
            "unsupported_grant_type",
        ),
        (String::new(), "BAD_GRANT_TYPE", "unsupported_grant_type"),
    ] {
        let answer = token(&sandbox, "/oauth/v1/token", &form).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["status"], &body["error"]),
            (400, &json!(status), &json!(error)),
            "{form}"
        );
    }
    let headers = [("Content-Type", "application/json")];
    let answer = send(&sandbox, "POST", "/oauth/v1/token", &headers, b"{}")
        .await
        .expect("an answer");
    assert_eq!((answer.status, sandbox.tokens_issued()), (415, 0));
}

#[tokio::test]
async fn a_refresh_token_may_change_each_time() {
    let builder = Sandbox::builder()
        .rotate_refresh_token()
        .token_lifetime(Duration::from_secs(5));
    let sandbox = builder
        .oauth(CLIENT_ID, CLIENT_SECRET, "a b&c")
        .start()
        .await
        .expect("a port");
    let body = token(&sandbox, "/oauth/v3/token", &refresh("a+b%26c"))
        .await
        .json();
    assert_eq!(
        (&body["refresh_token"], &body["expires_in"]),
        (&json!(sandbox.refresh_token()), &json!(5))
    );
    assert_eq!(
        token(&sandbox, "/oauth/v3/token", &refresh("a+b%26c"))
            .await
            .status,
        400
    );
    let next = sandbox
        .refresh_token()
        .replace(' ', "+")
        .replace('&', "%26");
    assert_eq!(
        token(&sandbox, "/oauth/v3/token", &refresh(&next))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn what_opens_which_path() {
    let strict = Sandbox::start().await.expect("a port");
    let open = Sandbox::builder()
        .any_token()
        .start()
        .await
        .expect("a port");
    let own = format!("Bearer {ACCESS_TOKEN}");
    let good_key = format!("?hapikey={DEVELOPER_KEY}");
    let invalid = || Some(json!("INVALID_AUTHENTICATION"));
    for (query, authorization, events, templates, when_open) in [
        ("", &*own, None, None, (None, None)),
        ("", "bearer sandbox-access-token", None, None, (None, None)),
        ("", "", invalid(), invalid(), (invalid(), invalid())),
        ("", "Bearer ", invalid(), invalid(), (invalid(), invalid())),
        (
            "",
            "Basic sandbox-access-token",
            invalid(),
            invalid(),
            (invalid(), invalid()),
        ),
        ("", "Bearer other", invalid(), invalid(), (None, None)),
        (&*good_key, "", invalid(), None, (invalid(), None)),
        (
            "?hapikey=other",
            "",
            invalid(),
            invalid(),
            (invalid(), None),
        ),
        ("?hapikey=other", &*own, None, None, (None, None)),
        (
            "?hapikey=",
            "",
            invalid(),
            invalid(),
            (invalid(), invalid()),
        ),
    ] {
        for (sandbox, events, templates) in [
            (&strict, events, templates),
            (&open, when_open.0, when_open.1),
        ] {
            let got = empty_batch(sandbox, &format!("{BATCH}{query}"), authorization).await;
            assert_eq!(
                got,
                (
                    if events.is_some() { 401 } else { 201 },
                    events.unwrap_or_default()
                ),
                "{query} {authorization}"
            );
            let mut headers = Vec::new();
            if !authorization.is_empty() {
                headers.push(("Authorization", authorization));
            }
            let answer = send(
                sandbox,
                "GET",
                &format!("{TEMPLATES}{query}"),
                &headers,
                b"",
            )
            .await
            .expect("an answer");
            let got = (answer.status, answer.json()["category"].clone());
            assert_eq!(
                got,
                (
                    if templates.is_some() { 401 } else { 200 },
                    templates.unwrap_or_default()
                ),
                "{query} {authorization}"
            );
        }
    }
    for sandbox in [&strict, &open] {
        sandbox.expire_tokens();
        assert_eq!(
            empty_batch(sandbox, BATCH, &own).await,
            (401, json!("EXPIRED_AUTHENTICATION"))
        );
    }
}
