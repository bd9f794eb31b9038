//! Why there is no access token: the reasons are told apart, reported at once if waiting does not help, and have the
//! error beneath as their source.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use timeline_core::sandbox::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, Fault, REFRESH_TOKEN, Route, Sandbox,
};
use timeline_core::{
    Client, ClientBuilder, Credentials, CredentialsError, CredentialsErrorKind as Kind, ErrorKind,
    EventInput, InvalidEvent, NotSentReason, OAuth, Outcome, RateLimit, RetryPolicy, SendBatch,
    metrics,
};

use crate::network::{AUTHORITY, tls};
use crate::{sandbox, visits, words};

fn root(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder()
        .base_url(sandbox.base_url())
        .rate_limit(RateLimit::unlimited())
        .clock(sandbox.clock())
}

/// The error of every event, which is the same one.
fn error_of(outcomes: &[Outcome]) -> &CredentialsError {
    let error = |outcome| match outcome {
        &Outcome::NotSent {
            reason:
                NotSentReason::RefreshRefused(ref error) | NotSentReason::NoAccessToken(ref error),
            ..
        } => error,
        other => panic!("{other:?}"),
    };
    let first = error(outcomes.first().expect("an outcome"));
    assert!(outcomes.iter().all(|outcome| error(outcome) == first));
    first
}

fn chain(error: &dyn Error) -> Vec<&(dyn Error + 'static)> {
    std::iter::successors(error.source(), |error| (*error).source()).collect()
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let sandbox = sandbox().await;
    sandbox.add_portal(71, "refresh-71");
    sandbox.add_portal(72, "refresh-72");
    assert!(sandbox.uninstall(71) && sandbox.revoke(72));
    let root = root(&sandbox).build().expect("no credentials needed");
    let oauth = OAuth::new;
    let own = sandbox.portal_id();
    for (portal, oauth, kind, status, word) in [
        (
            own,
            oauth("other", CLIENT_SECRET, REFRESH_TOKEN),
            Kind::WrongClientId,
            400,
            "BAD_CLIENT_ID",
        ),
        (
            own,
            oauth(CLIENT_ID, "other", REFRESH_TOKEN),
            Kind::WrongClientSecret,
            400,
            "BAD_CLIENT_SECRET",
        ),
        (
            own,
            oauth(CLIENT_ID, CLIENT_SECRET, "other"),
            Kind::BadRefreshToken,
            400,
            "BAD_REFRESH_TOKEN",
        ),
        (
            72,
            oauth(CLIENT_ID, CLIENT_SECRET, "refresh-72"),
            Kind::BadRefreshToken,
            400,
            "BAD_REFRESH_TOKEN",
        ),
        (
            71,
            oauth(CLIENT_ID, CLIENT_SECRET, "refresh-71"),
            Kind::AppUninstalled,
            403,
            "BAD_HUB",
        ),
        // A wrong client secret is not the account's mistake.
        (
            71,
            oauth(CLIENT_ID, "other", "refresh-71"),
            Kind::WrongClientSecret,
            400,
            "BAD_CLIENT_SECRET",
        ),
    ] {
        let before = sandbox.requests();
        let client = root.for_portal(portal, oauth);
        let report = visits(250).send_batch(&client).report().await;
        assert_eq!(words(report.outcomes()), "not-sent*250");
        let error = error_of(report.outcomes());
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!(error.category(), Some(word));
        let message = error.message().expect("HubSpot's words");
        let correlation_id = error.correlation_id().expect("an id for the support");
        assert_eq!(sandbox.requests(), before + 1, "{kind:?}");
        assert_eq!(report.requests(), 0, "{kind:?}");

        // The event that was tried has it in its attempts, too.
        let attempts = report.outcomes()[0].attempts().expect("it was tried");
        assert_eq!(attempts.status, Some(status));
        assert_eq!(attempts.category.as_deref(), Some(word));
        assert_eq!(attempts.correlation_id.as_deref(), Some(correlation_id));
        assert_eq!(attempts.message(), Some(message));
        for outcome in [&report.outcomes()[0], &report.outcomes()[249]] {
            let shown = outcome.to_string();
            let details = format!("(status {status}, {word}, correlation id {correlation_id})");
            assert_eq!(shown.matches(&details).count(), 1, "{shown}");
            assert!(!shown.contains(message), "{shown}");
        }
    }
}

/// HubSpot's words about a token stand where its words about events do.
#[tokio::test]
async fn messages_of_the_token_endpoint_are_shown_on_request() {
    let sandbox = sandbox().await;
    for show in [false, true] {
        let client = root(&sandbox)
            .oauth(OAuth::new(CLIENT_ID, CLIENT_SECRET, "other"))
            .show_messages(show)
            .build()
            .expect("good settings");
        let sent = client.send(&crate::order("a")).await.expect_err("refused");
        let read = client.event("1001299", "a").await.expect_err("refused");
        for shown in [sent.to_string(), read.to_string()] {
            let says = shown.contains("missing or invalid refresh token");
            assert_eq!(says, show, "{shown}");
        }
    }
}

