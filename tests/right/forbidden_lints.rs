//! A lint that is forbidden can be allowed nowhere, also not by a derive.

#![forbid(
    clippy::all,
    clippy::pedantic,
    deprecated,
    long_running_const_eval,
    unused,
    unused_imports,
    unused_parens,
    unused_qualifications,
    warnings
)]

use timeline_core::{TimelineEvent, TimelineFields, TokenEnum, TokenValue};

#[derive(TokenEnum)]
enum Plan {
    Free,
}

#[derive(TimelineFields)]
struct Shared {
    plan: Plan,
    since: std::time::SystemTime,
}

#[derive(TimelineFields)]
struct Second {
    city: String,
}

#[derive(TimelineEvent)]
#[timeline(
    template_id = "1",
    header = "{{plan}} {{#formatDate since}}{{/formatDate}}"
)]
struct Inner<'a, T> {
    #[timeline(email)]
    mail: &'a str,
    #[timeline(flatten)]
    shared: Shared,
    #[timeline(flatten)]
    second: Second,
    #[timeline(type = "date")]
    value: T,
}

#[derive(TimelineEvent)]
enum Event<'a> {
    Inner(Inner<'a, u64>),
}

fn main() -> Result<(), timeline_core::InvalidEvent> {
    let shared = Shared {
        plan: Plan::Free,
        since: std::time::UNIX_EPOCH,
    };
    let second = Second {
        city: String::from("Oslo"),
    };
    let event = Event::Inner(Inner {
        mail: "a@b.c",
        shared,
        second,
        value: 5,
    });
    let input = event.event_input()?;
    assert_eq!(input.tokens().count(), 4);
    assert_eq!(Plan::options().len(), 1);
    Ok(())
}
