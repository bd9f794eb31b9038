use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(email)]
#[timeline(token = "x")]
#[timeline(id)]
struct Event {
    #[timeline(email, template_id = "1001298")]
    owner: String,
    #[timeline(rename_all = "camelCase")]
    name: String,
    #[timeline(name = "petName")]
    other: String,
}

fn main() {}
