use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = 100)]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
