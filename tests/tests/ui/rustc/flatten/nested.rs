use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Address {
    city: String,
}

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    email: String,
    #[timeline(flatten)]
    address: Address,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    city: String,
    #[timeline(flatten)]
    customer: Customer,
}

fn main() {}
