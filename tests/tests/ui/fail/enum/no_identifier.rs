use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted { name: String },
    #[timeline(template_id = "1001299")]
    Returned(#[timeline(token = "name")] String),
}

fn main() {}
