use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[repr(C, packed)]
struct Event {
    #[timeline(email)]
    owner: String,
    age: u64,
    #[timeline(flatten)]
    shared: Shared,
}

#[derive(TimelineFields)]
#[repr(packed(2))]
struct Shared {
    name: String,
}

fn main() {}
