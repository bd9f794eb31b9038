use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "timeline.json", manifest_strict)]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template = "Deal won", object_type = "deals", manifest = "timeline.json", manifest_strict)]
struct DealWon {
    #[timeline(object_id)]
    deal: u64,
}

fn main() {}
