use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Plan {
    plan: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    name: String,
    #[timeline(flatten)]
    plan: Plan,
}

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    address: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "deals")]
struct Deal {
    #[timeline(flatten)]
    customer: Customer,
}

fn main() {}
