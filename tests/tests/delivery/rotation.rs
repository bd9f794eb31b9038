//! Refresh tokens that HubSpot changes: they are kept, handed over, and reported if they cannot be stored. And the
//! first refresh token of an account.

use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Fault, REFRESH_TOKEN, Route, Sandbox};
use timeline_core::{
    AuthorizationCode, Client, ClientBuilder, CredentialsErrorKind as Kind, NotSentReason, OAuth,
    Outcome, RateLimit, SendBatch, metrics,
};

use crate::{sandbox, start, visits, words};

fn oauth() -> OAuth {
    OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)
}

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder()
        .base_url(sandbox.base_url())
        .rate_limit(RateLimit::unlimited())
        .clock(sandbox.clock())
}

async fn rotating() -> Sandbox {
    start(Sandbox::builder().rotate_refresh_token()).await
}

/// Where refresh tokens are stored.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<Vec<String>>>);

impl Store {
    fn put(&self, token: &str) {
        self.0.lock().expect("sound").push(token.to_owned());
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("sound").clone()
    }

    fn function(&self) -> impl Fn(String) -> std::future::Ready<()> + Send + Sync + 'static {
        let store = self.clone();
        move |token| {
            store.put(&token);
            std::future::ready(())
        }
    }
}

#[tokio::test]
async fn a_token_that_stays_the_same_is_not_handed_over() {
    let sandbox = sandbox().await;
    let store = Store::default();
    let oauth = oauth().on_refresh(store.function());
    let client = builder(&sandbox).oauth(oauth).build();
    let client = client.expect("good settings");
    for refreshes in 1..4 {
        visits(2).send_batch(&client).await.expect("created");
        assert_eq!(sandbox.tokens_issued(), refreshes);
        sandbox.expire_tokens();
    }
    assert_eq!(store.all(), [""; 0]);
}

/// A token that lives for less than two minutes is refreshed after half of its life.
#[tokio::test]
async fn half_of_a_short_life() {
    for (lifetime, fresh) in [(60, 30), (100, 50), (120, 60), (300, 240), (4, 2)] {
        let clock = timeline_core::TestClock::new();
        let lifetime = Duration::from_secs(lifetime);
        let sandbox = Sandbox::builder().clock(Arc::new(clock.clone()));
        let sandbox = sandbox.token_lifetime(lifetime).start().await;
        let sandbox = sandbox.expect("a free port");
        sandbox.register::<crate::Visit>();
        let client = builder(&sandbox).oauth(oauth()).build();
        let client = client.expect("good settings");
        visits(1).send_batch(&client).await.expect("created");
        let millisecond = Duration::from_millis(1);
        clock.advance(Duration::from_secs(fresh) - millisecond);
        visits(1).send_batch(&client).await.expect("created");
        assert_eq!(sandbox.tokens_issued(), 1, "{lifetime:?}");
        clock.advance(2 * millisecond);
        visits(1).send_batch(&client).await.expect("created");
        assert_eq!(sandbox.tokens_issued(), 2, "{lifetime:?}");
        let refused = |request: &timeline_core::sandbox::SeenRequest| request.status == Some(401);
        assert!(!sandbox.seen().iter().any(refused), "{lifetime:?}");
    }
}

/// From then on HubSpot takes only the new refresh token, even if the answer is another account's.
#[tokio::test]
async fn it_is_kept_if_the_answer_is_another_accounts() {
    let sandbox = rotating().await;
    let store = Store::default();
    let root = builder(&sandbox).build().expect("no credentials needed");
    let oauth = oauth().on_refresh(store.function());
    let other = root.for_portal(7, oauth);
    let found = sandbox.portal_id();
    for refreshes in 1..4 {
        let report = visits(250).send_batch(&other).report().await;
        for outcome in report.outcomes() {
            let Outcome::NotSent { reason, .. } = outcome else {
                panic!("{outcome:?}");
            };
            assert_eq!(reason, &NotSentReason::OtherPortal { found });
        }
        assert_eq!(store.all().len(), refreshes);
        assert_eq!(store.all().last(), Some(&sandbox.refresh_token()));
    }
    assert_eq!(sandbox.event_count(), 0);
}

