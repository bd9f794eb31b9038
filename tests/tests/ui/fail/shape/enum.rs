use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", colour = "red")]
enum Event {
    #[timeline(template_id = "1001299")]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
