use timeline_core::TimelineEvent;

struct NotAToken;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(timestamp, token = "at")]
    at: NotAToken,
}

fn main() {}
