use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", flatten)]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
