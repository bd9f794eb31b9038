use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        name: String,
    },
    #[timeline(template_id = "1001298")]
    Returned {
        #[timeline(email)]
        owner: String,
        reason: String,
    },
}

fn main() {}
