//! Access tokens: given, refreshed, provided.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use timeline_core::sandbox::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, Fault, REFRESH_TOKEN, Route, Sandbox,
};
use timeline_core::{
    Client, ClientBuilder, CredentialsErrorKind as Kind, NotSentReason, OAuth, Outcome, RateLimit,
    SendBatch,
};

use crate::{sandbox, start, visits, words};

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder()
        .base_url(sandbox.base_url())
        .rate_limit(RateLimit::unlimited())
        .clock(sandbox.clock())
}

fn oauth() -> OAuth {
    OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)
}

fn reason(outcome: &Outcome) -> &NotSentReason {
    match outcome {
        Outcome::NotSent { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// What the token endpoint refused.
fn refused(outcome: &Outcome) -> Option<Kind> {
    match reason(outcome) {
        NotSentReason::RefreshRefused(error) => Some(error.kind()),
        _ => None,
    }
}

#[tokio::test]
async fn a_given_token_that_is_refused_ends_the_call() {
    let sandbox = sandbox().await;
    let client = builder(&sandbox)
        .access_token("wrong")
        .concurrency(1)
        .build()
        .expect("good settings");
    let report = visits(250).send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*250");
    assert_eq!(
        reason(&report.outcomes()[249]),
        &NotSentReason::Unauthorized
    );
    assert_eq!(report.requests(), 1);
}

#[tokio::test]
async fn tokens_are_refreshed_once_for_all_that_wait() {
    let sandbox = sandbox().await;
    let client = builder(&sandbox)
        .oauth(oauth())
        .build()
        .expect("good settings");
    visits(800).send_batch(&client).await.expect("all created");
    assert_eq!(sandbox.tokens_issued(), 1);

    // All eight requests are answered with 401.
    sandbox.expire_tokens();
    visits(800).send_batch(&client).await.expect("all created");
    assert_eq!(sandbox.tokens_issued(), 2);
}

#[tokio::test]
async fn tokens_are_refreshed_before_they_run_out() {
    let clock = timeline_core::TestClock::new();
    let sandbox = Sandbox::builder()
        .clock(Arc::new(clock.clone()))
        .start()
        .await
        .expect("a free port");
    sandbox.register::<crate::Visit>();
    let client = builder(&sandbox)
        .oauth(oauth())
        .build()
        .expect("good settings");
    // Access tokens last for half an hour.
    for (seconds, issued) in [(0, 1), (28 * 60, 1), (90, 2)] {
        clock.advance(Duration::from_secs(seconds));
        visits(1).send_batch(&client).await.expect("created");
        assert_eq!(
            sandbox.tokens_issued(),
            issued,
            "after {seconds} more seconds"
        );
    }
    assert!(
        sandbox
            .seen()
            .iter()
            .all(|request| request.status != Some(401))
    );
}

#[tokio::test]
async fn a_new_refresh_token_is_handed_over_before_it_is_used() {
    let sandbox = start(Sandbox::builder().rotate_refresh_token()).await;
    let stored = Arc::new(Mutex::new(Vec::new()));
    let store = {
        let stored = Arc::clone(&stored);
        move |token: String| {
            let stored = Arc::clone(&stored);
            async move { stored.lock().expect("not poisoned").push(token) }
        }
    };
    let client = builder(&sandbox)
        .oauth(oauth().on_refresh(store))
        .build()
        .expect("good settings");
    visits(1).send_batch(&client).await.expect("created");
    assert_eq!(
        *stored.lock().expect("not poisoned"),
        [sandbox.refresh_token()]
    );
    sandbox.expire_tokens();
    visits(1).send_batch(&client).await.expect("created");
    assert_eq!(stored.lock().expect("not poisoned").len(), 2);
}

/// The new refresh token was handed over, and the old one is used up.
#[tokio::test]
async fn a_new_refresh_token_is_used_even_if_its_store_panics() {
    let sandbox = start(Sandbox::builder().rotate_refresh_token()).await;
    let oauth = oauth().on_refresh(|_| async { panic!("no database") });
    let client = builder(&sandbox).oauth(oauth).build();
    let client = client.expect("good settings");
    for refreshes in 1..4 {
        visits(1).send_batch(&client).await.expect("created");
        assert_eq!(sandbox.tokens_issued(), refreshes);
        sandbox.expire_tokens();
    }
}

/// The caller has given up, and no other call asks for the token before the refresh's time limit is over.
#[tokio::test]
async fn a_refresh_is_finished_without_the_call_that_began_it() {
    let sandbox = Sandbox::builder().rotate_refresh_token().start().await;
    let sandbox = sandbox.expect("a free port");
    sandbox.register::<crate::Visit>();
    let limit = Duration::from_millis(300);
    sandbox.inject(Fault::slow(limit / 3).on(Route::Token));
    let client = builder(&sandbox).oauth(oauth()).timeout(limit).build();
    let client = client.expect("good settings");
    let given_up = tokio::time::timeout(limit / 6, visits(1).send_batch(&client)).await;
    assert!(given_up.is_err());
    tokio::time::sleep(limit * 2).await;
    visits(1).send_batch(&client).await.expect("created");
    assert_eq!(sandbox.tokens_issued(), 1);
}

/// If a refresh fails that no call waits for, the reason is not reported a day later.
#[tokio::test]
async fn an_old_failure_is_forgotten() {
    let sandbox = sandbox().await;
    let fault = Fault::status(503).header("Retry-After", "600");
    sandbox.inject(fault.on(Route::Token));
    let client = builder(&sandbox).oauth(oauth()).build();
    let client = client.expect("good settings");
    let mut sending = visits(1).send_batch(&client);
    while sandbox.requests() == 0 {
        assert!(futures_util::FutureExt::now_or_never(&mut sending).is_none());
        tokio::task::yield_now().await;
    }
    drop(sending);
    sandbox.clock().sleep(Duration::from_secs(86_400)).await;
    visits(1).send_batch(&client).await.expect("created");
}

#[tokio::test]
async fn a_refused_refresh_token_ends_the_call() {
    let sandbox = sandbox().await;
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, "wrong");
    let client = builder(&sandbox)
        .oauth(oauth)
        .build()
        .expect("good settings");
    let report = visits(250).send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*250");
    for outcome in report.outcomes() {
        assert_eq!(refused(outcome), Some(Kind::BadRefreshToken), "{outcome}");
    }
    // All that wait share the refusal, too.
    assert_eq!((report.requests(), sandbox.requests()), (0, 1));
}

/// The app is uninstalled while its events are on their way, and installed again.
#[tokio::test]
async fn a_revocation_while_sending_loses_nothing() {
    let sandbox = sandbox().await;
    let client = builder(&sandbox).oauth(oauth()).batch_size(10);
    let client = client.build().expect("good settings");
    sandbox.inject(Fault::status(400).on(Route::Token).after(1).forever());
    let events = visits(250);
    let mut sending = events.send_batch(&client);
    sending = sending.on_progress(|progress| {
        if progress.delivered >= 100 {
            sandbox.expire_tokens();
        }
    });
    let report = sending.report().await;
    assert_eq!(report.created(), sandbox.event_count());
    assert!(report.created() >= 100, "{report}");
    assert_eq!(report.not_sent(), 250 - report.created());
    for (_, outcome) in report.undelivered() {
        assert_eq!(refused(outcome), Some(Kind::Refused), "{outcome}");
    }
    let mut letters = Vec::new();
    report.write_undelivered(&mut letters).expect("memory");
    sandbox.clear_faults();
    let again = client.replay(&letters[..]).await;
    let again = again.expect("all of them");
    assert_eq!(again.created(), report.not_sent());
    assert_eq!(sandbox.event_count(), 250);
}

#[tokio::test]
async fn a_token_endpoint_that_is_down_is_waited_for() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(503).on(Route::Token).times(3));
    let client = builder(&sandbox)
        .oauth(oauth())
        .build()
        .expect("good settings");
    visits(10).send_batch(&client).await.expect("all created");

    sandbox.expire_tokens();
    sandbox.inject(Fault::status(503).on(Route::Token).forever());
    let report = visits(10).send_batch(&client).report().await;
    let NotSentReason::NoAccessToken(error) = reason(&report.outcomes()[0]) else {
        panic!("{report}");
    };
    assert_eq!(
        (error.kind(), error.status()),
        (Kind::EndpointFailed, Some(503))
    );
}

