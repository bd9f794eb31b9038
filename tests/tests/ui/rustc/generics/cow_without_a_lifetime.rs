use std::borrow::Cow;

use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<T: Clone> {
    #[timeline(email)]
    owner: String,
    value: Cow<T>,
}

fn main() {}