/// A gateway's 403 says nothing about a token.
#[tokio::test]
async fn a_403_without_hubspots_marks_is_waited_for() {
    for body in ["<html>403</html>", r#"{"message":"Forbidden"}"#, ""] {
        let sandbox = sandbox().await;
        let fault = Fault::status(403).body(body).on(Route::Token).times(2);
        sandbox.inject(fault);
        let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN);
        let client = root(&sandbox).oauth(oauth).build().expect("good settings");
        let report = visits(2).send_batch(&client).await.expect("created");
        assert_eq!(report.created(), 2);
        assert_eq!(sandbox.requests(), 4, "{body}");
    }
}

/// What a copied secret may have in it by mistake.
const FLAWS: [&str; 9] = [
    "abc\n",
    "abc\r\n",
    " abc",
    "a\tbc",
    "\u{feff}abc",
    "ab\u{200b}c",
    "\"abc\"",
    "“abc”",
    "abc\u{a0}",
];

#[test]
fn a_secret_that_cannot_be_one_is_a_wrong_setting() {
    for flaw in FLAWS {
        for (what, builder) in [
            ("the access token", Client::builder().access_token(flaw)),
            (
                "the client id",
                Client::builder().oauth(OAuth::new(flaw, "b", "c")),
            ),
            (
                "the client secret",
                Client::builder().oauth(OAuth::new("a", flaw, "c")),
            ),
            (
                "the refresh token",
                Client::builder().oauth(OAuth::new("a", "b", flaw)),
            ),
        ] {
            let error = builder.build().expect_err(what).to_string();
            assert!(error.contains(&format!("{what} has a ")), "{error}");
            assert!(!error.contains("abc"), "{error}");
        }
    }
}

/// If no setting's check can report it, the outcome does: at once, and without a request.
#[tokio::test]
async fn a_secret_that_cannot_be_one_ends_the_call_at_once() {
    let sandbox = sandbox().await;
    let root_client = root(&sandbox).build().expect("no credentials needed");
    let clock = sandbox.clock();
    let before = clock.elapsed();
    for flaw in FLAWS {
        let provided = move || async move { Ok::<_, io::Error>(flaw.to_owned()) };
        for credentials in [
            Credentials::access_token(flaw),
            Credentials::token_provider(provided),
            OAuth::new(flaw, "b", "c").into(),
            OAuth::new("a", flaw, "c").into(),
            OAuth::new("a", "b", flaw).into(),
        ] {
            let client = root_client.for_portal(7, credentials.clone());
            let report = visits(250).send_batch(&client).report().await;
            let error = error_of(report.outcomes());
            assert_eq!(error.kind(), Kind::Malformed, "{credentials:?} {flaw:?}");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("has a "), "{shown}");
            assert!(!shown.contains("abc"), "{shown}");
            let read = client.event("1001298", "a").await.expect_err("no token");
            assert!(read.to_string().contains(&error.to_string()), "{read}");
        }
    }
    assert_eq!((sandbox.requests(), clock.elapsed()), (0, before));
}

/// The root of clients for many accounts is asked to send something itself.
#[tokio::test]
async fn a_root_needs_no_credentials_of_its_own() {
    let sandbox = sandbox().await;
    sandbox.add_portal(71, "refresh-71");
    let root = root(&sandbox).build().expect("no credentials needed");
    for (portal, refresh) in [(sandbox.portal_id(), REFRESH_TOKEN), (71, "refresh-71")] {
        let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, refresh);
        let client = root.for_portal(portal, oauth);
        visits(3).send_batch(&client).await.expect("created");
    }
    let requests = sandbox.requests();
    let report = visits(250).send_batch(&root).report().await;
    let error = error_of(report.outcomes());
    assert_eq!(error.kind(), Kind::Missing);
    assert!(error.to_string().contains("has no credentials"), "{error}");
    assert_eq!(sandbox.requests(), requests);
}

#[tokio::test]
async fn a_providers_own_error_is_the_source() {
    let sandbox = sandbox().await;
    let provide = || async { Err::<String, _>(io::Error::other("vault: permission denied")) };
    let client = root(&sandbox)
        .token_provider(provide)
        .retry(RetryPolicy::default().max_attempts(2))
        .build()
        .expect("good settings");
    let sent = client.send(&crate::order("a")).await.expect_err("no token");
    let read = client.event("1001299", "a").await.expect_err("no token");
    let batch = visits(2).send_batch(&client).await.expect_err("no token");
    let Outcome::NotSent { reason, .. } = sent.outcome() else {
        panic!("{sent}");
    };
    let errors: [&dyn Error; 4] = [&sent, &read, &batch, reason];
    for error in errors {
        let source = error.source().expect("the provider's error");
        let source = source.downcast_ref::<io::Error>().expect("as it was given");
        assert_eq!(source.to_string(), "vault: permission denied");
        // It is the user's own text, and may hold a secret.
        assert!(!format!("{error} {error:?}").contains("vault"), "{error}");
    }
}

