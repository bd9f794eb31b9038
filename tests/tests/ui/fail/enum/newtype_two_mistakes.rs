use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(colour = "red")]
    Adopted(#[timeline(emial)] String),
    #[timeline(template_id = "1001298", email)]
    Returned(#[timeline(emial)] String),
}

fn main() {}
