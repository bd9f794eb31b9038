use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(type = "date")]
        at: u64,
    },
    #[timeline(template_id = "1001298")]
    Returned {
        #[timeline(email)]
        owner: String,
        #[timeline(type = "number")]
        at: u64,
    },
}

fn main() {}
