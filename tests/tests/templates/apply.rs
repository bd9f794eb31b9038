//! Applying a plan: what is written, what is refused before anything is written, and a failure at every request.

use std::error::Error;

use timeline_core::sandbox::{Fault, Route, Sandbox};
use timeline_core::{ApplyErrorKind, EventTemplate, ObjectType, TokenType};

use crate::{named, names, sandbox, templates, token};

/// Adds live templates: one to change, one to delete, one that stays.
fn prepare(sandbox: &Sandbox) {
    let mut old = named("Changed").token(token("a", TokenType::Enumeration));
    old.detail_template = Some("kept".to_owned());
    sandbox.add_template(old.token(token("gone", TokenType::Date)));
    sandbox.add_template(named("Old"));
    sandbox.add_template(named("Kept"));
}

fn code() -> Vec<EventTemplate> {
    let mut changed = named("Changed").token(token("b", TokenType::Number));
    changed.header_template = Some("{{b}}".to_owned());
    vec![
        named("First").token(token("a", TokenType::Enumeration)),
        changed,
        named("Kept"),
        EventTemplate::new("Second", ObjectType::Tickets),
    ]
}

#[tokio::test]
async fn afterwards_the_plan_is_empty() {
    for deleting in [false, true] {
        let sandbox = sandbox().await;
        prepare(&sandbox);
        let templates = templates(&sandbox);
        let plan = templates
            .plan(code())
            .await
            .expect("a plan")
            .deleting(deleting);
        let before = sandbox.requests();
        let applied = plan.apply().await.expect("applied");
        let counts = (
            applied.created().len(),
            applied.updated().len(),
            applied.deleted().len(),
        );
        assert_eq!(counts, (2, 1, usize::from(deleting)));
        assert_eq!(
            applied.to_string(),
            format!("2 created, 1 changed, {} deleted", u8::from(deleting))
        );
        // One request for each change, one before and one after.
        assert_eq!(sandbox.requests() - before, 5 + u64::from(deleting));
        assert_eq!(applied.template_file().templates(), sandbox.templates());
        assert!(
            applied
                .template_file()
                .template_ids()
                .get("Second")
                .is_some()
        );
        let left = templates
            .plan(code())
            .await
            .expect("a plan")
            .deleting(deleting);
        assert!(left.is_empty(), "{left}");
        assert_eq!(names(&sandbox).contains(&"Old".to_owned()), !deleting);
        let changed = &applied.updated()[0];
        assert_eq!(changed.detail_template.as_deref(), Some("kept"));
        let tokens: Vec<&str> = changed.tokens.iter().map(|token| &*token.name).collect();
        let expected = if deleting {
            &["b"][..]
        } else {
            &["a", "gone", "b"]
        };
        assert_eq!(tokens, expected);
        // Nothing is left to do, so nothing is asked for.
        let before = sandbox.requests();
        drop(left.apply().await.expect("nothing to do"));
        assert_eq!(sandbox.requests(), before);
    }
}

#[tokio::test]
async fn nothing_is_written_where_something_is_impossible() {
    let sandbox = sandbox().await;
    prepare(&sandbox);
    let mut code = code();
    code.push(EventTemplate::new("Old", ObjectType::Deals));
    code.push(named("Kept").with_id("9"));
    let plan = templates(&sandbox).plan(code).await.expect("a plan");
    let before = (sandbox.requests(), sandbox.templates());
    let error = plan.apply().await.expect_err("two are impossible");
    assert_eq!(error.kind(), ApplyErrorKind::Impossible);
    assert!(
        error.to_string().starts_with(
            "nothing was changed, since the plan has 2 that are impossible, among them \"Old\": "
        ),
        "{error}"
    );
    assert_eq!((sandbox.requests(), sandbox.templates()), before);
}

#[tokio::test]
async fn nothing_is_written_where_hubspot_has_changed_since() {
    for change in [
        |sandbox: &Sandbox| drop(sandbox.add_template(named("Another"))),
        |sandbox: &Sandbox| {
            let mut kept = sandbox.templates().pop().expect("the last one");
            kept.detail_template = Some("new".to_owned());
            sandbox.add_template(kept);
        },
    ] {
        let sandbox = sandbox().await;
        prepare(&sandbox);
        let plan = templates(&sandbox).plan(code()).await.expect("a plan");
        change(&sandbox);
        let before = sandbox.templates();
        let error = plan.apply().await.expect_err("it has changed");
        assert_eq!(error.kind(), ApplyErrorKind::Changed, "{error}");
        assert_eq!(sandbox.templates(), before);
    }
}

/// Whichever request fails, and however: planned and applied again, everything is as the code says, and nothing is there
/// twice.
#[tokio::test]
async fn it_may_end_at_any_request() {
    let faults = [
        Fault::status(503),
        Fault::status(503).stored(),
        Fault::cut_before(),
        Fault::cut_after(),
        Fault::truncated(),
        Fault::status(429),
        Fault::status(200).body("{}").stored(),
    ];
    for fault in faults {
        let mut ended = 0;
        // The last three of these requests are not made.
        for request in 0..9 {
            let sandbox = sandbox().await;
            prepare(&sandbox);
            let templates = templates(&sandbox);
            let plan = templates.plan(code()).await.expect("a plan").deleting(true);
            sandbox.inject(fault.clone().on(Route::Templates).after(request));
            let what = format!("{fault:?} at request {request}");
            if let Err(error) = plan.apply().await {
                ended += 1;
                assert_eq!(error.kind(), ApplyErrorKind::Failed, "{what}: {error}");
                assert!(error.source().is_some(), "{what}");
                let applied = error.applied();
                assert!(applied.created().len() <= 2, "{what}: {applied}");
            }
            sandbox.clear_faults();
            let again = templates.plan(code()).await.expect("a plan").deleting(true);
            again
                .apply()
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            let left = templates.plan(code()).await.expect("a plan").deleting(true);
            assert!(left.is_empty(), "{what}: {left}");
            assert_eq!(
                names(&sandbox),
                ["Changed", "First", "Kept", "Second"],
                "{what}"
            );
        }
        // After a lost answer to a write, the client finds out what happened; a listing that fails ends the call.
        assert!((2..=6).contains(&ended), "{fault:?}: {ended}");
    }
}

/// HubSpot accepts everything, and does something else.
#[tokio::test]
async fn what_is_taken_and_not_done_is_told() {
    let sandbox = sandbox().await;
    prepare(&sandbox);
    let plan = templates(&sandbox).plan(code()).await.expect("a plan");
    let created = r#"{"id":"77","name":"First","objectType":"contacts","tokens":[]}"#;
    sandbox.inject(
        Fault::status(201)
            .body(created)
            .on(Route::Templates)
            .after(1),
    );
    let error = plan.apply().await.expect_err("the first is not there");
    assert_eq!(error.kind(), ApplyErrorKind::StillDiffers);
    assert!(
        error.to_string().contains(
            "\"First\" still differs from the code (2 created, 1 changed, 0 deleted so far"
        ),
        "{error}"
    );
}
