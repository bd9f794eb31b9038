use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{oder_id}")]
struct Event {
    #[timeline(email)]
    owner: String,
    order_id: u64,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{number}")]
struct Other {
    #[timeline(email)]
    owner: String,
    order_id: u64,
}

fn main() {}
