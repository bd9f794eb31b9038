use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298", name = "Pet adopted")]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
    #[timeline(template_id = "1001298", name = "Pet returned", object_type = "tickets")]
    Returned {
        #[timeline(object_id)]
        ticket: u64,
    },
}

fn main() {}
