//! The token endpoint, and which credentials open which path.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use timeline_core::sandbox::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, DEVELOPER_KEY, Fault, REFRESH_TOKEN, Sandbox, TestClock,
};

use crate::http::{Answer, BATCH, batch, call, send};

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

fn exchange(code: &str) -> String {
    form(&[
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("redirect_uri", "https://example.com/installed"),
        ("code", code),
    ])
}

/// The form with another value for one of its keys.
fn wrong(good: &str, name: &str, value: &str) -> String {
    let pairs = good.split('&').map(|pair| {
        let (key, old) = pair.split_once('=').expect("a pair");
        (key, if key == name { value } else { old })
    });
    form(&pairs.collect::<Vec<_>>())
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
    for path in [
        "/oauth/2026-09/token",
        "/oauth/2026-03/token",
        "/oauth/v3/token",
        "/oauth/v1/token",
    ] {
        let answer = token(&sandbox, path, &refresh(REFRESH_TOKEN)).await;
        assert_eq!(answer.status, 200, "{path}");
        let mut body = answer.json();
        let access = body["access_token"].take();
        assert_eq!(
            body,
            json!({
                "token_type": "bearer",
                "token_use": "access_token",
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
    assert_eq!(sandbox.tokens_issued(), 4);
}

/// Each refusal has its own status, message and correlation id, and OAuth's word in `error`.
#[tokio::test]
async fn a_bad_request_for_a_token() {
    let sandbox = Sandbox::start().await.expect("a port");
    sandbox.add_portal(8, "of-eight");
    sandbox.add_portal(9, "of-nine");
    assert!(sandbox.revoke(8) && sandbox.uninstall(9));
    let code = || sandbox.authorization_code(7);
    let used = code();
    assert_eq!(
        token(&sandbox, "/oauth/v3/token", &exchange(&used))
            .await
            .status,
        200
    );
    for (form, status, word, error) in [
        (
            wrong(&refresh(REFRESH_TOKEN), "refresh_token", "other"),
            400,
            "BAD_REFRESH_TOKEN",
            "invalid_grant",
        ),
        (
            refresh("of-eight"),
            400,
            "BAD_REFRESH_TOKEN",
            "invalid_grant",
        ),
        (refresh("of-nine"), 403, "BAD_HUB", "access_denied"),
        (exchange("other"), 400, "BAD_AUTH_CODE", "invalid_grant"),
        (exchange(&used), 400, "BAD_AUTH_CODE", "invalid_grant"),
        (
            wrong(&exchange(&code()), "redirect_uri", ""),
            400,
            "BAD_REDIRECT_URI",
            "invalid_grant",
        ),
        (
            wrong(&refresh(REFRESH_TOKEN), "client_id", ""),
            400,
            "BAD_CLIENT_ID",
            "invalid_client",
        ),
        // The secret is checked before the token and the code.
        (
            wrong(&refresh("other"), "client_secret", "other"),
            400,
            "BAD_CLIENT_SECRET",
            "invalid_client",
        ),
        (
            wrong(&exchange("other"), "client_secret", "other"),
            400,
            "BAD_CLIENT_SECRET",
            "invalid_client",
        ),
        (
            wrong(&refresh(REFRESH_TOKEN), "grant_type", "password"),
            400,
            "BAD_GRANT_TYPE",
            "unsupported_grant_type",
        ),
        (
            String::new(),
            400,
            "BAD_GRANT_TYPE",
            "unsupported_grant_type",
        ),
    ] {
        let answer = token(&sandbox, "/oauth/2026-03/token", &form).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["status"], &body["error"]),
            (status, &json!(word), &json!(error)),
            "{form}"
        );
        for key in ["message", "correlationId", "category"] {
            assert!(body[key].is_string(), "{key}: {form}");
        }
    }
    let headers = [("Content-Type", "application/json")];
    let answer = send(&sandbox, "POST", "/oauth/v1/token", &headers, b"{}")
        .await
        .expect("an answer");
    assert_eq!((answer.status, sandbox.tokens_issued()), (415, 1));
}

#[tokio::test]
async fn a_code_installs_the_app() {
    let sandbox = Sandbox::start().await.expect("a port");
    for (installed, what) in [(false, "at first"), (true, "after a revocation")] {
        assert_eq!(sandbox.portals().contains(&7), installed);
        let code = sandbox.authorization_code(7);
        let body = token(&sandbox, "/oauth/2026-09/token", &exchange(&code))
            .await
            .json();
        assert_eq!(body["hub_id"], 7, "{what}");
        let refreshed = sandbox.refresh_token_of(7).expect("installed");
        assert_eq!(body["refresh_token"], json!(refreshed), "{what}");
        let bearer = format!("Bearer {}", body["access_token"].as_str().expect("a token"));
        assert_eq!(empty_batch(&sandbox, BATCH, &bearer).await.0, 201, "{what}");
        let again = token(&sandbox, "/oauth/v3/token", &refresh(&refreshed)).await;
        assert_eq!((again.status, &again.json()["hub_id"]), (200, &json!(7)));

        assert!(sandbox.revoke(7));
        assert_eq!(
            empty_batch(&sandbox, BATCH, &bearer).await,
            (401, json!("INVALID_AUTHENTICATION"))
        );
        let again = token(&sandbox, "/oauth/v3/token", &refresh(&refreshed)).await;
        assert_eq!(again.status, 400, "{what}");
    }
    assert!(!sandbox.revoke(8) && !sandbox.uninstall(8));
}

#[tokio::test]
async fn tokens_are_described_and_revoked() {
    let clock = TestClock::new();
    let sandbox = Sandbox::builder()
        .clock(Arc::new(clock.clone()))
        .start()
        .await
        .expect("a port");
    let about = |token: &str| {
        form(&[
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("token", token),
        ])
    };
    let granted = token(&sandbox, "/oauth/v3/token", &refresh(REFRESH_TOKEN)).await;
    let access = granted.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    for version in ["2026-09", "2026-03", "v3"] {
        let path = format!("/oauth/{version}/token/introspect");
        for (secret, told) in [
            (
                &*access,
                json!({ "active": true, "token_use": "access_token", "expires_in": 1800 }),
            ),
            (
                REFRESH_TOKEN,
                json!({ "active": true, "token_use": "refresh_token", "expires_in": null }),
            ),
            (
                "other",
                json!({ "active": false, "token_use": null, "expires_in": null }),
            ),
        ] {
            let answer = token(&sandbox, &path, &about(secret)).await;
            let body = answer.json();
            assert_eq!(answer.status, 200, "{secret}");
            for (key, value) in told.as_object().expect("an object") {
                assert_eq!(&body[key], value, "{key} of {secret}");
            }
            if body["active"] == true {
                assert_eq!(
                    (&body["hub_id"], &body["token"], &body["client_id"]),
                    (
                        &json!(sandbox.portal_id()),
                        &json!(secret),
                        &json!(CLIENT_ID)
                    )
                );
            }
        }
        let answer = token(
            &sandbox,
            &path,
            &wrong(&about(&access), "client_secret", "x"),
        )
        .await;
        assert_eq!(answer.json()["status"], "BAD_CLIENT_SECRET");
        let answer = token(&sandbox, &path, &about("")).await;
        assert_eq!(answer.status, 400);
    }

    // Version 1 has the token in the path.
    let of = |kind: &str, secret: &str| format!("/oauth/v1/{kind}-tokens/{secret}");
    for (method, path, status, kind) in [
        ("GET", of("access", &access), 200, json!("access")),
        ("GET", of("refresh", REFRESH_TOKEN), 200, json!("refresh")),
        ("GET", of("access", REFRESH_TOKEN), 404, Value::Null),
        ("GET", of("refresh", &access), 404, Value::Null),
        ("GET", of("access", "other"), 404, Value::Null),
        ("DELETE", of("refresh", "other"), 404, Value::Null),
    ] {
        let answer = call(&sandbox, method, &path, &Value::Null).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["token_type"]),
            (status, &kind),
            "{path}"
        );
        if status == 200 {
            assert_eq!(body["hub_id"], json!(sandbox.portal_id()));
        }
    }

    // First one access token, then all tokens of the account.
    let bearer = format!("Bearer {access}");
    let own = format!("Bearer {ACCESS_TOKEN}");
    for (secret, access_status, own_status) in [(&*access, 401, 201), (REFRESH_TOKEN, 401, 401)] {
        let answer = token(&sandbox, "/oauth/2026-03/token/revoke", &about(secret)).await;
        assert_eq!(answer.status, 200);
        let (first, second) = (
            empty_batch(&sandbox, BATCH, &bearer).await.0,
            empty_batch(&sandbox, BATCH, &own).await.0,
        );
        assert_eq!((first, second), (access_status, own_status), "{secret}");
        let told = token(&sandbox, "/oauth/v3/token/introspect", &about(secret)).await;
        assert_eq!(told.json(), json!({ "active": false }), "{secret}");
    }
    let refused = token(&sandbox, "/oauth/v3/token", &refresh(REFRESH_TOKEN)).await;
    assert_eq!(refused.json()["status"], "BAD_REFRESH_TOKEN");

    sandbox.add_portal(7, "of-seven");
    let granted = token(&sandbox, "/oauth/v3/token", &refresh("of-seven")).await;
    let access = granted.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    for (wait, left) in [(0, json!(1800)), (1799, json!(1)), (1, Value::Null)] {
        clock.advance(Duration::from_secs(wait));
        let told = token(&sandbox, "/oauth/v3/token/introspect", &about(&access)).await;
        assert_eq!(told.json()["expires_in"], left);
    }
    let gone = call(&sandbox, "DELETE", &of("refresh", "of-seven"), &Value::Null).await;
    let refused = token(&sandbox, "/oauth/v3/token", &refresh("of-seven")).await;
    assert_eq!((gone.status, refused.status), (204, 400));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let named = |answer: &Answer| {
        let body = answer.json();
        (
            answer.status,
            body["category"].clone(),
            body["errors"][0]["context"]["requiredGranularScopes"].clone(),
        )
    };
    let missing = |scopes: &[&str]| (403, json!("MISSING_SCOPES"), json!(scopes));
    let narrow = Sandbox::builder().scopes(["oauth", "developers-read"]);
    let narrow = narrow.start().await.expect("a port");
    let create = json!({ "name": "n", "objectType": "contacts", "tokens": [] });
    assert_eq!(named(&batch(&narrow, &[]).await), missing(&["timeline"]));
    assert_eq!(
        call(&narrow, "GET", TEMPLATES, &Value::Null).await.status,
        200
    );
    assert_eq!(
        named(&call(&narrow, "POST", TEMPLATES, &create).await),
        missing(&["developers-write"])
    );
    let body = token(&narrow, "/oauth/v3/token", &refresh(REFRESH_TOKEN)).await;
    assert_eq!(body.json()["scopes"], json!(["oauth", "developers-read"]));

    let sandbox = crate::sandbox().await;
    sandbox.inject(Fault::missing_scopes([
        "timeline",
        "crm.objects.contacts.write",
    ]));
    sandbox.inject(Fault::status(403));
    let both = ["timeline", "crm.objects.contacts.write"];
    assert_eq!(
        named(&batch(&sandbox, &[crate::event("a")]).await),
        missing(&both)
    );
    assert_eq!(
        named(&batch(&sandbox, &[crate::event("a")]).await),
        missing(&["timeline"])
    );
    assert_eq!(sandbox.event_count(), 0);
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
    let expired = || Some(json!("EXPIRED_AUTHENTICATION"));
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
        // Observed at HubSpot: an unreadable token gets the same answer as an expired one.
        ("", "Bearer other", expired(), expired(), (None, None)),
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
