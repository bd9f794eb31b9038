use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298", email)]
    Adopted { owner: String },
    #[timeline(template_id = "1001299", token = "owner")]
    Returned {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