#[tokio::test]
async fn it_is_kept_if_the_access_token_is_none() {
    let sandbox = sandbox().await;
    let store = Store::default();
    let oauth = oauth().on_refresh(store.function());
    let client = builder(&sandbox).oauth(oauth).build();
    let client = client.expect("good settings");
    let answer = |access_token: &str, refresh_token: &str| {
        let body =
            format!(r#"{{{access_token}"refresh_token":"{refresh_token}","expires_in":1800}}"#);
        Fault::status(200).body(body).on(Route::Token)
    };
    // An access token with a line break ends the call; an answer without one is a temporary failure of the endpoint.
    sandbox.inject(answer(r#""access_token":"abc\n","#, "first"));
    let report = visits(2).send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*2");
    let Outcome::NotSent {
        reason: NotSentReason::NoAccessToken(error),
        ..
    } = &report.outcomes()[1]
    else {
        panic!("{report:?}");
    };
    assert_eq!(error.kind(), Kind::Malformed);
    assert_eq!(store.all(), ["first"]);

    sandbox.inject(answer("", "second"));
    let report = visits(2).send_batch(&client).report().await;
    let Outcome::NotSent {
        reason: NotSentReason::RefreshRefused(error),
        ..
    } = &report.outcomes()[1]
    else {
        panic!("{report:?}");
    };
    // The refresh token was used: the sandbox does not know it.
    assert_eq!(error.kind(), Kind::BadRefreshToken);
    assert_eq!(store.all(), ["first", "second"]);
}

/// Clients for one account come from many places, and not all of them bring a function.
#[tokio::test]
async fn a_second_client_brings_the_function() {
    let sandbox = rotating().await;
    let store = Store::default();
    let root = builder(&sandbox).build().expect("no credentials needed");
    let portal = sandbox.portal_id();
    let first = root.for_portal(portal, oauth());
    visits(2).send_batch(&first).await.expect("created");
    let rotated = sandbox.refresh_token();
    assert_ne!(rotated, REFRESH_TOKEN);

    // The refresh token that was given before is handed over, without another refresh.
    let second = root.for_portal(portal, oauth().on_refresh(store.function()));
    visits(2).send_batch(&second).await.expect("created");
    assert_eq!(store.all(), [rotated]);
    assert_eq!(sandbox.tokens_issued(), 1);

    // This function stays, for both clients; a third client's is not used.
    let third = Store::default();
    let third_client = root.for_portal(portal, oauth().on_refresh(third.function()));
    for client in [&first, &second, &third_client] {
        sandbox.expire_tokens();
        visits(2).send_batch(client).await.expect("created");
    }
    assert_eq!(store.all().len(), 4);
    assert_eq!(store.all().last(), Some(&sandbox.refresh_token()));
    assert_eq!(third.all(), [""; 0]);
}

/// A program may have read a refresh token from its database before the next one was stored there.
#[tokio::test]
async fn a_token_that_was_replaced_takes_no_ones_place() {
    let sandbox = rotating().await;
    let store = Store::default();
    let root = builder(&sandbox).build().expect("no credentials needed");
    let portal = sandbox.portal_id();
    let of = |token: &str| {
        let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, token);
        root.for_portal(portal, oauth.on_refresh(store.function()))
    };
    let client = of(REFRESH_TOKEN);
    for _ in 0..4 {
        visits(2).send_batch(&client).await.expect("created");
        sandbox.expire_tokens();
    }
    for late in [&[REFRESH_TOKEN.to_owned()], &store.all()[..]].concat() {
        visits(2).send_batch(&of(&late)).await.expect("created");
        visits(2).send_batch(&client).await.expect("created");
        sandbox.expire_tokens();
    }
    assert_eq!(store.all().last(), Some(&sandbox.refresh_token()));
}

/// The account has installed the app again. HubSpot may give the refresh token of the first time, and the program has a
/// record of its own for the new installation.
#[tokio::test]
async fn after_a_refusal_everything_is_taken_anew() {
    for again in ["a-new-one", REFRESH_TOKEN, "the one in use"] {
        let sandbox = rotating().await;
        let (first, second) = (Store::default(), Store::default());
        let root = builder(&sandbox).build().expect("no credentials needed");
        let portal = sandbox.portal_id();
        let of = |token: &str, store: &Store| {
            let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, token);
            root.for_portal(portal, oauth.on_refresh(store.function()))
        };
        let client = of(REFRESH_TOKEN, &first);
        visits(2).send_batch(&client).await.expect("created");
        let in_use = sandbox.refresh_token();
        sandbox.uninstall(portal);
        let report = visits(2).send_batch(&client).report().await;
        assert_eq!(words(report.outcomes()), "not-sent*2");

        let again = match again {
            "the one in use" => in_use.clone(),
            other => other.to_owned(),
        };
        sandbox.add_portal(portal, again.clone());
        visits(2)
            .send_batch(&of(&again, &second))
            .await
            .expect("created");
        assert_eq!(first.all(), [in_use]);
        assert_eq!(second.all(), [sandbox.refresh_token()]);
    }
}

/// The app's own mistake says nothing of the account, so the token in use stays, although it is stored nowhere.
#[tokio::test]
async fn another_refusal_is_no_new_start() {
    let sandbox = rotating().await;
    let root = builder(&sandbox).build().expect("no credentials needed");
    let portal = sandbox.portal_id();
    let client = root.for_portal(portal, oauth());
    visits(2).send_batch(&client).await.expect("created");
    drop(client);
    sandbox.expire_tokens();
    let body = r#"{"status":"BAD_CLIENT_SECRET","message":"no"}"#;
    sandbox.inject(Fault::status(400).body(body).on(Route::Token));
    let report = visits(2).send_batch(&root.for_portal(portal, oauth()));
    assert_eq!(words(report.report().await.outcomes()), "not-sent*2");
    let again = root.for_portal(portal, oauth());
    visits(2).send_batch(&again).await.expect("created");
}

/// A refusal that passes is no new start either, as long as the token in use is in memory alone: the program has none but
/// older ones, which HubSpot takes no more.
#[tokio::test]
async fn a_passing_refusal_loses_no_token_that_is_not_stored() {
    let sandbox = rotating().await;
    let root = builder(&sandbox).build().expect("no credentials needed");
    let portal = sandbox.portal_id();
    let fails = |_| std::future::ready(Err::<(), _>("the database is down"));
    let of = || root.for_portal(portal, oauth().on_refresh(fails));
    visits(2).send_batch(&of()).await.expect("created");
    let body = r#"{"status":"error","category":"MISSING_SCOPES","correlationId":"c"}"#;
    for refusals in 1..3 {
        sandbox.expire_tokens();
        sandbox.inject(Fault::status(403).body(body).on(Route::Token));
        let report = visits(2).send_batch(&of()).report().await;
        assert_eq!(words(report.outcomes()), "not-sent*2", "{refusals}");
        visits(2).send_batch(&of()).await.expect("created");
    }
}

/// Another process has stored a newer token. A task that has read the database before that brings the account back to no
/// older one.
#[tokio::test]
async fn a_token_of_another_process_makes_no_older_one_new() {
    let sandbox = rotating().await;
    let process = || builder(&sandbox).build().expect("no credentials needed");
    let (root, other_process) = (process(), process());
    let portal = sandbox.portal_id();
    let database = Store::default();
    database.put(REFRESH_TOKEN);
    let read = || database.all().pop().expect("a token");
    let of = |root: &Client, token: &str| {
        let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, token);
        root.for_portal(portal, oauth.on_refresh(database.function()))
    };
    let late = [read(), {
        of(&root, &read())
            .send(&visits(1)[0])
            .await
            .expect("created");
        read()
    }];
    for client in [&other_process, &root] {
        sandbox.expire_tokens();
        of(client, &read())
            .send(&visits(1)[0])
            .await
            .expect("created");
    }
    for token in late {
        let client = of(&root, &token);
        visits(2).send_batch(&client).await.expect("created");
    }
}

