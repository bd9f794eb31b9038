use timeline_core::TimelineEvent;

const SEVEN: u8 = 7;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(with = "SEVEN")]
    name: String,
}

fn main() {}
