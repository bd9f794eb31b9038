//! What is logged: a line for each event that is not there, spans around batches and attempts, and never a secret. A
//! process of its own, since a subscriber that hears everything is a process's.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use timeline_core::outbox::Outbox;
use timeline_core::sandbox::{Route, Sandbox, TestClock};
use timeline_core::{
    Api, Client, Credentials, EventInput, EventTemplate, Fault, OAuth, ObjectType, RetryPolicy,
    SendBatch,
};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

const EMAIL: &str = "canary-mail@example.com";
const CANARIES: [&str; 4] = [
    "canary-access",
    "canary-refresh",
    "canary-secret",
    "canary-mail",
];

/// Everything that is logged, down to TRACE.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().expect("not poisoned"));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().expect("not poisoned");
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Log;

    fn make_writer(&'w self) -> Log {
        self.clone()
    }
}

struct Account {
    sandbox: Sandbox,
    template_id: String,
}

impl Account {
    async fn start() -> Self {
        let sandbox = Sandbox::builder()
            .clock(Arc::new(TestClock::new()))
            .access_token("canary-access")
            .oauth("app", "canary-secret", "canary-refresh")
            .rotate_refresh_token()
            .start()
            .await
            .expect("a free port");
        let template = EventTemplate::new("Visited", ObjectType::Contacts);
        let template_id = sandbox.add_template(template);
        Account {
            sandbox,
            template_id,
        }
    }

    /// A client with the refresh token that HubSpot takes now: each use of a token makes a new one.
    fn client(&self) -> Client {
        let token = self.sandbox.refresh_token();
        Client::builder()
            .base_url(self.sandbox.base_url())
            .clock(self.sandbox.clock())
            .oauth(OAuth::new("app", "canary-secret", token).on_refresh(|_| async {}))
            .retry(RetryPolicy::default().max_attempts(2))
            .timeout(Duration::from_millis(300))
            .build()
            .expect("good settings")
    }

    fn event(&self) -> EventInput<'static> {
        EventInput::new(self.template_id.clone())
            .id("order-1")
            .email(EMAIL)
    }
}

fn assert_line_and_spans(log: &str) {
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains(" WARN ")).collect();
    let [warning] = warnings[..] else {
        panic!("{log}");
    };
    for part in [
        "event not delivered",
        r#"outcome="rejected""#,
        "order-1",
        "VALIDATION_ERROR",
        "c-17",
        "attempts=1",
    ] {
        assert!(warning.contains(part), "{part} in {warning}");
    }
    for span in [
        "timeline.batch{events=1}",
        r#"timeline.attempt{otel.name=POST /integrators/timeline/v3/events/batch/create otel.kind="client""#,
        r#" http.request.method="POST" url.template="/integrators/timeline/v3/events/batch/create""#,
        r#" server.address="127.0.0.1" server.port="#,
        r#" http.response.status_code=400 error.type="400" otel.status_code="ERROR""#,
    ] {
        assert!(log.contains(span), "{span} in {log}");
    }
}

/// A refresh token that cannot be stored and a token provider that fails have a line each, with the user's own error.
/// The error of the first may quote the token, which is left out.
async fn of_users_functions(account: &Account, log: &Log) -> String {
    let sandbox = &account.sandbox;
    let builder = || {
        Client::builder()
            .base_url(sandbox.base_url())
            .clock(sandbox.clock())
            .portal_id(sandbox.portal_id())
            .retry(RetryPolicy::default().max_attempts(2))
    };
    let oauth = OAuth::new("app", "canary-secret", sandbox.refresh_token()).on_refresh(|token| {
        let error = format!("cannot insert {token}: the disk is full");
        async { Err::<(), _>(error) }
    });
    let storing = builder().oauth(oauth).build().expect("good settings");
    storing.send(&account.event()).await.expect("sent");
    let stored = log.take();
    let provide = || async { Err::<String, _>("vault: permission denied") };
    let providing = builder().token_provider(provide);
    let providing = providing.build().expect("good settings");
    let error = providing.send(&account.event()).await;
    let all = format!("{:?}", error.expect_err("no token"));
    let provided = log.take();
    for (log, line, error) in [
        (
            &stored,
            "new refresh token not stored",
            "cannot insert <secret>: the disk is full",
        ),
        (
            &provided,
            "token provider failed",
            "vault: permission denied",
        ),
    ] {
        let said = log
            .lines()
            .find(|said| said.contains(" WARN ") && said.contains(line));
        let said = said.unwrap_or_else(|| panic!("{line} in {log}"));
        assert!(said.contains(error), "{said}");
        assert!(said.contains("portal_id=62515"), "{said}");
    }
    all + &stored + &provided
}

