use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(header = "{{formatDate at}}")]
#[timeline(detail = "{{#formatdate at}}{{/formatdate}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    at: std::time::SystemTime,
}

fn main() {}
