use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    log: u8,
    #[timeline(token = "lookup")]
    b: u8,
}

fn main() {}
