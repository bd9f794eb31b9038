use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "Pet adoptd", manifest = "timeline.json")]
struct Near {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template = "Webinar attended", manifest = "timeline.json")]
struct NotNear {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template = "Twin", manifest = "timeline.json")]
struct OneOfTwo {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(type_name = "pet_adoptd", manifest = "app-events")]
struct Definition {
    #[timeline(email)]
    owner: String,
}

fn main() {}
