//! Tests of the sandbox over HTTP, as any client uses it.

// Clippy lets tests panic, and does not see that helpers outside of a test function belong to one.
#![allow(clippy::expect_used, clippy::panic)]

mod answers;
mod app_events;
mod console;
mod faults;
mod handle;
mod http;
mod oauth;
mod portals;
mod rules;
mod shapes;
mod switches;
mod templates;

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Value, json};
use timeline_core::sandbox::{Rules, Sandbox, TestClock};
use timeline_core::{EventTemplate, ObjectType, TokenDefinition, TokenOption};

/// The template that most tests use: a token of each type, on contacts.
const TEMPLATE: &str = "1001298";
/// A template without tokens, on deals.
const DEALS: &str = "1001299";

fn template() -> EventTemplate {
    let mut species = TokenDefinition::new::<bool>("species", "Species").expect("a name");
    species.options = vec![
        TokenOption::new("dog", "Dog"),
        TokenOption::new("cat", "Cat"),
    ];
    EventTemplate::new("Pet adopted", ObjectType::Contacts)
        .with_id(TEMPLATE)
        .token(TokenDefinition::new::<str>("petName", "Pet name").expect("a name"))
        .token(TokenDefinition::new::<u32>("petAge", "Pet age").expect("a name"))
        .token(species)
        .token(TokenDefinition::new::<SystemTime>("born", "Born").expect("a name"))
}

/// A sandbox with both templates, at 2026-08-01T12:00:00Z.
async fn sandbox() -> Sandbox {
    sandbox_with(Rules::default()).await
}

async fn sandbox_with(rules: Rules) -> Sandbox {
    let builder = Sandbox::builder()
        .clock(Arc::new(TestClock::new()))
        .rules(rules);
    let sandbox = builder.start().await.expect("a port");
    sandbox.add_template(template());
    sandbox.add_template(EventTemplate::new("Deal won", ObjectType::Deals).with_id(DEALS));
    sandbox
}

/// A valid event.
fn event(id: &str) -> Value {
    json!({
        "eventTemplateId": TEMPLATE,
        "id": id,
        "email": "ada@example.com",
        "tokens": { "petName": "Rex", "petAge": "3" },
    })
}

/// The event with other values for these keys; `null` removes the key.
fn with(mut event: Value, keys: &[(&str, Value)]) -> Value {
    let map = event.as_object_mut().expect("an object");
    for (key, value) in keys {
        if value.is_null() {
            map.remove(*key);
        } else {
            map.insert((*key).to_owned(), value.clone());
        }
    }
    event
}

/// The ids of the events it holds, sorted.
fn held(sandbox: &Sandbox) -> Vec<String> {
    let mut ids: Vec<String> = sandbox.events().into_iter().map(|event| event.id).collect();
    ids.sort();
    ids
}
