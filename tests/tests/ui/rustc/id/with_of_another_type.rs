use timeline_core::TimelineEvent;

struct Order(u64);

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{order}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(with = "number")]
    order: Order,
}

fn number(order: &Order) -> Vec<u64> {
    vec![order.0]
}

fn main() {}
