//! A transport of the user's own: everything goes through it, and what it says of a failure decides what the events end
//! as.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use timeline_core::sandbox::Sandbox;
use timeline_core::{
    Client, ClientBuilder, DefaultTransport, NotSentReason, OAuth, Outcome, RetryPolicy, SendBatch,
    Transport, TransportBody, TransportError, UnknownReason,
};

use super::{Order, order};

const LIMIT: Duration = Duration::from_millis(20);

type Answer = Result<Response<TransportBody>, TransportError>;

/// A transport that gives the same answer to every request.
struct Double<F>(F);

impl<F: Fn() -> Answer + Send + Sync + 'static> Transport for Double<F> {
    async fn send(&self, _: Request<Vec<u8>>) -> Answer {
        (self.0)()
    }
}

fn on(transport: impl Transport) -> ClientBuilder {
    Client::builder()
        .access_token("token")
        .retry(RetryPolicy::none())
        // For the transports that never answer; the others are ready at once.
        .timeout(LIMIT)
        .transport(transport)
}

async fn outcomes(client: &Client) -> Vec<Outcome> {
    let report = [order("order-1"), order("order-2")]
        .send_batch(client)
        .report()
        .await;
    report.outcomes().to_vec()
}

/// A body in pieces, then its end: `None` never comes.
struct Pieces(Vec<&'static str>, Option<Result<(), &'static str>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        if !self.0.is_empty() {
            let piece = Bytes::from_static(self.0.remove(0).as_bytes());
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match self.1 {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => Poll::Pending,
        }
    }
}

const LISTED: &str = r#"{"status":"COMPLETE","results":[{"id":"order-1","eventTemplateId":"1001299","objectType":"contacts","tokens":{}},"#;
const REST: &str =
    r#"{"id":"order-2","eventTemplateId":"1001299","objectType":"contacts","tokens":{}}]}"#;

