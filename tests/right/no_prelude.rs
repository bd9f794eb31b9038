//! A crate without the prelude: what a derive writes names everything in full.

#![no_implicit_prelude]

use ::{std, timeline_core};

#[derive(timeline_core::TimelineEvent)]
#[timeline(template_id = "1001298")]
struct PetAdopted {
    #[timeline(email)]
    owner: u64,
    #[timeline(timestamp)]
    adopted_at: std::time::SystemTime,
    #[timeline(with = "half")]
    age: u32,
}

fn half(age: &u32) -> u32 {
    age / 2
}

fn main() {
    let event = PetAdopted {
        owner: 1,
        adopted_at: std::time::UNIX_EPOCH,
        age: 3,
    };
    std::assert!(timeline_core::TimelineEvent::event_input(&event).is_ok());
}
