use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email, type = "string")]
    owner: String,
    #[timeline(extra_data, type = "string")]
    data: Vec<u8>,
    #[timeline(timestamp, type = "date")]
    at: std::time::SystemTime,
}

fn main() {}
