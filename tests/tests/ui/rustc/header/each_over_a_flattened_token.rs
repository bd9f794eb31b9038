use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Pet {
    #[timeline(token = "petName")]
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(detail = "{{#each petName}}{{this}}{{/each}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    age: u8,
    #[timeline(flatten)]
    pet: Pet,
}

fn main() {}
