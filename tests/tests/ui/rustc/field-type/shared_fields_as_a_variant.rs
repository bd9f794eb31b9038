use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
enum Event {
    Adopted(Customer),
}

fn main() {}
