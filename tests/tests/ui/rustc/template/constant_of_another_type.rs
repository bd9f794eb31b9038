use timeline_core::TimelineEvent;

const ID: u64 = 1001298;

#[derive(TimelineEvent)]
#[timeline(template_id = ID)]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
