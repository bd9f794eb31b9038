use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "contact")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten)]
    shared: u8,
}

fn main() {}
