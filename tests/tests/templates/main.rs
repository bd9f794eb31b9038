//! The templates of an app over HubSpot's API: the calls, plans, and their application with faults at every request.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

mod apply;
mod calls;
mod plan;

use std::sync::Arc;

use timeline_core::sandbox::{Sandbox, TestClock};
use timeline_core::{
    EventTemplate, ObjectType, Templates, TokenDefinition, TokenOption, TokenType,
};

async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().clock(Arc::new(TestClock::new()));
    builder.start().await.expect("a free port")
}

fn templates(sandbox: &Sandbox) -> Templates {
    sandbox.client().templates(7)
}

fn named(name: &str) -> EventTemplate {
    EventTemplate::new(name, ObjectType::Contacts)
}

fn token(name: &str, token_type: TokenType) -> TokenDefinition {
    let mut token = TokenDefinition::new::<str>(name, name).expect("a good name");
    token.token_type = token_type;
    if token_type == TokenType::Enumeration {
        token.options = ["a", "b"]
            .map(|value| TokenOption::new(value, value))
            .into();
    }
    token
}

/// The names of the live templates, sorted.
fn names(sandbox: &Sandbox) -> Vec<String> {
    let templates = sandbox.templates().into_iter();
    let mut names: Vec<String> = templates.map(|template| template.name).collect();
    names.sort();
    names
}
