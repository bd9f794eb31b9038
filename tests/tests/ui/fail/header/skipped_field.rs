use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(header = "{{row}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(skip)]
    row: u64,
}

fn main() {}
