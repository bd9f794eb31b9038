#![allow(unused)]

use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", crate = "timeline core")]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn is_event<E: TimelineEvent>() {}

fn main() {}
