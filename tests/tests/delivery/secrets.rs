//! Tokens and personal data appear nowhere.

use std::error::Error;

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Fault, REFRESH_TOKEN, Route, Sandbox};
use timeline_core::{
    Client, EventInput, OAuth, Outcome, RetryPolicy, SendBatch, TimelineEvent, TimelineIFrame,
};

use crate::{Order, sandbox, visits};

const TOKEN: &str = "canary-token";
const EMAIL: &str = "canary@example.com";

fn assert_clean(what: &str, shown: &str) {
    assert!(!shown.contains("canary"), "{what} shows a secret: {shown}");
}

fn chain(error: &dyn Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        shown += &format!(" {error} {error:?}");
        source = error.source();
    }
    shown
}

fn client(sandbox: &Sandbox) -> Client {
    Client::builder()
        .base_url(sandbox.base_url())
        .access_token(TOKEN)
        .clock(sandbox.clock())
        .timeout(std::time::Duration::from_millis(400))
        .retry(RetryPolicy::default().max_attempts(2))
        .build()
        .expect("good settings")
}

#[tokio::test]
async fn in_no_outcome_report_or_error() {
    let sandbox = crate::start(Sandbox::builder().access_token(TOKEN)).await;
    let quoting = format!(
        r#"{{"status":"error","category":"VALIDATION_ERROR","message":"{EMAIL} with {TOKEN} is not welcome","correlationId":"c-1"}}"#
    );
    for status in [400, 401, 403, 404, 409, 429, 500, 207, 201] {
        sandbox.clear_faults();
        sandbox.inject(Fault::status(status).body(quoting.clone()).forever());
        sandbox.inject(
            Fault::status(status)
                .body(quoting.clone())
                .on(Route::Read)
                .forever(),
        );
        let event = Order {
            id: "order-1".into(),
            who: EMAIL.into(),
            amount: 1.0,
        };
        let error = [event]
            .send_batch(&client(&sandbox))
            .await
            .expect_err("a fault");
        assert_clean("the error", &chain(&error));
        let report = error.report();
        assert_clean("the report", &format!("{report} {report:?} {report:#?}"));
        assert_clean(
            "the report's JSON",
            &serde_json::to_string(report).expect("JSON"),
        );
        for outcome in report.outcomes() {
            assert_clean(
                "the outcome",
                &format!("{outcome} {outcome:?} {outcome:#?}"),
            );
            if let Outcome::Rejected(rejection) = outcome {
                assert_clean(
                    "the rejection",
                    &format!("{rejection} {rejection:?} {:?}", rejection.reason()),
                );
            }
        }
        if let Err(error) = client(&sandbox).event("1001299", "order-1").await {
            assert_clean("the read's error", &chain(&error));
        }
    }
}

