use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", bound = "T")]
struct Event<T> {
    #[timeline(email)]
    owner: T,
}

fn main() {}
