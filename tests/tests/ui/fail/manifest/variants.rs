use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(manifest = "timeline.json")]
enum Event {
    #[timeline(template = "Pet adopted")]
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(token = "petNam")]
        name: String,
    },
    #[timeline(template = "Deal lost")]
    Lost {
        #[timeline(object_id)]
        deal: u64,
    },
    Inner(Inner),
}

#[derive(TimelineEvent)]
#[timeline(template_id = "7")]
struct Inner {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(manifest = "timeline.json")]
enum HandsOn {
    Inner(Inner),
}

fn main() {}
