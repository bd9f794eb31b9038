use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(temp)]
struct Event {
    #[timeline(ema)]
    owner: String,
}

fn main() {}
