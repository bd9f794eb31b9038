use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298", crate = "::timeline_core")]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
    #[timeline(template_id = "1001299")]
    #[timeline(bound = "")]
    Returned {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
