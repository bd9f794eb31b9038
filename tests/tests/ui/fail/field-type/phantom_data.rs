use std::marker::PhantomData;

use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    kind: PhantomData<u8>,
    #[timeline(token = "x")]
    other: std::marker::PhantomData<u8>,
}

fn main() {}
