use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(crate = "timeline_core")]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
