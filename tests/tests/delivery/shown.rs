//! What is shown of an error that `main` or a test returns: its text on one line behind its type's name, and no fields.

use std::error::Error;

use timeline_core::outbox::Outbox;
use timeline_core::pgmq::Pgmq;
use timeline_core::{
    Client, EventInput, EventTemplate, ObjectType, Preview, SealedEvent, TemplateFile,
    TimelineEvent, TransportError,
};

use crate::sandbox;

/// The type's name, and the error.
fn named<E: Error + 'static>(error: E) -> (&'static str, Box<dyn Error>) {
    let path = std::any::type_name::<E>();
    let name = path.rsplit("::").next().unwrap_or(path);
    (name, error.into())
}

#[tokio::test]
async fn errors_are_shown_as_their_text() {
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let template = EventTemplate::new("Visited", ObjectType::Contacts);
    let file = TemplateFile::from_json(r#"{"results": []}"#).expect("a list");
    let plan = client.templates(7).plan(vec![template.clone()]).await;
    let plan = plan.expect("it is read");
    // The template is there by the time that the plan is applied.
    sandbox.add_template(template.clone());
    let nowhere = std::env::temp_dir().join("timeline-no-such-folder/events.db");
    let unnamed = EventInput::new("7").email("");
    let mut open = EventTemplate::new("Visited", ObjectType::Contacts);
    open.header_template = Some("{{#if a}}".to_owned());
    let opened = Preview::render(&open, &EventInput::new("7").email("ada@example.com"));
    for (name, error) in [
        named(Client::builder().batch_size(0).build().expect_err("none")),
        named(client.event("7", "").await.expect_err("no id")),
        named(unnamed.event_input().expect_err("no address")),
        named(SealedEvent::from_json(b"{").expect_err("cut")),
        named(TemplateFile::from_json("[").expect_err("cut")),
        named(
            file.check(std::slice::from_ref(&template))
                .expect_err("it is missing"),
        ),
        named(template.to_definition("").expect_err("no uid")),
        named(plan.apply().await.expect_err("it has changed")),
        named(opened.expect_err("open")),
        named(Outbox::open(nowhere).await.expect_err("no folder")),
        named(Pgmq::connect("nonsense=1", "events").await.expect_err("no")),
        named(TransportError::disconnected("cut")),
        named(client.send(&unnamed).await.expect_err("no address")),
    ] {
        let shown = match name {
            // These have several lines, or texts of outcomes in them.
            "Drift" | "SendError" => format!("{name}({error})"),
            _ => format!("{name}({:?})", error.to_string()),
        };
        assert_eq!(format!("{error:?}"), shown);
    }
}
