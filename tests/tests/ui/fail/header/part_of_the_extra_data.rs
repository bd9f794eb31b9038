use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(detail = "{{basket.total}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(extra_data)]
    basket: Vec<u8>,
}

fn main() {}
