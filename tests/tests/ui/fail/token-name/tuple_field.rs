use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event(#[timeline(email)] String, String, #[timeline(label = "Age")] Option<u8>);

fn main() {}