/// What an account brings after a refusal comes before what it had, and the rest of that stays.
#[tokio::test]
async fn a_new_start_keeps_the_functions_that_it_does_not_bring() {
    let sandbox = rotating().await;
    let root = builder(&sandbox).build().expect("no credentials needed");
    let (portal, store) = (sandbox.portal_id(), Store::default());
    let client = root.for_portal(portal, oauth().on_refresh(store.function()));
    visits(2).send_batch(&client).await.expect("created");
    sandbox.expire_tokens();
    let body = r#"{"status":"BAD_REFRESH_TOKEN","message":"for a moment"}"#;
    sandbox.inject(Fault::status(400).body(body).on(Route::Token));
    let report = visits(2).send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*2");
    let again = OAuth::new(CLIENT_ID, CLIENT_SECRET, sandbox.refresh_token());
    let again = root.for_portal(portal, again.on_store_failed(|_| {}));
    for _ in 0..2 {
        visits(2).send_batch(&again).await.expect("created");
        sandbox.expire_tokens();
    }
    assert_eq!(store.all().pop(), Some(sandbox.refresh_token()));
}

/// A refresh token that cannot be stored is used all the same, and the failure is reported.
#[tokio::test]
async fn a_token_that_cannot_be_stored() {
    let sandbox = rotating().await;
    let (tries, counted) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (store, told) = (Store::default(), Store::default());
    let (stores, tells, counts) = (store.clone(), told.clone(), Arc::clone(&counted));
    let oauth = oauth()
        .on_refresh(move |token| {
            let (store, time) = (stores.clone(), tries.fetch_add(1, Ordering::SeqCst));
            async move {
                match time {
                    0 => return Err(io::Error::other("the disk is full")),
                    1 => panic!("no database"),
                    2 => std::future::pending().await,
                    _ => {}
                }
                store.put(&token);
                Ok(())
            }
        })
        .on_store_failed(move |error| {
            assert_eq!(error.portal_id(), Some(62515));
            let source = error.source().expect("the function's own").to_string();
            let shown = format!("{error} {error:?} {source}");
            assert!(!shown.contains(error.refresh_token()), "{shown}");
            assert_eq!(
                error.to_string(),
                "the new refresh token of account 62515 could not be stored: after a restart the account would be lost"
            );
            tells.put(&format!("{} {source}", error.refresh_token()));
        });
    let client = builder(&sandbox)
        .oauth(oauth)
        .timeout(Duration::from_millis(300))
        .metrics(move |name: &'static str, by: u64| {
            if name == metrics::TOKEN_STORE_FAILURES {
                counts.fetch_add(usize::try_from(by).expect("few"), Ordering::SeqCst);
            }
        })
        .build()
        .expect("good settings");
    let mut tokens = Vec::new();
    for failures in 1..4 {
        visits(2).send_batch(&client).await.expect("created");
        tokens.push(sandbox.refresh_token());
        assert_eq!(counted.load(Ordering::SeqCst), failures);
        sandbox.expire_tokens();
    }
    let says = [
        "the disk is full",
        "`on_refresh` panicked",
        "`on_refresh` did not end within the time for an attempt",
    ];
    let expected: Vec<String> = tokens
        .iter()
        .zip(says)
        .map(|(token, says)| format!("{token} {says}"))
        .collect();
    assert_eq!(told.all(), expected);
    visits(2).send_batch(&client).await.expect("created");
    assert_eq!(store.all(), [sandbox.refresh_token()]);
    assert_eq!(counted.load(Ordering::SeqCst), 3);
}

