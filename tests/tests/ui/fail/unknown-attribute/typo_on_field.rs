use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(emial)]
    owner: String,
    #[timeline(timestmap)]
    at: u64,
    #[timeline(tokn = "petName")]
    name: String,
}

fn main() {}
