use timeline_core::TimelineFields;

#[derive(TimelineFields)]
struct Customer {
    name: String,
    #[timeline(flatten)]
    boss: Option<Box<Customer>>,
}

fn main() {}
