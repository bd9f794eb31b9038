use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", type_name = "pet_adoptd", manifest = "app-events")]
struct Misspelt {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(
    template = "Pet adopted",
    type_name = "pet_returned",
    manifest = "app-events/pet-hsmeta.json"
)]
struct Another {
    #[timeline(email)]
    owner: String,
}

fn main() {}
