use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(header = "{{pet name}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    pet_name: String,
}

fn main() {}
