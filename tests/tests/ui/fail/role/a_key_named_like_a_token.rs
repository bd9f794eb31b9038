use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(key, token = "order")]
    first: u64,
    #[timeline(key)]
    order: u64,
}

fn main() {}
