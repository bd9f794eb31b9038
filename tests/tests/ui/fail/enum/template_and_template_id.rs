use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298", template = "Pet adopted")]
    Adopted {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
