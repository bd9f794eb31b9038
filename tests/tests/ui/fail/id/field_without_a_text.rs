use std::marker::PhantomData;

use timeline_core::{TimelineEvent, TimelineFields, TimelineIFrame};

#[derive(TimelineFields)]
struct Plan {
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "{plan}-{data}-{page}-{of}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten)]
    plan: Plan,
    #[timeline(extra_data)]
    data: Vec<u8>,
    #[timeline(iframe)]
    page: TimelineIFrame<'static>,
    #[timeline(skip)]
    of: PhantomData<u8>,
}

fn main() {}
