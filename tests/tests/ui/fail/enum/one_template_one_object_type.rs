use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298", object_type = "deals")]
    Won {
        #[timeline(object_id)]
        deal: u64,
    },
    #[timeline(template_id = "1001298")]
    Lost {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
