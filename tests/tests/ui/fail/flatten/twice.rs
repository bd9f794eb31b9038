use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Plan {
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten, flatten)]
    plan: Plan,
}

fn main() {}
