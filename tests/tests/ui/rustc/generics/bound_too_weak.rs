use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", bound = "T: Clone")]
struct Event<T> {
    #[timeline(email)]
    owner: String,
    value: T,
}

fn main() {}
