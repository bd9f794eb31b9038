use timeline_core::TimelineEvent;

struct NotAToken;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    name: Option<Box<NotAToken>>,
}

fn main() {}
