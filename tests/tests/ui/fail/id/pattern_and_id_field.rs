use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{order_id}")]
struct WithId {
    #[timeline(email)]
    owner: String,
    #[timeline(id)]
    order_id: u64,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{order_id}")]
struct WithKey {
    #[timeline(email)]
    owner: String,
    #[timeline(key)]
    order_id: u64,
    #[timeline(key)]
    shop: u64,
}

fn main() {}
