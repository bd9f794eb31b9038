use timeline_core::TimelineFields;

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    address: String,
    #[timeline(email)]
    other: String,
    #[timeline(token = "my plan")]
    plan: String,
    #[timeline(token = "age")]
    a: u8,
    age: u8,
}

fn main() {}
