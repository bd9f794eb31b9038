use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(email)]
    other: String,
    #[timeline(timestamp)]
    at: std::time::SystemTime,
    #[timeline(timestamp)]
    later: std::time::SystemTime,
}

fn main() {}
