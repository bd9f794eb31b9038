use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(header = "{{#formatDate at}}{{/formatDate}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(type = "number")]
    at: u64,
}

fn main() {}
