use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{2}-{order}")]
struct Event(#[timeline(email)] String, #[timeline(token = "order")] u64);

fn main() {}