/// A relay's events are not lost while they wait in the queue until something is corrected. One WARN a minute reports
/// them all.
async fn of_a_relay(account: &Account, log: &Log) -> String {
    let sandbox = &account.sandbox;
    let path = std::env::temp_dir().join(format!("timeline-logs-{}.db", std::process::id()));
    let outbox = Outbox::builder().clock(sandbox.clock()).open(&path).await;
    let outbox = outbox.expect("an outbox");
    let client = |token: &str| {
        let builder = sandbox.client_builder().access_token(token);
        builder.build().expect("good settings")
    };
    let event = |id: &str, email: &str| {
        let event = account.event().id(id.to_owned()).email(email.to_owned());
        let sealed = client("canary-access").seal(&event);
        sealed.expect("sound")
    };
    let events = ["a", "b", "c", "d"].map(|id| event(id, EMAIL));
    outbox.enqueue_all(&events).await.expect("room");
    let clock = sandbox.clock();
    let stop = clock.sleep(Duration::from_secs(150));
    let refused = client("wrong").relay(outbox.clone()).stop_on(stop).await;
    assert_eq!(refused.expect("it stops").done(), 0);
    let waiting = log.take();
    let said = |log: &str, level: &str, text: &str| {
        let lines = log.lines().filter(|line| line.contains(level));
        lines.filter(|line| line.contains(text)).count()
    };
    let reason = r#"events wait in the queue portal_id=62515 reason="the access token was refused (401)" again_in_seconds=60"#;
    assert_eq!(said(&waiting, " WARN ", reason), 3);
    assert_eq!(said(&waiting, " WARN ", ""), 3);
    assert!(said(&waiting, " DEBUG ", "event kept in the queue") >= 4);

    // What is refused is not sent again.
    let bad = ["e", "f"].map(|id| event(id, "canary-mail"));
    outbox.enqueue_all(&bad).await.expect("room");
    let stop = clock.sleep(Duration::from_secs(150));
    let relayed = client("canary-access")
        .relay(outbox.clone())
        .stop_on(stop)
        .await;
    assert_eq!(relayed.expect("it stops").done(), 4);
    let sent = log.take();
    assert_eq!(said(&sent, " WARN ", "event not delivered"), 2);
    assert_eq!(said(&sent, " WARN ", ""), 2);

    // An account without a client is reported once.
    let foreign = [("g", 7), ("h", 7), ("i", 8), ("j", 8)].map(|(id, portal_id)| {
        let credentials = Credentials::access_token("canary-access");
        let client = client("canary-access").for_portal(portal_id, credentials);
        let event = account.event().id(id.to_owned()).email(EMAIL);
        client.seal(&event).expect("sound")
    });
    outbox.enqueue_all(&foreign).await.expect("room");
    let stop = clock.sleep(Duration::from_secs(5));
    let relayed = client("canary-access").relay(outbox.clone()).stop_on(stop);
    assert_eq!(relayed.await.expect("it stops").parked(), 4);
    let parked = log.take();
    assert_eq!(said(&parked, " WARN ", "for which there is no client"), 2);
    assert_eq!(said(&parked, " WARN ", ""), 2);
    outbox.close().await.expect("open");
    for end in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{end}", path.display())));
    }
    waiting + &sent + &parked
}

/// Events that are refused for what the client lacks share a WARN a minute, whichever way they are sent.
async fn of_a_missing_setting(account: &Account, log: &Log) -> String {
    let client = account.client();
    let named = |name: &'static str| EventInput::named(name).email(EMAIL);
    let said = |log: &str, level: &str| {
        let lines = log.lines().filter(|line| line.contains(level));
        lines
            .filter(|line| line.contains("event not delivered"))
            .count()
    };
    let clock = account.sandbox.clock();
    let mut all = String::new();
    for minute in 0..2 {
        let events = (0..50).map(|_| named("One")).chain([named("Other")]);
        let report = events.send_batch(&client).report().await;
        assert_eq!(report.rejected(), 51);
        let sender = client.sender().build();
        for _ in 0..2 {
            let _ = sender.send(named("One")).await.await;
        }
        let report = sender.shutdown(Duration::from_secs(60)).await;
        assert_eq!(report.rejected(), 2);
        // Two accounts that have not installed the app.
        let senders = client.senders(async |_| None::<Credentials>).build();
        for portal_id in [7, 7, 8, 8] {
            let visited = EventInput::new(account.template_id.clone()).email(EMAIL);
            let _ = senders.send(portal_id, visited).await.await;
        }
        let report = senders.shutdown(Duration::from_secs(60)).await;
        assert_eq!(report.rejected(), 4);
        let lines = log.take();
        assert_eq!(said(&lines, " WARN "), 4, "minute {minute}: {lines}");
        assert_eq!(said(&lines, " DEBUG "), 53, "minute {minute}");
        all += &lines;
        clock.sleep(Duration::from_secs(60)).await;
    }
    all
}

/// HubSpot is not asked any more after a hundred refusals, and the events that are not sent share a line.
async fn of_templates_that_only_refuse(account: &Account, log: &Log) -> String {
    let client = account.client();
    let events = (0..600).map(|n| {
        let template = if n % 2 == 0 { "998" } else { "999" };
        EventInput::new(template).email(EMAIL)
    });
    let report = events.send_batch(&client).report().await;
    assert!(report.not_sent() > 200, "{report}");
    let lines = log.take();
    let warned = |line: &&str| line.contains(" WARN ") && line.contains("event not delivered");
    let warned = lines.lines().filter(warned).count();
    assert_eq!(warned, report.rejected() + 2, "{report}");
    lines
}