#[tokio::test]
async fn hubspots_message_is_there_for_who_asks() {
    let sandbox = sandbox().await;
    sandbox.inject(
        Fault::status(400)
            .body(r#"{"category":"VALIDATION_ERROR","message":"ada@example.com?","correlationId":"c-1"}"#)
            .forever(),
    );
    let said = "HubSpot refused it with status 400";
    let of = "(template 1001299, VALIDATION_ERROR, correlation id c-1)";
    for (show, says) in [
        (true, format!("{said}: ada@example.com? {of}")),
        (
            false,
            format!(
                "{said} {of}; HubSpot's reason is not shown: build the client with `.show_messages(true)` to see it here"
            ),
        ),
    ] {
        let client = sandbox.client_builder().show_messages(show).build();
        let client = client.expect("good settings");
        let error = client.send(&crate::order("a")).await.expect_err("refused");
        let rejection = error.rejection().expect("a rejection");
        assert_eq!(rejection.message(), Some("ada@example.com?"));
        assert_eq!(rejection.category(), Some("VALIDATION_ERROR"));
        assert_eq!(rejection.correlation_id(), Some("c-1"));
        assert_eq!(rejection.template_id(), Some("1001299"));
        assert_eq!(rejection.to_string(), says);
        for shown in [
            error.to_string(),
            format!("{error:?}"),
            error.outcome().to_string(),
        ] {
            assert!(shown.contains(&says), "{shown}");
        }
    }
}

/// HubSpot's messages are shown on one line if that is asked for, and otherwise nowhere, wherever they come from.
#[tokio::test]
async fn messages_are_shown_in_every_error_or_in_none() {
    let words = r#"{"category":"VALIDATION_ERROR","message":"canary\nmail"}"#;
    let partly = r#"{"status":"COMPLETE","results":[],"errors":[{"category":"VALIDATION_ERROR","message":"canary\nmail"}]}"#;
    for (status, body) in [
        (400, words),
        (207, partly),
        (403, words),
        (429, words),
        (503, words),
    ] {
        let sandbox = sandbox().await;
        let fault = Fault::status(status).body(body).forever();
        sandbox.inject(fault.clone());
        sandbox.inject(fault.on(Route::Read));
        for show in [true, false] {
            let client = sandbox.client_builder().show_messages(show);
            let client = client.retry(RetryPolicy::none());
            let client = client.build().expect("good settings");
            let error = [crate::order("a")].send_batch(&client).await;
            let error = error.expect_err("refused");
            let mut texts = vec![error.to_string(), error.report().outcomes()[0].to_string()];
            texts.push(
                client
                    .send(&crate::order("a"))
                    .await
                    .expect_err("refused")
                    .to_string(),
            );
            if status != 207 {
                let call = client.batch_create(&[crate::order("a")]).await;
                texts.push(call.expect_err("refused").to_string());
                let read = client.event("1001299", "a").await;
                texts.push(read.expect_err("no answer").to_string());
            }
            for text in texts {
                assert_eq!(text.contains("canary mail"), show, "{status}: {text}");
                assert!(!text.contains('\n'), "{text}");
            }
        }
    }
}

/// Nothing that comes from outside can end a line, move the cursor or turn the text around: not HubSpot's words, nor
/// the token endpoint's, nor the names and ids of the events.
#[tokio::test]
async fn nothing_unseen_is_shown() {
    const UNSEEN: &str = "a\\n\\u001b[31m\\u202eb\\u200bc\\u2028d\\ufeffe";
    let check = |shown: &str| {
        let seen = |c: char| {
            !c.is_control()
                && !('\u{200b}'..='\u{200f}').contains(&c)
                && !('\u{2028}'..='\u{202e}').contains(&c)
                && c != '\u{feff}'
        };
        assert!(shown.chars().all(seen), "{shown:?}");
    };
    let sandbox = sandbox().await;
    let body = format!(
        r#"{{"status":"{UNSEEN}","category":"{UNSEEN}","correlationId":"{UNSEEN}","message":"{UNSEEN}",
            "errors":[{{"context":{{"requiredGranularScopes":["{UNSEEN}"]}}}}]}}"#
    );
    let id = "order\n\u{202e}7\u{200b}";
    for route in [Route::Events, Route::Read, Route::Token] {
        for status in [400, 403, 429, 500] {
            sandbox.clear_faults();
            let fault = Fault::status(status).body(body.clone());
            sandbox.inject(fault.on(route).forever());
            let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN);
            let client = Client::builder()
                .base_url(sandbox.base_url())
                .oauth(oauth)
                .clock(sandbox.clock())
                .retry(RetryPolicy::default().max_attempts(2))
                .build()
                .expect("good settings");
            let report = [crate::order(id), crate::order("other")]
                .send_batch(&client)
                .report()
                .await;
            check(&format!("{report} {report:?}"));
            for outcome in report.outcomes() {
                check(&format!("{outcome} {outcome:?}"));
                if let Outcome::NotSent { reason, .. } = outcome {
                    check(&format!("{reason} {reason:?}"));
                }
            }
            if let Err(error) = client.send(&crate::order(id)).await {
                check(&chain(&error));
            }
            if let Err(error) = client.event("1001299", "a").await {
                check(&chain(&error));
            }
        }
    }
    let key = EventInput::new("1001298").email(EMAIL).key(id, "");
    let error = key.event_input().expect_err("an empty key");
    check(&chain(&error));
}

