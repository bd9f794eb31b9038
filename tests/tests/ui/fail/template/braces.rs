use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "{{uuid}}")]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
