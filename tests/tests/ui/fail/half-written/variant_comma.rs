use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298" name = "Pet adopted")]
    Adopted {
        #[timeline(email token = "owner")]
        owner: String,
    },
}

fn main() {}
