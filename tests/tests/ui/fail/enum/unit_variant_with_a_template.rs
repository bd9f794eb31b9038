use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
enum Event {
    #[timeline(template_id = "1001299")]
    Adopted,
    Returned {},
}

fn main() {}
