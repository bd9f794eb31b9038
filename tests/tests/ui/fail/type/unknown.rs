use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(type = "Date")]
    a: u64,
    #[timeline(type = "datetime")]
    b: u64,
    #[timeline(type = "bool")]
    c: String,
    #[timeline(type = "colour")]
    d: String,
}

fn main() {}
