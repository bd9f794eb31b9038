use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(id = "{order}-{{line}}-{{petName}}-{{timestamp}}-{{plain}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    order: u64,
    line: u8,
    #[timeline(token = "petName")]
    name: String,
}

fn main() {}
