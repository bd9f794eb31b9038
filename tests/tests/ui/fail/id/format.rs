use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{order_id:>08}-{shop!r}")]
struct Event {
    #[timeline(email)]
    owner: String,
    order_id: u64,
    shop: u64,
}

fn main() {}
