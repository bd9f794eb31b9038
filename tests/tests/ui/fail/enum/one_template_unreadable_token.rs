use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
enum Event {
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(token = 5)]
        pet: String,
    },
    Returned {
        #[timeline(email)]
        owner: String,
        name: String,
    },
}

fn main() {}
