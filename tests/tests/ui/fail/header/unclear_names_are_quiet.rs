use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(header = "{{petName}} {{petAge}}", id = "{name}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(tokn = "petName")]
    name: String,
    #[timeline(token = petAge)]
    age: u8,
}

fn main() {}
