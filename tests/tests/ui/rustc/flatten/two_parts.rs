use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    address: String,
    name: String,
}

#[derive(TimelineFields)]
struct Pet {
    name: String,
}

#[derive(TimelineFields)]
struct Seller {
    #[timeline(email)]
    address: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(flatten)]
    customer: Customer,
    #[timeline(flatten)]
    pet: Pet,
    #[timeline(flatten)]
    seller: Seller,
}

fn main() {}
