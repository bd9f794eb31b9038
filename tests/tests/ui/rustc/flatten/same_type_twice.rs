use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Pet {
    name: String,
    age: u8,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten)]
    one: Pet,
    #[timeline(flatten)]
    other: Option<Pet>,
}

fn main() {}
