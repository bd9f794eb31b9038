use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Order {
    #[timeline(id)]
    number: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct WithId {
    #[timeline(email)]
    owner: String,
    #[timeline(id)]
    own: String,
    #[timeline(flatten)]
    order: Order,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{own}")]
struct WithPattern {
    #[timeline(email)]
    owner: String,
    #[timeline(skip)]
    own: String,
    #[timeline(flatten)]
    order: Order,
}

fn main() {}
