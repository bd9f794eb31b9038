use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(templateId = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
    #[timeline(template_id = "1001299", colour = "red")]
    Returned {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