/// HubSpot gives the same refresh token again, and it is not stored yet.
#[tokio::test]
async fn a_token_that_was_not_stored_is_handed_over_again() {
    let sandbox = start(Sandbox::builder().any_token()).await;
    for number in 0..3 {
        let body = format!(
            r#"{{"access_token":"access-{number}","refresh_token":"sandbox-refresh-token-2"}}"#
        );
        sandbox.inject(Fault::status(200).body(body).on(Route::Token));
    }
    let (store, tries) = (Store::default(), AtomicUsize::new(0));
    let stores = store.clone();
    let oauth = oauth().on_refresh(move |token| {
        let fails = tries.fetch_add(1, Ordering::SeqCst) == 0;
        if !fails {
            stores.put(&token);
        }
        std::future::ready(if fails { Err("not now") } else { Ok(()) })
    });
    let client = builder(&sandbox).oauth(oauth).build();
    let client = client.expect("good settings");
    // The second call, and then the third, are answered with 401, and the token is refreshed.
    for (refused, stored) in [(false, 0), (true, 1), (true, 1)] {
        if refused {
            sandbox.inject(Fault::status(401));
        }
        visits(2).send_batch(&client).await.expect("created");
        assert_eq!(store.all().len(), stored);
    }
    assert_eq!(store.all(), ["sandbox-refresh-token-2"]);
}

