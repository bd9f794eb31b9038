use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(header = petName)]
#[timeline(detail = 1)]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
    age: u8,
}

fn main() {}
