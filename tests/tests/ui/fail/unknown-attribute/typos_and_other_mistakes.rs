use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", renameall = "camelCase", headr = "{{petNmae}}")]
struct Event {
    #[timeline(lable = "Pet")]
    pet_name: String,
    #[timeline(token = "petName")]
    name: String,
}

fn main() {}
