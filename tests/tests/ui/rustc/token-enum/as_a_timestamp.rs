use timeline_core::{TimelineEvent, TokenEnum};

#[derive(TokenEnum)]
enum Plan {
    Free,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(timestamp)]
    at: Plan,
}

fn main() {}
