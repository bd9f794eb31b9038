use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(key, token = "order")]
    first: u64,
    #[timeline(key, token = "order")]
    second: u64,
}

fn main() {}
