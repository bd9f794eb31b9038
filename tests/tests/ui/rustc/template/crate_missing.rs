use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", crate = "::no_such_crate")]
struct Event {
    #[timeline(email)]
    owner: String,
}

fn main() {}