#[tokio::test]
async fn a_provider_that_panics_or_hangs_is_waited_for() {
    let sandbox = sandbox().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let provide = {
        let asked = Arc::clone(&asked);
        move || {
            let time = asked.fetch_add(1, Ordering::SeqCst);
            // The provider panics once before there is a future and once in it, and once it never ends.
            assert!(time != 0, "no vault");
            async move {
                assert!(time != 1, "no vault");
                if time == 2 {
                    std::future::pending::<()>().await;
                }
                Ok::<_, io::Error>(ACCESS_TOKEN.to_owned())
            }
        }
    };
    let client = root(&sandbox)
        .token_provider(provide)
        .timeout(Duration::from_millis(200))
        .build()
        .expect("good settings");
    visits(2).send_batch(&client).await.expect("created");
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

/// The network's error is a source, without the URL: an id stands in it.
#[tokio::test]
async fn the_networks_own_error_is_the_source() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let address = listener.expect("a port").local_addr().expect("an address");
    for credentials in [
        Credentials::access_token("token"),
        OAuth::new("a", "b", "c").into(),
    ] {
        let root = Client::builder()
            .base_url(format!("http://{address}"))
            .retry(RetryPolicy::none())
            .build()
            .expect("no credentials needed");
        let client = root.for_portal(7, credentials);
        let sent = client.send(&crate::order("a")).await.expect_err("nobody");
        let read = client.event("1001299", "canary").await.expect_err("nobody");
        let errors: [&dyn Error; 2] = [&sent, &read];
        for error in errors {
            let chain = chain(error);
            let refused = chain
                .iter()
                .filter_map(|error| error.downcast_ref::<io::Error>())
                .any(|error| error.kind() == io::ErrorKind::ConnectionRefused);
            assert!(refused, "{chain:?}");
            let shown = format!("{error} {error:?} {chain:?}");
            assert!(
                !shown.contains("canary") && !shown.contains("http:"),
                "{shown}"
            );
        }
    }
}

/// What is beneath a reason: the network's error of an answer that was lost, and what is wrong with an event.
#[tokio::test]
async fn reasons_have_sources() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::cut_after().forever());
    let client = sandbox.client_builder().retry(RetryPolicy::none()).build();
    let report = visits(2)
        .send_batch(&client.expect("good settings"))
        .report()
        .await;
    for outcome in report.outcomes() {
        let Outcome::Unknown { reason, .. } = outcome else {
            panic!("{outcome}");
        };
        assert!(reason.source().is_some(), "{reason}");
    }
    let invalid = ["b", "a"].map(|token| {
        EventInput::new("1001298")
            .email("ada@example.com")
            .token(token, f64::NAN)
    });
    let report = invalid.iter().send_batch(&sandbox.client()).report().await;
    for outcome in report.outcomes() {
        let Outcome::Rejected(rejection) = outcome else {
            panic!("{outcome}");
        };
        let cause = rejection.source().expect("what is wrong");
        assert!(cause.is::<InvalidEvent>(), "{cause:?}");
    }
}

