use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Adopted {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
enum Event {
    #[timeline(object_type = "contacts", rename_all = "camelCase")]
    Adopted(Adopted),
}

fn main() {}
