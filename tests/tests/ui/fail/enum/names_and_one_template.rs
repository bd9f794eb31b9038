use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted,
    Returned,
}

fn main() {}
