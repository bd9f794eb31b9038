use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{orderId}", rename_all = "camelCase")]
struct Event {
    #[timeline(email)]
    owner: String,
    order_id: u64,
}

fn main() {}
