use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298", header = "Adopted {{name}}")]
    Adopted {
        #[timeline(email)]
        owner: String,
        name: String,
    },
    #[timeline(template_id = "1001298", header = "Returned {{name}}")]
    Returned {
        #[timeline(email)]
        owner: String,
        name: String,
    },
}

fn main() {}
