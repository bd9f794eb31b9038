use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(header = "{{#formatDate at}}{{/formatDate}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(timestamp)]
    at: std::time::SystemTime,
}

fn main() {}
