use std::borrow::Cow;

use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<T> {
    #[timeline(email)]
    owner: &'a str,
    name: Cow<'b, T>,
    #[timeline(flatten)]
    shared: Shared<'c>,
}

#[derive(TimelineFields)]
struct Shared<'a> {
    city: Option<&'a str>,
    street: Option<&'d str>,
}

#[derive(TimelineEvent)]
enum Events {
    Event(Event<&'e str>),
}

fn main() {}
