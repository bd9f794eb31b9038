use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(object_type = "deals")]
enum Event {
    #[timeline(template_id = "1001298")]
    Won {
        #[timeline(object_id)]
        deal: u64,
    },
    #[timeline(template_id = "1001299")]
    Lost {
        #[timeline(email)]
        seller: String,
    },
}

fn main() {}