#[tokio::test]
async fn in_no_client_builder_or_input() {
    let oauth = OAuth::new("app", "canary-secret", "canary-refresh");
    assert_clean("the OAuth settings", &format!("{oauth:?}"));
    let builder = Client::builder()
        .oauth(oauth)
        .base_url("https://api.example.com");
    assert_clean("the builder", &format!("{builder:?}"));
    let client = builder.build().expect("good settings");
    assert_clean("the client", &format!("{client:?} {client:#?}"));

    let input = EventInput::new("1001298")
        .email(EMAIL)
        .utk("canary-utk")
        .object_id("canary-object")
        .token("page", "canary-page")
        .extra_data("canary-data");
    assert_clean("the input", &format!("{input:?} {input:#?}"));
    assert!(
        format!("{input:?}").contains("page"),
        "names are shown: {input:?}"
    );

    let iframe = TimelineIFrame {
        link_label: "canary-link".into(),
        header_label: "canary-header".into(),
        url: "https://example.com/?who=canary".into(),
        width: 800,
        height: 600,
    };
    assert_clean("the iframe", &format!("{iframe:?} {iframe:#?}"));
    assert!(format!("{iframe:?}").contains("800"), "{iframe:?}");
    let input = EventInput::new("1001298").email(EMAIL).iframe(iframe);
    assert_clean("the input", &format!("{input:?} {input:#?}"));

    let wrong = EventInput::new("1001298")
        .email(EMAIL)
        .token("canary", f64::NAN)
        .token("a b", EMAIL);
    let error = wrong.event_input().expect_err("NaN");
    assert!(!chain(&error).contains(EMAIL));
    for error in [
        Client::builder()
            .access_token("canary\n")
            .build()
            .expect_err("a line break"),
        Client::builder()
            .access_token("x")
            .base_url("https://canary:canary@host/")
            .build()
            .expect_err("a user"),
        Client::builder()
            .access_token("x")
            .proxy("canary://canary:canary@x y")
            .build()
            .expect_err("no URL"),
    ] {
        assert_clean("the settings' error", &chain(&error));
    }
}

/// What is shown in place of the secrets: enough to tell what the value is.
#[tokio::test]
async fn what_a_debug_says() {
    use futures_util::StreamExt;
    use timeline_core::{AuthorizationCode, Credentials, OAuth, SendBatch};
    let sandbox = sandbox().await;
    let oauth: Credentials = OAuth::new("client-id", "client-secret", "refresh-token").into();
    let created = visits(1).send_batch(&sandbox.client()).report().await;
    let code = AuthorizationCode {
        client_id: "app",
        client_secret: "client-secret",
        code: "a-token",
        redirect_uri: "https://app.example.com/installed",
    };
    let none = || futures_util::stream::iter(visits(0));
    let senders = sandbox
        .client()
        .senders(async |_| None::<Credentials>)
        .build();
    let sender = sandbox.client().sender().build();
    for (shown, words) in [
        (
            format!("{:?}", Credentials::access_token("a-token")),
            "access token",
        ),
        (format!("{oauth:?}"), "OAuth"),
        (
            format!("{:?}", visits(1).send_batch(&sandbox.client())),
            "Sending",
        ),
        (format!("{:?}", sandbox.client()), "base_url"),
        (
            format!("{:?}", Client::builder().access_token("a-token")),
            "ClientBuilder",
        ),
        (format!("{:?}", sandbox.client().sender()), "SenderBuilder"),
        (
            format!(
                "{:?}",
                sandbox.client().senders(async |_| None::<Credentials>)
            ),
            "SendersBuilder",
        ),
        (format!("{:?}", created.outcomes()[0]), "Outcome("),
        (format!("{code:?}"), "https://app.example.com/installed"),
        (
            format!(
                "{:?}",
                Client::builder().batch_size(0).build().expect_err("none")
            ),
            "ConfigError(",
        ),
        (
            format!("{:?}", sandbox.client().send_stream(none())),
            "Outcomes",
        ),
        (
            format!(
                "{:?}",
                sandbox
                    .client()
                    .send_tagged(none().map(|visit| ((), visit)))
            ),
            "TaggedOutcomes",
        ),
        (format!("{senders:?}"), "Senders"),
        (format!("{sender:?}"), "Sender"),
        (format!("{:?}", sender.reserve().await), "Room"),
    ] {
        assert!(shown.contains(words), "{shown}");
        for secret in ["a-token", "client-secret", "refresh-token"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
