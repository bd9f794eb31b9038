use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "deals", header = "{{id}} {{objecttype}}", detail = "{{extradata[1]}}")]
struct Event {
    #[timeline(object_id)]
    id: u64,
    name: String,
}

fn main() {}
