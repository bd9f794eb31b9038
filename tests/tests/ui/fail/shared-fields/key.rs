use timeline_core::TimelineFields;

#[derive(TimelineFields)]
struct Customer {
    #[timeline(key)]
    order: u64,
    #[timeline(key, token = "shop")]
    shop: u64,
}

fn main() {}
