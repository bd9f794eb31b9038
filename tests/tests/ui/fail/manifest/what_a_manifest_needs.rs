use timeline_core::TimelineEvent;

const ID: &str = "1001298";

#[derive(TimelineEvent)]
#[timeline(manifest = "timeline.json")]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001299", manifest = "timeline.json")]
struct ByItsId {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = ID, template = "Pet adopted", manifest = "timeline.json")]
struct ByBoth {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest_strict)]
struct WithoutAManifest {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "/etc/timeline.json")]
struct Absolute {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "C:\\timeline.json", manifest_strict = "yes")]
struct AbsoluteOnWindows {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(type_name = "pet_adopted", manifest = "timeline.json")]
struct TypeNameAlone {
    #[timeline(email)]
    owner: String,
}

fn main() {}
