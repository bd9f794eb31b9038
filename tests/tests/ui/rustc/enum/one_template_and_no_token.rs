use timeline_core::TimelineEvent;

struct NotAToken;

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted")]
enum Event {
    Adopted {
        #[timeline(email)]
        owner: String,
        note: NotAToken,
    },
    Returned {
        #[timeline(email)]
        owner: String,
        note: u8,
    },
}

fn main() {}
