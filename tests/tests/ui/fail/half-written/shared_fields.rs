use timeline_core::TimelineFields;

#[derive(TimelineFields)]
#[timeline]
struct Customer {
    #[timeline()]
    address: String,
    #[timeline(email = )]
    other: String,
    #[timeline("plan")]
    plan: String,
}

fn main() {}
