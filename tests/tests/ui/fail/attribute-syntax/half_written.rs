use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id =)]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = , label = "Name")]
    name: String,
    #[timeline(label =)]
    age: u8,
}

fn main() {}
