use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted(#[timeline(email)] String),
    #[timeline(template_id = "1001299")]
    Adopted(#[timeline(email)] String),
}

fn main() {}
