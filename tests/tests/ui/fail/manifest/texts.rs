use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "timeline.json")]
#[timeline(header = "{{petName}} was adopted", detail = "by {{petName}}")]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
}

fn main() {}
