use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(id)]
    id: u64,
    #[timeline(key)]
    key: u64,
    #[timeline(key)]
    other: u64,
}

fn main() {}
