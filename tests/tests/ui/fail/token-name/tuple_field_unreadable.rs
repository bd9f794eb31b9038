use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event(#[timeline(email)] String, #[timeline(token = 5)] u8);

fn main() {}
