use timeline_core::TimelineEvent;

struct NotAToken;

fn wrap(_: &String) -> NotAToken {
    NotAToken
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(extra_data, with = "wrap")]
    data: String,
}

fn main() {}
