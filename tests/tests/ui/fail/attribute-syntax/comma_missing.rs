use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298" object_type = "contacts")]
struct Event {
    #[timeline(email token = "mail")]
    owner: String,
    #[timeline(token = "petName" label = "Name" property = "name")]
    name: String,
}

fn main() {}
