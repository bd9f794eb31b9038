use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(header = "")]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
