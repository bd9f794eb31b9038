use timeline_core::TimelineFields;

#[derive(TimelineFields)]
struct Address {
    city: String,
}

#[derive(TimelineFields)]
struct Customer {
    city: String,
    #[timeline(flatten)]
    address: Address,
}

fn main() {}
