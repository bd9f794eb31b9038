use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Plan {
    name: String,
    price: u32,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    name: String,
    #[timeline(flatten)]
    plan: Plan,
}

fn main() {}
