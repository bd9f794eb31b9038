#![allow(non_snake_case)]

use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", rename_all = "camelCase")]
struct Event {
    #[timeline(email)]
    owner: String,
    pet_name: u8,
    #[timeline(token = "petName")]
    other: u8,
    petName: u8,
}

fn main() {}
