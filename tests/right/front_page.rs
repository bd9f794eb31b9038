//! An event as the front page has it: nothing is warned of.

#![deny(warnings)]

use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
    #[timeline(timestamp)]
    adopted_at: std::time::SystemTime,
    #[timeline(token = "petName")]
    name: String,
    #[timeline(token = "petAge")]
    age: u32,
    #[timeline(skip)]
    row: u64,
}

fn main() -> Result<(), timeline_core::InvalidEvent> {
    let event = PetAdopted {
        owner: "ada@example.com".to_owned(),
        adopted_at: std::time::UNIX_EPOCH,
        name: "Rex".to_owned(),
        age: 3,
        row: 1,
    };
    let _row = event.row;
    assert_eq!(event.event_input()?.tokens().len(), 2);
    Ok(())
}
