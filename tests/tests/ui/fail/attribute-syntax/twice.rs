use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1")]
#[timeline(template_id = "2")]
#[timeline(object_type = "contacts", object_type = "contacts")]
struct Event {
    #[timeline(email, email)]
    owner: String,
    #[timeline(token = "petName")]
    #[timeline(token = "name")]
    name: String,
}

fn main() {}
