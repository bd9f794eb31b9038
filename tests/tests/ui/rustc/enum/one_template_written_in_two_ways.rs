use timeline_core::TimelineEvent;

const PET: &str = "1001298";

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = PET)]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
    #[timeline(template_id = "1001298")]
    Returned {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
