use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(detail = "{{extra_data.items}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(extra_data)]
    data: Vec<u8>,
}

fn main() {}
