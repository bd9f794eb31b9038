use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{order_id")]
struct Unclosed {
    #[timeline(email)]
    owner: String,
    order_id: u64,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-order_id}")]
struct Unopened {
    #[timeline(email)]
    owner: String,
    order_id: u64,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{}")]
struct Empty {
    #[timeline(email)]
    owner: String,
    order_id: u64,
}

fn main() {}
