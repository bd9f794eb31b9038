use timeline_core::TimelineFields;

#[derive(TimelineFields)]
#[timeline(renameAll = "camelCase")]
struct Customer {
    #[timeline(emial)]
    address: String,
    #[timeline(unique)]
    number: u64,
    #[timeline(colour = "red")]
    plan: String,
}

#[derive(TimelineFields)]
#[timeline(colour = "red")]
struct Other {
    plan: String,
}

fn main() {}
