use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", rename_all = "camelCase")]
#[timeline(header = "{{pet_name}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    pet_name: String,
}

fn main() {}
