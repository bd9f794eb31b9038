use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(manifest = "timeline.json")]
#[timeline(header = "{{name}}")]
#[timeline(detail = "{{name}}")]
#[timeline(id = "pet-{name}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(type = "date")]
    name: String,
    #[timeline(flatten)]
    shared: u8,
    #[timeline(value = "x")]
    value: u8,
}

fn main() {}
