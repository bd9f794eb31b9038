//! Header and detail of an event as HubSpot would show them.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

mod handlebars;
mod markdown;
mod of_events;

use serde_json::{Value, json};
use timeline_core::{
    EventInput, EventTemplate, ObjectType, Preview, PreviewError, TokenDefinition, TokenType,
};

/// A template whose tokens are `name` (a string), `age` and `zero` (numbers) and `at` (a date).
fn template(header: &str, detail: &str) -> EventTemplate {
    let mut template = EventTemplate::new("Pet adopted", ObjectType::Contacts);
    for (name, token_type) in [
        ("name", TokenType::String),
        ("age", TokenType::Number),
        ("zero", TokenType::Number),
        ("at", TokenType::Date),
    ] {
        let mut token = TokenDefinition::new::<str>(name, name).expect("a good name");
        token.token_type = token_type;
        template = template.token(token);
    }
    template.header_template = Some(header.to_owned());
    template.detail_template = Some(detail.to_owned());
    template
}

fn extra_data() -> Value {
    json!({
        "items": [
            { "name": "Bowl", "price": 4.5, "tags": ["a", "b"] },
            { "name": "Lead & collar", "price": 0, "tags": [] },
        ],
        "owner": { "first": "Ada", "first name": "Ada L." },
        "none": [],
    })
}

fn event() -> EventInput<'static> {
    EventInput::new("1001298")
        .id("pet-1")
        .email("ada@example.com")
        .timestamp(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_785_585_600))
        .token("name", "Rex")
        .token("age", 3)
        .token("zero", 0)
        .token("at", 1_785_585_600_000_i64)
        .extra_data(extra_data())
}

/// The detail as text.
fn detail(text: &str) -> Result<String, PreviewError> {
    Preview::render(&template("", text), &event()).map(|preview| preview.detail_text().to_owned())
}
