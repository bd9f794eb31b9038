use timeline_core::TimelineEvent;

struct NotAToken;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "order-{order}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(skip)]
    order: NotAToken,
}

fn main() {}
