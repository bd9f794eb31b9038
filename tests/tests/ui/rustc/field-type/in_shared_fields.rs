use timeline_core::TimelineFields;

struct NotAToken;

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    address: String,
    name: NotAToken,
    at: std::time::Duration,
}

fn main() {}
