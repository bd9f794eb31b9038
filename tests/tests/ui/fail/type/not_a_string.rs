use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(type = 3)]
    a: u64,
    #[timeline(type = number)]
    b: u64,
    #[timeline(type)]
    c: u64,
    #[timeline(type = "")]
    d: u64,
}

fn main() {}
