use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(date)]
    born: u64,
    #[timeline(skip_if_none)]
    name: Option<String>,
}

fn main() {}
