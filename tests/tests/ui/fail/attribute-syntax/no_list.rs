use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
