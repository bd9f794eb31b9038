use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Address {
    #[timeline(emial)]
    address: String,
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
}

fn main() {}
