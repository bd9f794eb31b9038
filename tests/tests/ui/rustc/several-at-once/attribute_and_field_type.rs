use timeline_core::TimelineEvent;

struct NotAToken;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "contact")]
struct Event {
    #[timeline(emial)]
    owner: String,
    name: NotAToken,
    #[timeline(token = "my tags")]
    tags: Vec<String>,
}

fn main() {}
