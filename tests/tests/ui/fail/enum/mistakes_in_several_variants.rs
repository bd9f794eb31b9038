use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(emial)]
        owner: String,
    },
    #[timeline(template_id = "1001299")]
    Returned {
        owner: String,
        #[timeline(token = "pet name")]
        name: String,
    },
    Lost,
    #[timeline(template_id = "1001300", object_type = "contact")]
    Found {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