/// App events have no template's id: the line, and the row of a report, tell the event's type.
async fn of_app_events(account: &Account, log: &Log) -> String {
    let sandbox = &account.sandbox;
    let client = sandbox.client_builder().api(Api::AppEvents).build();
    let client = client.expect("good settings");
    let names = ["visited", "bought"];
    for name in names {
        let template = EventTemplate::new(name, ObjectType::Contacts);
        sandbox.add_event_type(name, template);
    }
    // HubSpot refuses the first two, and our own check the others.
    let refused = names.map(|name| EventInput::of_type(name).email("no address"));
    let unsealed = names.map(|name| EventInput::of_type(name).id("x".repeat(1_000)));
    let events = refused.into_iter().chain(unsealed);
    let report = events.send_batch(&client).report().await;
    assert_eq!(report.rejected(), 4);
    let rows = serde_json::to_value(&report).expect("JSON");
    let lines = log.take();
    for name in names {
        let said = format!(r#"type_name="{name}""#);
        let warned = |line: &&str| line.contains(" WARN ") && line.contains(&said);
        assert_eq!(lines.lines().filter(warned).count(), 2, "{lines}");
        let of_type = |row: &&serde_json::Value| row["typeName"] == name;
        let rows = rows["outcomes"].as_array().expect("rows");
        assert_eq!(rows.iter().filter(of_type).count(), 2, "{rows:?}");
    }
    lines
}

#[tokio::test]
async fn a_line_for_each_event_that_is_not_there_and_never_a_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        // A span says what it was told until its end.
        .with_span_events(FmtSpan::CLOSE)
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the first one");

    let account = Account::start().await;
    let sandbox = &account.sandbox;
    let refusal = Fault::status(400).body(format!(
        r#"{{"category":"VALIDATION_ERROR","message":"{EMAIL} is bad","correlationId":"c-17"}}"#
    ));
    sandbox.inject(refusal);
    let report = [account.event()]
        .send_batch(&account.client())
        .report()
        .await;
    assert_eq!(report.rejected(), 1);
    let mut all = log.take();
    assert_line_and_spans(&all);

    sandbox.inject(Fault::status(503).times(7));
    let client = sandbox.client();
    client.send(&account.event()).await.expect("created");
    let outage = log.take();
    let said = |text: &str| outage.lines().filter(|line| line.contains(text)).count();
    assert_eq!((said("outage begins"), said("outage is over")), (1, 1));
    assert_eq!(
        said(r#"outage begins portal_id=62515 error="status 503""#),
        1
    );
    all += &outage;

    all += &of_users_functions(&account, &log).await;
    all += &of_a_relay(&account, &log).await;
    all += &of_a_missing_setting(&account, &log).await;
    all += &of_templates_that_only_refuse(&account, &log).await;
    all += &of_app_events(&account, &log).await;

    let quoting = format!(
        r#"{{"status":"error","category":"VALIDATION_ERROR","message":"{EMAIL} came with canary-access and canary-refresh"}}"#
    );
    for status in [200, 207, 302, 400, 401, 403, 404, 409, 423, 429, 500, 521] {
        for route in [Route::Events, Route::Read, Route::Token] {
            sandbox.clear_faults();
            let fault = Fault::status(status).body(quoting.clone());
            sandbox.inject(fault.on(route).forever());
            let client = account.client();
            let report = [account.event()].send_batch(&client).report().await;
            all += &format!("{report} {report:?} {client:?}");
            for outcome in report.outcomes() {
                all += &format!("{outcome} {outcome:?} {:?}", outcome.attempts());
            }
            if let Err(error) = client.event(&account.template_id, "order-1").await {
                all += &format!("{error} {error:?}");
            }
        }
    }
    for fault in [
        Fault::cut_before(),
        Fault::cut_after(),
        Fault::truncated(),
        Fault::stall_in_body(),
    ] {
        sandbox.clear_faults();
        sandbox.inject(fault.forever());
        let client = account.client();
        let events = stream::iter([account.event()]);
        let outcomes: Vec<_> = client.send_stream(events).collect().await;
        all += &format!("{outcomes:?}");
        let sender = client.sender().build();
        let pending = sender.send(account.event()).await;
        all += &format!("{pending:?} {sender:?}");
        all += &pending.await.to_string();
        let report = sender.shutdown(Duration::from_secs(60)).await;
        all += &format!("{report} {report:?}");
    }
    all += &log.take();
    // Spans name what failed, where there is no status.
    for name in [
        "disconnected",
        "timed_out",
        "no_access_token",
        "refresh_token_refused",
    ] {
        assert!(all.contains(&format!(r#"error.type="{name}""#)), "{name}");
    }
    assert!(!all.contains(&sandbox.refresh_token()));
    assert!(
        all.len() > 100_000,
        "everything is listened to: {}",
        all.len()
    );
    for canary in CANARIES {
        let shown: Vec<&str> = all.lines().filter(|line| line.contains(canary)).collect();
        assert!(shown.is_empty(), "{canary} is shown: {shown:#?}");
    }
}
