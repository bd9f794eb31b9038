use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(extra_data, token = "data")]
    data: u8,
    #[timeline(iframe, token = "page")]
    page: u8,
}

fn main() {}
