use std::time::SystemTime;
use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "timeline.json")]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petname")]
    name: String,
    pet_age: u32,
    colour: String,
    #[timeline(token = "adoptedAt", type = "number")]
    adopted_at: u64,
    #[timeline(timestamp, token = "petName")]
    at: SystemTime,
    #[timeline(skip)]
    row: u64,
}

fn main() {}
