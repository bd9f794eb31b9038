use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Adopted {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001299")]
    Adopted(Adopted),
    #[timeline(template_id = "1001300")]
    Returned(#[timeline(email)] String),
}

fn main() {}
