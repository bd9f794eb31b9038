use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Order {
    #[timeline(id)]
    number: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(key)]
    own: String,
    #[timeline(flatten)]
    order: Order,
}

fn main() {}
