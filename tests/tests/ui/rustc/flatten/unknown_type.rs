use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", header = "{{a}}")]
struct Event {
    name: String,
    #[timeline(flatten)]
    a: Missing,
    #[timeline(flatten)]
    b: Absent,
}

fn main() {}
