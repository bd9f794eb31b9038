use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Pet {
    #[timeline(tokn = "petName")]
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", header = "{{petName}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten)]
    pet: Pet,
}

fn main() {}
