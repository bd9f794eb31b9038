use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<T> {
    #[timeline(email)]
    owner: Option<&T>,
}

fn main() {}
