use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "{order_id}")]
struct Event;

fn main() {}
