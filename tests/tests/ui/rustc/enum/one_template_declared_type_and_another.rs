use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(type = "number")]
        age: String,
    },
    #[timeline(template_id = "1001298")]
    Returned {
        #[timeline(email)]
        owner: String,
        age: String,
    },
}

fn main() {}
