use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(emial)]
    second: String,
}

fn main() {}
