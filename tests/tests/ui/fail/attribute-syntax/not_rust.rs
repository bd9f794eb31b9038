use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", bound = "T: Copy\u{a0}")]
struct Event<T> {
    #[timeline(email, with = "text\u{200b}")]
    owner: T,
    #[timeline(with = "name'")]
    name: T,
}

fn main() {}
