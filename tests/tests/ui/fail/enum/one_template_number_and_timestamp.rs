use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
enum Event {
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(type = "number")]
        at: u64,
    },
    Returned {
        #[timeline(email)]
        owner: String,
        #[timeline(timestamp, token = "at")]
        when: std::time::SystemTime,
    },
}

fn main() {}
