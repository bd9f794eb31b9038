use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        name: String,
    },
    #[timeline(template_id = "1001298", detail = "{{name}}")]
    Returned {
        #[timeline(email)]
        owner: String,
        #[timeline(property = "pet_name")]
        name: String,
    },
}

fn main() {}
