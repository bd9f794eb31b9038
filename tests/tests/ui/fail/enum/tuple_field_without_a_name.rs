use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted(#[timeline(email)] String, u8),
    #[timeline(template_id = "1001299")]
    Returned(#[timeline(email)] String, #[timeline(token = "age")] u8, bool),
}

fn main() {}
