//! Each call, what it refuses, and an answer to `create` that is lost.

use std::error::Error;
use std::time::Duration;

use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Fault, Route, Sandbox, TestClock};
use timeline_core::{ErrorKind, EventTemplate, OAuth, ObjectType, TokenType};

use crate::{named, names, sandbox, templates, token};

fn on(fault: Fault) -> Fault {
    fault.on(Route::Templates)
}

#[tokio::test]
async fn a_template_from_its_creation_to_its_end() {
    let sandbox = sandbox().await;
    let templates = templates(&sandbox);
    let mut wanted = EventTemplate::new("Order shipped", ObjectType::Deals)
        .token(token("number", TokenType::Number))
        .token(token("carrier", TokenType::Enumeration).property("last_carrier"));
    wanted.header_template = Some("{{number}}".to_owned());

    let created = templates.create(&wanted).await.expect("created");
    let id = created.id().expect("an id").to_owned();
    assert_eq!(created, wanted.clone().with_id(&*id));
    assert_eq!(templates.get(&id).await, Ok(Some(created.clone())));
    assert_eq!(templates.list().await, Ok(vec![created]));

    // Texts and tokens that the template does not have any more are removed.
    wanted.name = "Order sent".to_owned();
    wanted.header_template = None;
    wanted.tokens.remove(0);
    let updated = templates.update(&wanted.clone().with_id(&*id)).await;
    assert_eq!(updated, Ok(wanted.clone().with_id(&*id)));

    let date = token("at", TokenType::Date);
    assert_eq!(templates.create_token(&id, &date).await, Ok(date.clone()));
    let mut carrier = wanted.tokens[0].clone();
    carrier.label = "Carrier".to_owned();
    carrier.options.pop();
    let changed = templates.update_token(&id, &carrier).await;
    assert_eq!(changed, Ok(carrier.clone()));
    templates.delete_token(&id, "at").await.expect("removed");
    let live = templates
        .get(&id)
        .await
        .expect("an answer")
        .expect("it is there");
    assert_eq!(live.tokens, [carrier]);

    templates.delete(&id).await.expect("deleted");
    assert_eq!(templates.get(&id).await, Ok(None));
    assert_eq!(templates.list().await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_name_exists_once() {
    let sandbox = sandbox().await;
    let templates = templates(&sandbox);
    let wanted = named("A").token(token("a", TokenType::String));
    let first = templates.create(&wanted).await.expect("created");
    let second = templates.create(&wanted).await.expect("there already");
    assert_eq!(
        (second.id(), names(&sandbox)),
        (first.id(), vec!["A".to_owned()])
    );
    // A template that differs is another one, whether it has more or less.
    for other in [named("A"), wanted.token(token("b", TokenType::String))] {
        let error = templates.create(&other).await.expect_err("it differs");
        assert_eq!(error.kind(), ErrorKind::TemplateExists, "{error}");
    }
}

/// The template is there once, although the answer never came. Or the error says that it is not known whether it is
/// there, and the same call works later.
#[tokio::test]
async fn a_lost_answer_makes_no_second_template() {
    for (fault, is_there) in [
        (Fault::cut_after(), true),
        (Fault::truncated(), true),
        (Fault::status(502).stored(), true),
        (Fault::status(201).body("[]").stored(), true),
        (Fault::cut_before(), false),
        (Fault::status(502), false),
    ] {
        let sandbox = sandbox().await;
        let templates = templates(&sandbox);
        for name in ["A", "B"] {
            // The request that looks for the name comes first.
            sandbox.inject(on(fault.clone()).after(1));
            let result = templates.create(&named(name)).await;
            assert_eq!(result.is_ok(), is_there, "{fault:?}: {result:?}");
            let again = templates.create(&named(name)).await.expect("there");
            let before = result.map_or(again.clone(), |before| before);
            assert_eq!(before.id(), again.id(), "{fault:?}");
        }
        assert_eq!(names(&sandbox), ["A", "B"], "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let sandbox = sandbox().await;
    let templates = templates(&sandbox);
    let id = sandbox.add_template(named("A").token(token("a", TokenType::String)));

    let error = templates.update(&named("A")).await.expect_err("no id");
    assert_eq!(error.kind(), ErrorKind::NoTemplateId);
    assert_eq!(
        error.to_string(),
        "PUT /integrators/timeline/v3/{appId}/event-templates/{eventTemplateId}: \
         the template has no id: take it from `list`, or give it one with `with_id`"
    );
    for bad in ["", ".."] {
        let error = templates.get(bad).await.expect_err("no segment of a path");
        assert_eq!(error.kind(), ErrorKind::InvalidId);
    }
    let error = templates.delete("4711").await.expect_err("there is none");
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Refused, Some(404))
    );
    let other_type = named("A").with_id(&*id).token(token("a", TokenType::Date));
    let error = templates
        .update(&other_type)
        .await
        .expect_err("a token's type");
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Refused, Some(400))
    );
    assert!(
        error
            .message()
            .is_some_and(|message| message.contains("The type of the token a")),
        "{error}"
    );

    for (fault, kind) in [
        (Fault::status(403), ErrorKind::Forbidden),
        (Fault::status(429), ErrorKind::RateLimited),
        (Fault::status(503), ErrorKind::ServerError),
        (Fault::cut_before(), ErrorKind::Disconnected),
        (
            Fault::status(200).body(r#"{"results":[{"id":"1"}]}"#),
            ErrorKind::Unreadable,
        ),
        (Fault::status(200).body("[]"), ErrorKind::Unreadable),
    ] {
        sandbox.inject(on(fault.clone()));
        let error = templates.list().await.expect_err("a fault");
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
    }
    sandbox.inject(on(Fault::status(200).body(r#"{"results":[{"id":"1"}]}"#)));
    let error = templates.list().await.expect_err("no name");
    assert!(
        error.to_string().contains("missing field `name`"),
        "{error}"
    );
    assert!(error.source().is_none());
}

/// HubSpot may add types of tokens; these are not taken for known ones.
#[tokio::test]
async fn a_listing_that_is_not_understood_is_not_believed() {
    let sandbox = sandbox().await;
    let body = r#"{"results":[{"id":"1","name":"A","objectType":"CONTACT","tokens":[{"name":"a","label":"A","type":"boolean"}]}]}"#;
    sandbox.inject(on(Fault::status(200).body(body)));
    let error = templates(&sandbox).list().await.expect_err("a new type");
    assert!(
        error.to_string().contains("unknown variant `boolean`"),
        "{error}"
    );
    // Object types are read in any spelling, and keys that are not known are ignored.
    let body = r#"{"results":[{"id":"1","name":"A","objectType":"CONTACT","tokens":[],"x":{}}],"paging":1}"#;
    sandbox.inject(on(Fault::status(200).body(body)));
    let listed = templates(&sandbox).list().await;
    assert_eq!(listed, Ok(vec![named("A").with_id("1")]));
}

#[tokio::test]
async fn a_token_that_has_run_out_is_renewed() {
    let clock = std::sync::Arc::new(TestClock::new());
    let builder = Sandbox::builder()
        .clock(clock)
        .token_lifetime(Duration::from_secs(60));
    let sandbox = builder.start().await.expect("a free port");
    let oauth = OAuth::new(CLIENT_ID, CLIENT_SECRET, sandbox.refresh_token());
    let client = sandbox.client_builder().oauth(oauth).build();
    let templates = client.expect("good settings").templates(7);
    assert_eq!(templates.list().await, Ok(Vec::new()));
    sandbox.expire_tokens();
    templates
        .create(&named("A"))
        .await
        .expect("with a new token");
    assert_eq!(sandbox.tokens_issued(), 2);
}

/// 750 templates of 500 tokens, which is far more than other answers may have.
#[tokio::test]
async fn the_largest_app_is_listed() {
    let token = r#"{"name":"NAME","label":"A label of some length","type":"string","options":[],"createdAt":"2026-08-01T12:00:00.000Z","updatedAt":"2026-08-01T12:00:00.000Z"}"#;
    let tokens: Vec<String> = (0..500)
        .map(|n| token.replace("NAME", &format!("token-{n}")))
        .collect();
    let tokens = tokens.join(",");
    let listed: Vec<String> = (0..750)
        .map(|n| format!(r#"{{"id":"{n}","name":"Template {n}","objectType":"contacts","tokens":[{tokens}]}}"#))
        .collect();
    let body = format!(r#"{{"results":[{}]}}"#, listed.join(","));
    assert!(body.len() > 50_000_000, "{}", body.len());
    let sandbox = sandbox().await;
    sandbox.inject(on(Fault::status(200).body(body)));
    let listed = templates(&sandbox).list().await.expect("all of them");
    assert_eq!((listed.len(), listed[749].tokens.len()), (750, 500));
}