#[tokio::test]
async fn a_provider_is_asked_again_when_its_token_is_refused() {
    let sandbox = sandbox().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let provide = {
        let asked = Arc::clone(&asked);
        move || {
            let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
            let token = if first { "stale" } else { ACCESS_TOKEN };
            async move { Ok::<_, std::io::Error>(token.to_owned()) }
        }
    };
    let client = builder(&sandbox)
        .token_provider(provide)
        .build()
        .expect("good settings");
    let report = visits(10).send_batch(&client).await.expect("all created");
    assert_eq!((asked.load(Ordering::SeqCst), report.requests()), (2, 2));
}

#[tokio::test]
async fn a_provider_that_fails_is_waited_for() {
    let sandbox = sandbox().await;
    let provide = || async { Err::<String, _>("the vault is sealed") };
    let client = builder(&sandbox)
        .token_provider(provide)
        .build()
        .expect("good settings");
    let report = visits(2).send_batch(&client).report().await;
    let NotSentReason::NoAccessToken(error) = reason(&report.outcomes()[1]) else {
        panic!("{report}");
    };
    assert_eq!(error.kind(), Kind::ProviderFailed);
    assert_eq!(sandbox.requests(), 0);
}

#[tokio::test]
async fn a_403_ends_the_call() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::status(403));
    let client = sandbox
        .client_builder()
        .concurrency(1)
        .build()
        .expect("good settings");
    let report = visits(250).send_batch(&client).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*250");
    let NotSentReason::Forbidden { missing_scopes } = reason(&report.outcomes()[249]) else {
        panic!("{}", report.outcomes()[249]);
    };
    assert_eq!(missing_scopes[..], ["timeline"]);
    assert_eq!(report.requests(), 1);
    let shown = report.outcomes()[249].to_string();
    assert!(
        shown.contains("the access token may not do this (403): it lacks the scope `timeline`"),
        "{shown}"
    );
}

