//! Traits of the user's that hold for every type, with the names that ours have.

#![deny(warnings)]

use timeline_core::{TimelineEvent, TimelineFields, TokenEnum};

#[allow(dead_code)]
trait Constants {
    const DEPTH: u8 = 0;
    const KIND: u8 = 0;
    const NEVER: u8 = 0;
    const PARTS: u8 = 0;
    const TYPE: u8 = 0;
}

impl<T: ?Sized> Constants for T {}

#[allow(dead_code)]
trait Methods: Sized {
    fn count(self) {}
    fn has_role(self) {}
    fn has_token(self) {}
    fn is(self) {}
    fn kind(self) {}
    fn property(self) {}
    fn to_role(self) {}
    fn to_token(self) {}
    fn token(self) {}
    fn typed(self) {}
}

impl<T> Methods for T {}

#[derive(TokenEnum)]
enum Plan {
    Free,
}

#[derive(TimelineFields)]
struct Shared {
    plan: Plan,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1", header = "{{plan}}")]
struct Inner {
    #[timeline(email, with = "String::as_str")]
    mail: String,
    #[timeline(flatten)]
    shared: Shared,
    #[timeline(property = "city", type = "string")]
    city: bool,
}

#[derive(TimelineEvent)]
enum Event {
    // A struct, of which there is nothing to ask how often it hands events on.
    Inner(Inner),
}

fn main() -> Result<(), timeline_core::InvalidEvent> {
    let event = Event::Inner(Inner {
        mail: String::from("a@b.c"),
        shared: Shared { plan: Plan::Free },
        city: true,
    });
    let input = event.event_input()?;
    assert_eq!(input.tokens().len(), 2);
    Ok(())
}