fn answer(status: u16, pieces: &[&'static str], end: Option<Result<(), &'static str>>) -> Answer {
    let body = TransportBody::new(Pieces(pieces.to_vec(), end));
    Ok(Response::builder()
        .status(status)
        .body(body)
        .expect("a status"))
}

/// What surely was not sent is `NotSent`, and what may have arrived is `Unknown`.
#[tokio::test]
async fn what_it_says_of_a_failure_counts() {
    type Expected = fn(&Outcome) -> bool;
    let cases: [(fn() -> TransportError, Expected); 4] = [
        (
            || TransportError::not_connected("no route"),
            |outcome| matches!(outcome, Outcome::NotSent { reason: NotSentReason::NotConnected(cause), .. } if &**cause == "no route"),
        ),
        (
            || TransportError::not_secure("expired"),
            |outcome| matches!(outcome, Outcome::NotSent { reason: NotSentReason::NotSecure(cause), .. } if &**cause == "expired"),
        ),
        (TransportError::timed_out, |outcome| {
            matches!(
                outcome,
                Outcome::Unknown {
                    reason: UnknownReason::TimedOut,
                    ..
                }
            )
        }),
        (
            || TransportError::disconnected("gone"),
            |outcome| matches!(outcome, Outcome::Unknown { reason: UnknownReason::Disconnected(cause), .. } if &**cause == "gone"),
        ),
    ];
    for (error, is_expected) in cases {
        let client = on(Double(move || Err(error()))).build();
        for outcome in outcomes(&client.expect("good settings")).await {
            assert!(is_expected(&outcome), "{}: {outcome:?}", error());
        }
    }
}

/// A body may come in pieces; one that does not come whole names no events, and refuses none.
#[tokio::test]
async fn how_the_body_ends() {
    const WHOLE: Option<Result<(), &str>> = Some(Ok(()));
    const CUT: Option<Result<(), &str>> = Some(Err("cut"));
    for (status, pieces, end, created, rejected, unknown) in [
        (200, &[LISTED, REST][..], WHOLE, 2, 0, 0),
        (200, &[LISTED, REST], CUT, 0, 0, 2),
        (200, &[LISTED, REST], None, 0, 0, 2),
        (200, &[LISTED], WHOLE, 0, 0, 2),
        (200, &[], WHOLE, 0, 0, 2),
        (415, &["no ", "such type"], WHOLE, 0, 2, 0),
        (415, &["no "], CUT, 0, 0, 2),
        (415, &["no "], None, 0, 0, 2),
    ] {
        let pieces: Vec<&'static str> = pieces.to_vec();
        let client = on(Double(move || answer(status, &pieces, end))).build();
        let client = client.expect("good settings");
        let report = [order("order-1"), order("order-2")]
            .send_batch(&client)
            .report()
            .await;
        assert_eq!(
            (report.created(), report.rejected(), report.unknown()),
            (created, rejected, unknown),
            "{status} {end:?}: {report}"
        );
    }
}

struct Silent;

impl Transport for Silent {
    async fn send(&self, _: Request<Vec<u8>>) -> Answer {
        std::future::pending().await
    }
}

/// The client's time limit holds for every transport.
#[tokio::test]
async fn one_that_never_answers() {
    let client = on(Silent).build().expect("good settings");
    let started = Instant::now();
    for outcome in outcomes(&client).await {
        let reason = match outcome {
            Outcome::Unknown { reason, .. } => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason, UnknownReason::TimedOut);
    }
    assert!(started.elapsed() >= LIMIT);
}

/// What was sent, as a test or a log of the wire would keep it.
#[derive(Default)]
struct Recorded(Mutex<Vec<(String, String, String)>>);

impl Recorded {
    fn keep(&self, request: (String, String, String)) {
        self.0.lock().expect("not poisoned").push(request);
    }
}

struct Recorder {
    inner: DefaultTransport,
    recorded: Arc<Recorded>,
}

impl Transport for Recorder {
    async fn send(&self, request: Request<Vec<u8>>) -> Answer {
        let shown = format!("{:?} {:?}", request.headers(), request.uri());
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let path = request.uri().path().to_owned();
        self.recorded.keep((path, shown, body));
        self.inner.send(request).await
    }
}

/// A transport around the client's own sees everything: the token endpoint, the events and what is read back. The
/// access token is marked as sensitive, so that no `Debug` of the headers shows it.
#[tokio::test]
async fn everything_goes_through_it() {
    let sandbox = Sandbox::builder()
        .oauth("app", "secret", "refresh")
        .start()
        .await
        .expect("a port");
    sandbox.register::<Order>();
    let recorded = Arc::new(Recorded::default());
    let keep = Arc::clone(&recorded);
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .user_agent("shop/7")
        .oauth(OAuth::new("app", "secret", "refresh"))
        .wrap_transport(|inner| Recorder {
            inner,
            recorded: keep,
        })
        .build()
        .expect("good settings");
    [order("order-1"), order("order-2")]
        .send_batch(&client)
        .await
        .expect("delivered");
    let record = client.event("1001299", "order-1").await;
    assert!(record.expect("an answer").is_some());

    let recorded = recorded.0.lock().expect("not poisoned");
    let paths: Vec<&str> = recorded.iter().map(|(path, ..)| &**path).collect();
    assert_eq!(
        paths,
        [
            "/oauth/2026-03/token",
            "/integrators/timeline/v3/events/batch/create",
            "/integrators/timeline/v3/events/1001299/order-1",
        ]
    );
    for (_, shown, _) in &recorded[1..] {
        assert!(shown.contains(r#""authorization": Sensitive"#), "{shown}");
    }
    for (_, shown, _) in &*recorded {
        assert!(shown.contains(r#""user-agent": "shop/7""#), "{shown}");
    }
    assert!(recorded[0].2.contains("grant_type=refresh_token"));
    assert!(recorded[1].2.contains("order-2"));
    assert!(recorded[1].1.contains("application/json"));
}

/// Settings that another transport would ignore are refused.
#[tokio::test]
async fn settings_of_the_clients_own() {
    let proxied = on(Silent).proxy("http://proxy.example:3128").build();
    let trusting = on(Silent).root_certificate("-----BEGIN…").build();
    for (built, setting) in [(proxied, "`proxy`"), (trusting, "`root_certificate`")] {
        let error = built.expect_err("refused").to_string();
        assert!(error.contains(setting), "{error}");
        assert!(error.contains("wrap_transport"), "{error}");
    }
}

/// What a transport says of a failure is shown, and its own error is the source.
#[test]
fn a_failure_says_what_it_was() {
    use std::error::Error;
    for (error, says, cause) in [
        (
            TransportError::not_connected("refused"),
            "no connection (refused)",
            Some("refused"),
        ),
        (
            TransportError::not_secure("no certificate"),
            "no secure connection (no certificate)",
            Some("no certificate"),
        ),
        (TransportError::timed_out(), "no answer in time", None),
        (
            TransportError::disconnected("reset"),
            "the connection ended before an answer (reset)",
            Some("reset"),
        ),
    ] {
        assert_eq!(error.to_string(), says);
        let source = error.source().map(ToString::to_string);
        assert_eq!(source.as_deref(), cause, "{says}");
    }
}

/// A body has the length of what it was made of.
#[test]
fn a_body_is_what_it_was_made_of() {
    for (text, is_over) in [("", true), ("{}", false)] {
        let body = TransportBody::from(text.as_bytes().to_vec());
        let hint = body.size_hint().exact();
        assert_eq!(
            (body.is_end_stream(), hint),
            (is_over, Some(text.len() as u64))
        );
        assert_eq!(format!("{body:?}"), "TransportBody { .. }");
    }
}
