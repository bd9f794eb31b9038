use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id)]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
    #[timeline()]
    Returned {
        #[timeline(email)]
        owner: String,
    },
    #[timeline]
    Lost,
    #[timeline(template_id = )]
    Found {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
