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
    #[timeline(flaten)]
    a: Plan,
    #[timeline(inline)]
    b: Plan,
}

fn main() {}
