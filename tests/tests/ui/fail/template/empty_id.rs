use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "")]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
