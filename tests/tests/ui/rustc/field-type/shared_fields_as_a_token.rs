use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Customer {
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    customer: Customer,
}

fn main() {}
