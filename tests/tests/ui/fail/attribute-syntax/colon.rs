use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id: "1001298", object_type = "contacts")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token: "petName")]
    name: String,
}

fn main() {}
