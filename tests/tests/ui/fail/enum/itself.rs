use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
    Again(Box<Event>),
    Same(Option<Box<Self>>),
}

fn main() {}