#[test]
fn settings_that_cannot_work() {
    let good = || Client::builder().access_token("token");
    for (builder, says) in [
        (good().oauth(oauth()), "the client has credentials twice"),
        (
            Client::builder().access_token(""),
            "the access token is empty",
        ),
        (
            Client::builder().access_token("a\nb"),
            "the access token has a line break in it",
        ),
        (
            Client::builder().oauth(OAuth::new("", "b", "c")),
            "`OAuth::new` needs a client id",
        ),
        (good().batch_size(0), "`batch_size` must not be zero"),
        (good().project(""), "`project` is empty"),
        (good().project(" shop"), "`project` has blanks around it"),
        (good().project("shop\n"), "`project` has blanks around it"),
        (good().concurrency(0), "`concurrency` must not be zero"),
        (good().timeout(Duration::ZERO), "`timeout` must not be zero"),
        (
            good().base_url("http://api.example.com"),
            "`.allow_http(true)`",
        ),
        (good().base_url("api.example.com"), "`base_url` must be"),
        (
            good().base_url("https://api.hubapi.com/integrators/timeline/v3"),
            "`base_url` must be",
        ),
        (good().proxy("::"), "`proxy` must be a URL"),
        (good().proxy("ftp://proxy.example"), "`proxy` must be a URL"),
        // This is reported even if the proxy would not be used.
        (
            good().base_url("http://127.0.0.1:1").proxy("::"),
            "`proxy` must be a URL",
        ),
        (
            Client::builder().access_token("Bearer abc"),
            "begins with `Bearer `",
        ),
        (
            good().root_certificate("nonsense"),
            "`root_certificate` holds no certificate",
        ),
        (good().user_agent("a\nb"), "`user_agent` has characters"),
    ] {
        let error = builder.build().expect_err(says);
        let shown = error.to_string();
        assert!(shown.contains(says), "{shown}, expected {says}");
        // A program can compare them.
        let other = good().batch_size(0).build().expect_err("none at a time");
        assert_eq!(error == other, shown == other.to_string(), "{shown}");
    }
    good()
        .allow_http(true)
        .base_url("http://api.example.com")
        .build()
        .expect("allowed");
}

/// A call that is dropped while the new refresh token is being stored does not lose it.
#[tokio::test]
async fn a_dropped_call_loses_no_refresh_token() {
    use timeline_core::sandbox::Sandbox;
    let sandbox = start(Sandbox::builder().rotate_refresh_token()).await;
    let (release, released) = tokio::sync::watch::channel(false);
    let stored = Arc::new(Mutex::new(Vec::new()));
    let store = {
        let stored = Arc::clone(&stored);
        move |token: String| {
            let (stored, mut released) = (Arc::clone(&stored), released.clone());
            async move {
                let _ = released.wait_for(|released| *released).await;
                stored.lock().expect("not poisoned").push(token);
            }
        }
    };
    let client = builder(&sandbox)
        .oauth(oauth().on_refresh(store))
        .build()
        .expect("good settings");
    let mut sending = visits(1).send_batch(&client);
    // Until the token endpoint has answered; then the call hangs in the callback, and is dropped.
    while sandbox.tokens_issued() == 0 {
        assert!(futures_util::FutureExt::now_or_never(&mut sending).is_none());
        tokio::task::yield_now().await;
    }
    drop(sending);
    release.send_replace(true);
    visits(1).send_batch(&client).await.expect("created");
    assert_eq!(
        *stored.lock().expect("not poisoned"),
        [sandbox.refresh_token()]
    );
    assert_eq!(sandbox.tokens_issued(), 1);
}

/// A provider that never answers does not hold up a stop.
#[tokio::test]
async fn a_stop_ends_the_wait_for_a_token() {
    let sandbox = sandbox().await;
    let provide = std::future::pending::<Result<String, std::io::Error>>;
    let client = builder(&sandbox)
        .token_provider(provide)
        .build()
        .expect("good settings");
    let stop = tokio::task::yield_now();
    let report = visits(2).send_batch(&client).stop_on(stop).report().await;
    assert_eq!(reason(&report.outcomes()[0]), &NotSentReason::Stopped);
}

/// An answer with an empty refresh token does not replace the refresh token in use.
#[tokio::test]
async fn an_empty_refresh_token_is_not_believed() {
    let sandbox = sandbox().await;
    let body =
        format!(r#"{{"access_token":"{ACCESS_TOKEN}","refresh_token":" ","expires_in":1800}}"#);
    sandbox.inject(Fault::status(200).body(body).on(Route::Token));
    let store = |token: String| async move { panic!("stored {token:?}") };
    let client = builder(&sandbox)
        .oauth(oauth().on_refresh(store))
        .build()
        .expect("good settings");
    visits(1).send_batch(&client).await.expect("created");
    sandbox.expire_tokens();
    visits(1).send_batch(&client).await.expect("created");
}
