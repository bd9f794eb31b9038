use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    Adopted {
        #[timeline(email)]
        owner: String,
    },
    Returned(#[timeline(email)] String, #[timeline(token = "reason")] String),
}

fn main() {}
