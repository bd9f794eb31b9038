use timeline_core::{TimelineEvent, TimelineFields};

struct Address {
    city: String,
}

#[derive(TimelineFields)]
struct Customer {
    name: String,
    #[timeline(flatten)]
    address: Address,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(flatten)]
    customer: Customer,
    name: String,
}

fn main() {}
