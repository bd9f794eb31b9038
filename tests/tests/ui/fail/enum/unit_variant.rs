use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    Adopted,
    #[timeline(template_id = "1001298")]
    Returned {
        #[timeline(email)]
        owner: String,
    },
    Lost(),
    Found {},
}

fn main() {}
