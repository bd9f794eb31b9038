use timeline_core::TimelineEvent;

struct NotAToken;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted(#[timeline(email)] String, #[timeline(token = "name")] NotAToken),
}

fn main() {}
