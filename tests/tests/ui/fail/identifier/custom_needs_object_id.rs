use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "2-3308615")]
struct Event {
    #[timeline(domain)]
    domain: String,
}

fn main() {}
