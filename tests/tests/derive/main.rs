//! What the derives make of a type, attribute by attribute: the whole JSON, and the whole template.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says so by panicking"
)]

mod enum_templates;
mod enums;
mod event_types;
mod fields;
mod flatten;
mod flatten_generic;
mod generics;
mod ids;
mod macros;
mod manifest;
mod names;
mod renamed;
mod strict;
mod templates;
mod token_enum;
mod types;

/// What a macro finds by way of `$crate`.
mod reached {
    pub(crate) use ::timeline_core;
}

use timeline_core::{EventTemplate, TimelineEvent};

/// The event as HubSpot's JSON.
fn json(event: &impl TimelineEvent) -> String {
    serde_json::to_string(&event.event_input().expect("a good event")).expect("JSON")
}

/// Why the event cannot be sent.
fn refusal(event: &impl TimelineEvent) -> String {
    event.event_input().expect_err("a bad event").to_string()
}

/// The type's template as HubSpot's JSON, which has no id.
fn template<E: TimelineEvent>() -> String {
    let [template] = &E::templates()[..] else {
        panic!("one template");
    };
    serde_json::to_string(template).expect("JSON")
}

/// The template's id.
fn template_id<E: TimelineEvent>() -> Option<String> {
    let [template] = &E::templates()[..] else {
        panic!("one template");
    };
    template.id().map(str::to_owned)
}

/// All templates of a type: the id, or `-` without one, and the template as HubSpot's JSON.
fn templates<E: TimelineEvent>() -> Vec<String> {
    let line = |template: &EventTemplate| {
        let json = serde_json::to_string(template).expect("JSON");
        format!("{} {json}", template.id().unwrap_or("-"))
    };
    E::templates().iter().map(line).collect()
}

/// The declared tokens, as `name: label (type)`, and `-> property`.
fn tokens<E: TimelineEvent>() -> Vec<String> {
    let declared = E::templates()
        .into_iter()
        .flat_map(|template| template.tokens);
    declared
        .map(|token| {
            let property = token.object_property_name.map(|name| format!(" -> {name}"));
            let (name, label, kind) = (token.name, token.label, token.token_type);
            format!("{name}: {label} ({kind}){}", property.unwrap_or_default())
        })
        .collect()
}
