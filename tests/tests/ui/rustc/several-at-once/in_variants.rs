use timeline_core::TimelineEvent;

struct NotAToken;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        name: NotAToken,
    },
    #[timeline(template_id = "")]
    Returned {
        #[timeline(email)]
        owner: String,
        name: NotAToken,
    },
    Lost(NotAnEvent),
}

struct NotAnEvent;

fn main() {}