/// A program decides by the kind, and not by the words.
#[tokio::test]
async fn a_single_request_tells_what_kind_of_error_it_is() {
    let sandbox = sandbox().await;
    let client = sandbox
        .client_builder()
        .timeout(Duration::from_millis(500))
        .build()
        .expect("good settings");
    for (fault, kind, status) in [
        (Fault::status(400), ErrorKind::Refused, Some(400)),
        (Fault::status(401), ErrorKind::Unauthorized, Some(401)),
        (Fault::status(403), ErrorKind::Forbidden, Some(403)),
        (Fault::status(429), ErrorKind::RateLimited, Some(429)),
        (Fault::status(477), ErrorKind::RateLimited, Some(477)),
        (Fault::status(503), ErrorKind::ServerError, Some(503)),
        (
            Fault::status(200).body(""),
            ErrorKind::Unreadable,
            Some(200),
        ),
        (Fault::cut_before(), ErrorKind::Disconnected, None),
        (Fault::stall_after(), ErrorKind::TimedOut, None),
    ] {
        sandbox.inject(fault.clone());
        let error = client.batch_create(&[crate::order("a")]).await;
        let error = error.expect_err("a fault");
        assert_eq!((error.kind(), error.status()), (kind, status), "{fault:?}");
        assert!(!kind.to_string().is_empty());
    }
    let nothing = EventInput::new("1001299");
    let invalid = client
        .batch_create(&[nothing])
        .await
        .expect_err("no record");
    assert_eq!(invalid.kind(), ErrorKind::InvalidEvent);
    let unaddressable = client.event("1001299", "..").await.expect_err("no path");
    assert_eq!(unaddressable.kind(), ErrorKind::InvalidId);

    let portal = sandbox.portal_id();
    let root = |url: &str| Client::builder().base_url(url).build().expect("a URL");
    let nobodys = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let nobodys = nobodys.expect("a port").local_addr().expect("an address");
    let https = sandbox.base_url().replace("http:", "https:");
    let token = || Credentials::access_token("token");
    let wrong = OAuth::new(CLIENT_ID, "wrong", REFRESH_TOKEN);
    let others = OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN);
    for (url, portal, credentials, kind) in [
        (
            &*format!("http://{nobodys}"),
            portal,
            token(),
            ErrorKind::NotConnected,
        ),
        (&https, portal, token(), ErrorKind::NotSecure),
        (
            sandbox.base_url(),
            portal,
            wrong.into(),
            ErrorKind::NoAccessToken,
        ),
        (sandbox.base_url(), 7, others.into(), ErrorKind::OtherPortal),
    ] {
        let client = root(url).for_portal(portal, credentials);
        let error = client.event("1001299", "a").await.expect_err(url);
        assert_eq!(error.kind(), kind, "{error}");
    }
}

/// A server on this address, whose certificate is for `localhost` and 127.0.0.1.
async fn secure(address: &str) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind((address, 0)).await;
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(acceptor.accept(stream).await);
        }
    });
    address
}

/// Certificates and protocols that stay as they are: with two minutes of patience, too, and for every call.
#[tokio::test]
async fn what_no_waiting_mends_is_told_at_once() {
    let (local, other) = (secure("127.0.0.1").await, secure("127.0.0.2").await);
    // This server answers what is no HTTP with a 400, in plain text.
    let plain = sandbox().await;
    let builder = |base_url: String| Client::builder().base_url(base_url);
    let began = Instant::now();
    for (builder, says) in [
        (builder(format!("https://{local}")), "UnknownIssuer"),
        (
            builder(format!("https://{other}")).root_certificate(AUTHORITY),
            "not valid for name",
        ),
        (
            builder(plain.base_url().replace("http", "https")),
            "corrupt message",
        ),
    ] {
        let outages = Arc::new(AtomicUsize::new(0));
        let counts = Arc::clone(&outages);
        let builder = builder.metrics(move |name: &'static str, _: u64| {
            counts.fetch_add(usize::from(name == metrics::OUTAGES), Ordering::SeqCst);
        });
        let root = builder.build().expect("good settings");
        for credentials in [
            Credentials::access_token("token"),
            OAuth::new("a", "b", "c").into(),
        ] {
            let client = root.for_portal(7, credentials);
            // More often than it takes to be an outage.
            for _ in 0..7 {
                let report = visits(2).send_batch(&client).report().await;
                for outcome in report.outcomes() {
                    let Outcome::NotSent {
                        reason: NotSentReason::NotSecure(cause),
                        ..
                    } = outcome
                    else {
                        panic!("{outcome:?}, expected {says}");
                    };
                    assert!(cause.contains(says), "{cause}, expected {says}");
                }
                assert!(report.requests() <= 1, "{report}");
            }
            let read = client.event("1001299", "a").await.expect_err("no TLS");
            assert!(!chain(&read).is_empty(), "{read}");
        }
        assert_eq!(outages.load(Ordering::SeqCst), 0, "{says}");
    }
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}

/// A handshake that ends early may be a temporary failure of the server.
#[tokio::test]
async fn a_handshake_that_is_cut_off_is_tried_again() {
    let address = crate::network::serve(|stream| async move {
        drop(stream);
        None
    })
    .await;
    let client = Client::builder()
        .base_url(format!("https://{address}"))
        .access_token("token")
        .retry(
            RetryPolicy::default()
                .max_attempts(3)
                .first_wait(Duration::from_millis(1)),
        )
        .build()
        .expect("good settings");
    let report = visits(2).send_batch(&client).report().await;
    assert_eq!(report.requests(), 3);
    assert!(matches!(
        &report.outcomes()[1],
        Outcome::NotSent {
            reason: NotSentReason::NotConnected(_),
            ..
        }
    ));
}

#[test]
fn a_wrong_setting_has_a_source() {
    let good = || Client::builder().access_token("token");
    for builder in [
        good().base_url("http://[::1"),
        good().root_certificate("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
    ] {
        let error = builder.build().expect_err("a mistake");
        assert!(error.source().is_some(), "{error}");
    }
}