#[tokio::test]
async fn the_first_token_comes_for_an_authorization_code() {
    let sandbox = sandbox().await;
    sandbox.add_portal(71, "refresh-71");
    let root = builder(&sandbox).build().expect("no credentials needed");
    let code = sandbox.authorization_code(71);
    let given = AuthorizationCode {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        code: &code,
        redirect_uri: "https://app.example.com/installed",
    };
    let shown = format!("{given:?}");
    assert!(
        !shown.contains(&code) && !shown.contains(CLIENT_SECRET),
        "{shown}"
    );

    let authorization = root.exchange_code(given).await.expect("tokens");
    assert_eq!(authorization.portal_id(), Some(71));
    assert_eq!(
        Some(authorization.refresh_token()),
        sandbox.refresh_token_of(71).as_deref()
    );
    assert!(
        authorization
            .scopes()
            .iter()
            .any(|scope| scope == "timeline")
    );
    assert_eq!(authorization.expires_in(), Some(Duration::from_secs(1800)));
    let shown = format!("{authorization:?} {authorization:#?}");
    assert!(
        shown.contains("71") && shown.contains("timeline"),
        "{shown}"
    );
    for secret in [authorization.refresh_token(), authorization.access_token()] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let first = timeline_core::Credentials::access_token(authorization.access_token());
    let by_first = root.for_portal(71, first);
    visits(2).send_batch(&by_first).await.expect("created");
    let client = root.for_portal(71, authorization.oauth());
    visits(3).send_batch(&client).await.expect("created");

    // A code works once; it is asked for once, too.
    let requests = sandbox.requests();
    let secret = AuthorizationCode {
        client_secret: "other",
        ..given
    };
    let id = AuthorizationCode {
        client_id: "other",
        ..given
    };
    let newline = AuthorizationCode {
        client_secret: "other\n",
        ..given
    };
    for (given, kind) in [
        (given, Kind::BadAuthorizationCode),
        (secret, Kind::WrongClientSecret),
        (id, Kind::WrongClientId),
        (newline, Kind::Malformed),
    ] {
        let error = root.exchange_code(given).await.expect_err("refused");
        assert_eq!(error.kind(), kind, "{error}");
    }
    assert_eq!(sandbox.requests(), requests + 3);
    sandbox.inject(Fault::status(503).on(Route::Token));
    let error = root.exchange_code(given).await.expect_err("an outage");
    assert_eq!(
        (error.kind(), error.status()),
        (Kind::EndpointFailed, Some(503))
    );
    assert_eq!(sandbox.requests(), requests + 4);
}

/// The same without an async runtime.
#[test]
fn the_first_token_comes_to_a_blocking_client() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let sandbox = runtime.expect("a runtime").block_on(sandbox());
    let root = builder(&sandbox).build().expect("no credentials needed");
    let root = timeline_core::blocking::Client::new(root).expect("a thread");
    let code = sandbox.authorization_code(sandbox.portal_id());
    let authorization = root.exchange_code(AuthorizationCode {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        code: &code,
        redirect_uri: "https://app.example.com/installed",
    });
    let authorization = authorization.expect("tokens");
    let client = root.for_portal(sandbox.portal_id(), authorization.oauth());
    client.send(&crate::order("a")).expect("created");
}
