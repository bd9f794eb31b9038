use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Order {
    number: u64,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{number}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten)]
    order: Order,
}

fn main() {}
