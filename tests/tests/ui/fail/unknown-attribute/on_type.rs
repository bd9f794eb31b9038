use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(templateid = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
