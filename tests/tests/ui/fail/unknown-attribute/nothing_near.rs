use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(colour = "red")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(volume)]
    name: String,
}

fn main() {}
