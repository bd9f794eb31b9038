use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template-id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
