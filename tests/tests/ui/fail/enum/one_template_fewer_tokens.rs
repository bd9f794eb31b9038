use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted")]
enum Event {
    Adopted {
        #[timeline(email)]
        owner: String,
        name: String,
        age: u8,
    },
    Returned {
        #[timeline(email)]
        owner: String,
        name: String,
    },
}

fn main() {}
