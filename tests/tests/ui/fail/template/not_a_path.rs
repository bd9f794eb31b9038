use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = 1 + 1)]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
