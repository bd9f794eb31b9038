use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
struct Event {
    #[timeline(template_id = "1001298", email)]
    owner: String,
}

fn main() {}
