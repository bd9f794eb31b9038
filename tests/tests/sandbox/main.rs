//! The sandbox, as any client meets it: over HTTP.

mod http;

use serde_json::{Value, json};
use timeline_core::sandbox::Sandbox;
use timeline_core::{EventTemplate, ObjectType, TokenDefinition, TokenOption};

/// The template that most tests use: a token of each type.
pub(crate) const TEMPLATE: &str = "1001298";

pub(crate) fn template() -> EventTemplate {
    let token = |name: &str, label: &str| TokenDefinition::new::<str>(name, label).expect("a name");
    let mut species = TokenDefinition::new::<bool>("species", "Species").expect("a name");
    species.options = vec![
        TokenOption::new("dog", "Dog"),
        TokenOption::new("cat", "Cat"),
    ];
    EventTemplate::new("Pet adopted", ObjectType::Contacts)
        .with_id(TEMPLATE)
        .token(token("petName", "Pet name"))
        .token(TokenDefinition::new::<u32>("petAge", "Pet age").expect("a name"))
        .token(species)
        .token(TokenDefinition::new::<std::time::SystemTime>("born", "Born").expect("a name"))
}

pub(crate) async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start().await.expect("a port");
    sandbox.add_template(template());
    sandbox
}

/// An event with nothing wrong with it.
pub(crate) fn event(id: &str) -> Value {
    json!({
        "eventTemplateId": TEMPLATE,
        "id": id,
        "email": "ada@example.com",
        "tokens": { "petName": "Rex", "petAge": "3" },
    })
}

#[tokio::test]
async fn smoke() {
    let sandbox = sandbox().await;
    let answer = http::batch(&sandbox, &[event("a"), event("b")]).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    println!("{}", answer.json());
    assert_eq!(sandbox.events().len(), 2);
    let answer = http::batch(&sandbox, &[event("a"), event("c")]).await;
    println!("{}", answer.json());
    assert_eq!(answer.status, 207);
    sandbox.inject(timeline_core::Fault::truncated());
    let answer = http::raw(
        &sandbox,
        "POST",
        http::BATCH,
        json!({"inputs": [event("d")]}).to_string().as_bytes(),
    )
    .await;
    assert!(answer.is_err());
    sandbox.inject(timeline_core::Fault::cut_after());
    let answer = http::raw(
        &sandbox,
        "POST",
        http::BATCH,
        json!({"inputs": [event("e")]}).to_string().as_bytes(),
    )
    .await;
    assert!(answer.is_err());
    assert_eq!(sandbox.events().len(), 5);
    assert_eq!(sandbox.requests(), 4);
}
