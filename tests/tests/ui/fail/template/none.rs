use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
}

fn main() {}
